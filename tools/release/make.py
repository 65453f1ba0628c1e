"""``make dist``: everything that a release consists of, into dist/, with the same bytes each time.

All is made in a temporary directory first, except for the executables. If a step fails, or a signal
ends it, dist/ has no partial file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from cyclonedx.model.component import ComponentType

from release import deb, image, sboms, share
from untilup import __version__

CHECKOUT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DIST = CHECKOUT / "dist"
SUMS = "SHA256SUMS"
MACHINES = ("x86_64", "aarch64")
# Each program, and the package of Debian that has it.
PROGRAMS = {
    "git": "git",
    "gcc": "gcc",
    "make": "make",
    "patch": "patch",
    "perl": "perl",
    "xz": "xz-utils",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "qemu-aarch64": "qemu-user",
    "dpkg-deb": "dpkg",
}


class Refused(Exception):
    """Why nothing is made, in one line."""


class Parts(NamedTuple):
    """What the artifacts are made of."""

    seconds: int
    executables: dict[str, Path]
    share: dict[str, str]
    licenses: dict[str, bytes]
    certificates: bytes


def main() -> None:
    """Make all artifacts, or say in one line why not."""
    try:
        refuse_missing_programs()
        refuse_uncommitted_changes()
        refuse_another_version()
    except Refused as error:
        fail(str(error))
    DIST.mkdir(exist_ok=True)
    # hatchling would leave out what is below dist/, which git ignores.
    with (
        exiting_by_signals(),
        tempfile.TemporaryDirectory() as work,
        tempfile.TemporaryDirectory(prefix=".partial-", dir=DIST) as directory,
    ):
        made = Path(directory)
        try:
            make(made, Path(work))
        except subprocess.CalledProcessError as error:
            sys.stderr.write(error.stderr or "")
            fail(
                f"{error.cmd[0]} has failed with status {error.returncode}; dist/ may have new "
                "executables, and its other artifacts are unchanged"
            )
        for artifact in made.iterdir():
            artifact.replace(DIST / artifact.name)
    write_sums()


@contextlib.contextmanager
def exiting_by_signals() -> Iterator[None]:
    """Exit by an exception if SIGTERM or SIGHUP comes, so that what is partial is removed."""
    before = {signum: signal.signal(signum, end) for signum in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def end(signum: int, _frame: object) -> NoReturn:
    """Exit with the status that a shell has for the signal."""
    sys.exit(128 + signum)


def fail(why: str) -> NoReturn:
    """Exit with one line."""
    sys.exit(f"make dist: {why}")


def refuse_missing_programs() -> None:
    """Raise Refused for programs that are not in PATH."""
    if missing := sorted({of for name, of in PROGRAMS.items() if not shutil.which(name)}):
        raise Refused(f"programs are missing: apt-get install {' '.join(missing)}")


def refuse_uncommitted_changes() -> None:
    """Raise Refused if the artifacts would contain what no commit has."""
    asked = git("status", "--porcelain")
    if asked.returncode:
        raise Refused("this is no git checkout, so the artifacts could not be traced to a commit")
    if changed := asked.stdout.splitlines():
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise Refused(f"{changed[0][3:]}{more} is not committed; commit, stash or remove it")


def refuse_another_version() -> None:
    """Raise Refused if dist/ has artifacts of another version, which would be published, too."""
    names = [*versioned_names()] if DIST.exists() else []
    if others := sorted(name for name in names if not has_version(name)):
        raise Refused(f"dist/ has {others[0]}, and this is {__version__}; remove it: make clean")


def versioned_names() -> Iterator[str]:
    """Yield the names in dist/ that have a version."""
    for file in DIST.iterdir():
        artifact = file.name.removesuffix(sboms.SUFFIX)
        if artifact.endswith((".whl", ".tar.gz", ".deb", "-image.tar")):
            yield file.name


def has_version(name: str) -> bool:
    """Return whether the file *name* has this version, and not one that only begins like it."""
    artifact = name.removesuffix(sboms.SUFFIX)
    return bool(re.search(rf"[-_]{re.escape(__version__)}(?:[-_]|\.tar\.gz$)", artifact))


def git(*words: str) -> subprocess.CompletedProcess[str]:
    """Run git in the checkout."""
    return subprocess.run(
        ["git", "-C", str(CHECKOUT), *words], capture_output=True, text=True, check=False
    )


def make(made: Path, work: Path) -> None:
    """Make every artifact, and its list of components, in *made*."""
    parts = gather()
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(parts.seconds)}
    packages = (
        made / f"untilup-{__version__}.tar.gz",
        made / f"untilup-{__version__}-py3-none-any.whl",
    )
    build(CHECKOUT, made, "sdist", "wheel", env=env)
    required = sboms.requirements(CHECKOUT / "pyproject.toml")
    for package in packages:
        sboms.write(package, __version__, purl="pypi", others=required)

    common = {
        "etc/ssl/certs/ca-certificates.crt": image.File(parts.certificates),
        **{
            f"usr/share/doc/untilup/licenses/{name}": image.File(text)
            for name, text in {
                **parts.licenses,
                "untilup/LICENSE": read("LICENSE").encode(),
            }.items()
        },
    }
    executables = {machine: path.read_bytes() for machine, path in parts.executables.items()}
    archive = made / f"untilup-{__version__}-image.tar"
    image.write(image.Image(__version__, parts.seconds, common, executables), archive)
    sboms.write(
        archive,
        __version__,
        purl="oci",
        kind=ComponentType.CONTAINER,
        executables=parts.executables.values(),
        others=[sboms.certificates(HERE / "inputs.lock")],
    )
    for machine, executable in parts.executables.items():
        wheel = make_binary_wheel(made, work / f"wheel-{machine}", machine, parts, env)
        sboms.write(wheel, __version__, purl="pypi", name="untilup-bin", executables=[executable])
        package = made / deb.file_name(__version__, machine)
        deb.write(
            package,
            work / f"deb-{machine}",
            executable,
            machine=machine,
            version=__version__,
            seconds=parts.seconds,
            share=parts.share,
            licenses=parts.licenses,
            documents={name: read(name) for name in ("CHANGELOG.md", "LICENSE")},
        )
        sboms.write(package, __version__, purl="deb", executables=[executable])


def gather() -> Parts:
    """Build the executables, and return all that the artifacts are made of."""
    for machine in MACHINES:
        for step in ("snapshot", "sbom"):
            subprocess.run(
                [CHECKOUT / "binary" / "build", "--for", machine, step],
                stdout=subprocess.DEVNULL,
                check=True,
            )
    inputs = Path(
        subprocess.run(
            [HERE / "inputs.sh"], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
    )
    texts = inputs / "licenses"
    seconds = int(
        os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct").stdout.strip()
    )
    return Parts(
        seconds,
        {machine: DIST / f"untilup-linux-{machine}" for machine in MACHINES},
        share.texts(seconds),
        {
            str(file.relative_to(texts)): file.read_bytes()
            for file in sorted(texts.rglob("*"))
            if file.is_file()
        },
        (inputs / "ca-certificates.crt").read_bytes(),
    )


def make_binary_wheel(
    made: Path, project: Path, machine: str, parts: Parts, env: dict[str, str]
) -> Path:
    """Build the wheel of untilup-bin for one machine in *project*, and return its path."""
    shutil.copytree(HERE / "untilup-bin", project, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(parts.executables[machine], project / "untilup")
    texts = {f"third-party/{name}": text for name, text in parts.licenses.items()}
    texts["LICENSE"] = read("LICENSE").encode()
    for path, text in {**texts, **{k: v.encode() for k, v in parts.share.items()}}.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    before = {*made.iterdir()}
    own = {"UNTILUP_VERSION": __version__, "UNTILUP_MACHINE": machine}
    build(project, made, "wheel", env={**env, **own})
    (wheel,) = {*made.iterdir()} - before
    return wheel


def build(project: Path, made: Path, *targets: str, env: dict[str, str]) -> None:
    """Have hatchling build the *targets* of *project*, without a network.

    If it fails, the CalledProcessError has its stderr.
    """
    words = [word for target in targets for word in ("-t", target)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", made, *words],
        cwd=project,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )


def read(name: str) -> str:
    """Return the text of a file of the checkout."""
    return (CHECKOUT / name).read_text()


def write_sums() -> None:
    """Write SHA256SUMS, for sha256sum --check, of all that is in dist/."""
    files = sorted(file for file in DIST.iterdir() if file.is_file() and file.name != SUMS)
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    partial = DIST / f"{SUMS}.partial"
    try:
        partial.write_text("".join(lines))
        partial.replace(DIST / SUMS)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
