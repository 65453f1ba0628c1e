"""``make dist`` makes everything, or says in one line why not, and leaves nothing half-made."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from release import deb, make, sboms, share
from tests.support import requirements
from tests.support.untilup_process import PATIENCE
from untilup import __version__
from wheelhouse import CHECKOUT

PARTS = ("src", "tools", "binary", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@localhost")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of this source, all of which is committed."""
    requirements.programs("make dist", "git", required="UNTILUP_REQUIRE_DIST")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            leftovers = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, checkout / part, ignore=leftovers)
        else:
            shutil.copy(source, checkout)
    shutil.copy(CHECKOUT / ".gitignore", checkout)
    for words in (["init", "--quiet"], ["add", "."], [*AUTHOR, "commit", "--quiet", "-m", "all"]):
        subprocess.run(["git", "-C", checkout, *words], check=True, timeout=PATIENCE)
    return checkout


def programs_without(directory: Path, *left_out: str) -> str:
    """Return a PATH on which every program of make dist is found but these."""
    directory.mkdir()
    for name in {*make.PROGRAMS, "env"} - {*left_out}:
        (directory / name).symlink_to(shutil.which(name) or "/bin/true")
    return str(directory)


def refusal(checkout: Path, path: str) -> str:
    """Run make dist's program in *checkout*, which must fail; return its one line."""
    refused = subprocess.run(
        [sys.executable, "-m", "release.make"],
        cwd=checkout,
        env={"PATH": path, "PYTHONPATH": "src:tools:.", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    return line.removeprefix("make dist: ")


def test_a_dirty_tree(checkout: Path, tmp_path: Path) -> None:
    """What is not committed is in no artifact: make dist names it and makes nothing."""
    (checkout / "new").touch()
    said = refusal(checkout, programs_without(tmp_path / "bin"))
    assert said == "new is not committed; commit, stash or remove it"
    (checkout / "LICENSE").write_text("changed")
    said = refusal(checkout, str(tmp_path / "bin"))
    assert said == "LICENSE and 1 more is not committed; commit, stash or remove it"
    assert not (checkout / "dist").exists()


def test_no_checkout(checkout: Path, tmp_path: Path) -> None:
    """Without git's history the artifacts could not be traced."""
    shutil.rmtree(checkout / ".git")
    said = refusal(checkout, programs_without(tmp_path / "bin"))
    assert said.startswith("this is no git checkout")


def test_a_missing_program(checkout: Path, tmp_path: Path) -> None:
    """Missing programs are named by the Debian packages that have them, all at once."""
    path = programs_without(tmp_path / "bin", "qemu-aarch64", "dpkg-deb")
    assert refusal(checkout, path) == "programs are missing: apt-get install dpkg qemu-user"
    assert not (checkout / "dist").exists()


@pytest.mark.parametrize("other", ["untilup_0.0.9_amd64.deb", "untilup_0.0.9_amd64.deb.cdx.json"])
def test_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    """Artifacts of another version would be published with these: they have to go first."""
    files = {f"untilup-{__version__}.tar.gz", other}
    for name in files:
        (tmp_path / name).touch()
    monkeypatch.setattr(make, "DIST", tmp_path)
    for check in ("missing_programs", "uncommitted_changes"):
        monkeypatch.setattr(make, f"refuse_{check}", lambda: None)
    with pytest.raises(SystemExit) as ended:
        make.main()
    why = f"dist/ has {other}, and this is {__version__}; remove it: make clean"
    assert ended.value.code == f"make dist: {why}"
    assert {file.name for file in tmp_path.iterdir()} == files


@pytest.mark.parametrize("another", ["{}.1", "{}rc1", "1{}", "{}1"])
@pytest.mark.parametrize(
    "name",
    [
        "untilup-{}.tar.gz",
        "untilup-{}-py3-none-any.whl",
        "untilup_bin-{}-py3-none-any.whl",
        "untilup_{}_amd64.deb",
        "untilup-{}-image.tar",
        "untilup-{}.tar.gz.cdx.json",
    ],
)
def test_a_version_that_begins_the_same(name: str, another: str) -> None:
    """A file has this version only if its name has the whole version and nothing more."""
    assert make.has_version(name.format(__version__))
    assert not make.has_version(name.format(another.format(__version__)))


def test_a_build_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """If hatchling fails, what it printed on stderr comes before the line of make dist."""
    for check in ("missing_programs", "uncommitted_changes", "another_version"):
        monkeypatch.setattr(make, f"refuse_{check}", lambda: None)
    monkeypatch.setattr(make, "DIST", tmp_path / "dist")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[project]\nversion = 3\n")
    monkeypatch.setattr(
        make, "make", lambda made, _: make.build(project, made, "wheel", env={**os.environ})
    )
    with pytest.raises(SystemExit):
        make.main()
    assert "`project.version` must be a string" in capfd.readouterr().err


def test_a_step_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """If the last step fails, nothing that the steps before it made is left in dist/."""
    executable = tmp_path / "untilup"
    executable.write_bytes(b"executable")
    texts = {"typer/LICENSE": b"text"}
    parts = make.Parts(0, {"x86_64": executable}, share.texts(0), texts, b"certificate")

    def fail(*_: object, **__: object) -> NoReturn:
        raise subprocess.CalledProcessError(2, ["dpkg-deb"])

    monkeypatch.setattr(make, "DIST", tmp_path / "dist")
    for check in ("missing_programs", "uncommitted_changes", "another_version"):
        monkeypatch.setattr(make, f"refuse_{check}", lambda: None)
    monkeypatch.setattr(make, "gather", lambda: parts)
    monkeypatch.setattr(sboms, "write", lambda *_, **__: None)
    monkeypatch.setattr(deb, "write", fail)
    with pytest.raises(SystemExit) as ended:
        make.main()
    assert (
        ended.value.code
        == "make dist: dpkg-deb has failed with status 2; dist/ may have new executables, "
        "and its other artifacts are unchanged"
    )
    assert list((tmp_path / "dist").iterdir()) == []
    assert capfd.readouterr().out == ""


# make dist, up to its first step, which does not end.
ENDLESS = """
import pathlib, sys, time
from release import make
def step(made, work):
    (made / "artifact").touch()
    print("making", flush=True)
    while True:
        time.sleep(0.1)
for check in ("missing_programs", "uncommitted_changes", "another_version"):
    setattr(make, f"refuse_{check}", lambda: None)
make.DIST = pathlib.Path(sys.argv[1])
make.make = step
make.main()
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_partial(tmp_path: Path, signum: signal.Signals) -> None:
    """If a signal ends it, make dist removes what it has made so far."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, tmp_path / "dist"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": "src:tools:."},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == b"making\n"
        process.send_signal(signum)
        assert process.wait(PATIENCE)
    finally:
        process.kill()
        process.communicate()
    assert list((tmp_path / "dist").iterdir()) == []
