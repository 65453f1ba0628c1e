"""What `make dist` has made: complete, licensed, listed, loadable, and the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from release.make import DIST
from release.sboms import sbom_of
from tests.binary.probe import LONGEST_BUILD
from tests.kube.podman import Podman
from tests.packaging import artifacts
from tests.packaging.artifacts import BINARY_WHEELS, DEBS, IMAGE, MACHINES, SDIST, WHEEL, run
from tests.support import requirements
from tests.support.images import Images
from tests.support.untilup_process import PATIENCE
from untilup import __version__
from wheelhouse import CHECKOUT

pytestmark = [pytest.mark.release, pytest.mark.usefixtures("_artifacts")]

Json = dict[str, Any]
SUFFIXES = {"x86_64": "", "aarch64": "-arm64"}


@pytest.fixture
def _artifacts() -> None:
    """Skip, or fail, without the artifacts."""
    artifacts.require()


def names_in_wheel(wheel: Path) -> list[str]:
    """Return what is in *wheel*."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def names_in_deb(package: Path) -> list[str]:
    """Return the files in *package*, by their paths."""
    listed = (line.split() for line in run("dpkg-deb", "--contents", package).splitlines())
    return [words[-1] for words in listed if words[0].startswith("-")]


def files_in_image(machine: str) -> dict[str, bytes]:
    """Return what the image for *machine* holds, by path, as Docker reads the archive."""
    files: dict[str, bytes] = {}
    with tarfile.open(IMAGE) as archive:
        for_docker = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        tag = f"untilup:{__version__}{SUFFIXES[machine]}"
        (wanted,) = (each for each in for_docker if each["RepoTags"] == [tag])
        for layer in wanted["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as content:
                for entry in content:
                    if entry.isfile():
                        files[entry.name] = content.extractfile(entry).read()  # type: ignore[union-attr]
    return files


def components(artifact: Path) -> dict[str, Json]:
    """Return all components that the list of *artifact* has, by name."""
    found: dict[str, Json] = {}
    left = list(json.loads(sbom_of(artifact).read_text()).get("components", []))
    while left:
        component = left.pop()
        found[component["name"]] = component
        left += component.get("components", [])
    return found


def test_the_sums() -> None:
    """SHA256SUMS names every file, and sha256sum finds each as it is listed."""
    run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=DIST)
    listed = {line.split("  ")[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}
    assert {artifact.name for artifact in artifacts.ALL} <= listed
    assert {sbom_of(artifact).name for artifact in artifacts.ALL} <= listed


@pytest.mark.parametrize("artifact", artifacts.ALL, ids=lambda artifact: artifact.name)
def test_a_list_of_components(artifact: Path) -> None:
    """Each artifact has a valid CycloneDX document that names it by its hash and version."""
    text = sbom_of(artifact).read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    (own,) = json.loads(text)["metadata"]["component"]["hashes"]
    assert own["content"] == hashlib.sha256(artifact.read_bytes()).hexdigest()
    assert json.loads(text)["metadata"]["component"]["version"] == __version__


@pytest.mark.parametrize("machine", MACHINES)
def test_a_license_for_all_that_is_inside(machine: str) -> None:
    """Wheel, package and image have the license texts of every component of the executable."""
    inside = {*components(artifacts.EXECUTABLES[machine])}
    assert {"cpython", "openssl", "musl", "libgcc", "typer", "click", "tenacity", "h2"} <= inside
    for names in (
        names_in_wheel(BINARY_WHEELS[machine]),
        names_in_deb(DEBS[machine]),
        [*files_in_image(machine)],
    ):
        directories = {name.split("/")[-2] for name in names if "/licenses/" in name}
        assert inside <= directories | {"untilup"}


def test_the_license_expression() -> None:
    """untilup-bin's metadata names the licenses of all components, and no other."""
    with zipfile.ZipFile(BINARY_WHEELS["x86_64"]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
        metadata = wheel.read(name).decode()
    (stated,) = (line for line in metadata.splitlines() if line.startswith("License-Expression: "))
    found = {"MIT"}
    for component in components(BINARY_WHEELS["x86_64"]).values():
        for each in component["licenses"]:
            found.add(each["expression"] if "expression" in each else each["license"]["id"])
    assert {*stated.partition(": ")[2].split(" AND ")} == found


def test_what_pypi_checks() -> None:
    """PyPI renders the descriptions, and the wheels have no surplus file.

    W007: that untilup-bin has no Python module is what it is for. W002: hpack and hyperframe have
    the same license text.
    """
    wheels = (WHEEL, *BINARY_WHEELS.values())
    run("twine", "check", "--strict", *wheels, SDIST)
    run("check-wheel-contents", WHEEL)
    run("check-wheel-contents", "--ignore", "W002,W007", *BINARY_WHEELS.values())


def test_the_sdist_makes_the_wheel(tmp_path: Path) -> None:
    """The wheel that pip builds from the sdist is the one beside it."""
    with tarfile.open(SDIST) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    epoch = run("git", "-C", CHECKOUT, "log", "-1", "--format=%ct").strip()
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    made = tmp_path / "made"
    build = ("-m", "hatchling", "build", "-t", "wheel", "-d", made)
    run(sys.executable, *build, cwd=source, env=env)
    assert (made / WHEEL.name).read_bytes() == WHEEL.read_bytes()


@pytest.mark.parametrize("machine", MACHINES)
def test_the_same_executable_everywhere(machine: str, tmp_path: Path) -> None:
    """Wheel, package and image hold the executable that is also there by itself."""
    executable = artifacts.EXECUTABLES[machine].read_bytes()
    with zipfile.ZipFile(BINARY_WHEELS[machine]) as wheel:
        assert wheel.read(f"untilup_bin-{__version__}.data/scripts/untilup") == executable
    run("dpkg-deb", "--extract", DEBS[machine], tmp_path)
    assert (tmp_path / "usr" / "bin" / "untilup").read_bytes() == executable
    files = files_in_image(machine)
    assert files["untilup"] == executable
    assert files["etc/ssl/certs/ca-certificates.crt"].count(b"BEGIN CERTIFICATE") > 100


def test_on_aarch64(tmp_path: Path) -> None:
    """The executables for aarch64 run there, by qemu, from the wheel as from the package."""
    requirements.programs("aarch64", "qemu-aarch64", required="UNTILUP_REQUIRE_AARCH64")
    run("dpkg-deb", "--extract", DEBS["aarch64"], tmp_path)
    with zipfile.ZipFile(BINARY_WHEELS["aarch64"]) as wheel:
        (script,) = (name for name in wheel.namelist() if name.endswith("/scripts/untilup"))
        wheel.extract(script, tmp_path)
    (tmp_path / script).chmod(0o755)
    for executable in (tmp_path / "usr" / "bin" / "untilup", tmp_path / script):
        assert run("qemu-aarch64", executable, "--version") == f"untilup {__version__}\n"
    copied = tmp_path / "copied"
    run("qemu-aarch64", tmp_path / "usr" / "bin" / "untilup", "--copy-to", copied)
    assert copied.read_bytes() == artifacts.EXECUTABLES["aarch64"].read_bytes()


INSTALL = """
set -eu
dpkg -i /package.deb
untilup --version
dpkg --listfiles untilup

dpkg --remove untilup
test ! -e /usr/bin/untilup
"""


@pytest.mark.container
def test_a_debian_package(images: Images) -> None:
    """The command dpkg -i installs the package on a Debian without anything else, and removes it."""
    done = in_container(images, DEBS["x86_64"], INSTALL)
    assert done.returncode == 0, done.stderr
    assert f"untilup {__version__}\n" in done.stdout
    assert "/usr/share/man/man1/untilup.1.gz\n" in done.stdout


@pytest.mark.container
def test_a_package_of_another_machine(images: Images) -> None:
    """On amd64, dpkg refuses the package for arm64, and installs nothing."""
    done = in_container(images, DEBS["aarch64"], "dpkg -i /package.deb; command -v untilup")
    assert done.returncode != 0
    assert "package architecture (arm64) does not match system (amd64)" in done.stderr


def in_container(images: Images, package: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run *script* in a new Debian that has *package*."""
    python = images.get("python")
    mount = f"{package}:/package.deb:ro"
    return subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--volume", mount, python, "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def loaded(images: Images) -> Iterator[str]:
    """Have Docker load the archive; return the name of the image for this machine."""
    names = [f"untilup:{__version__}{suffix}" for suffix in SUFFIXES.values()]
    if present := [name for name in names if images._has(name)]:
        pytest.skip(f"Docker has {present[0]}, which is not the tests' own")
    try:
        run("docker", "load", "--input", IMAGE)
        yield names[0]
    finally:
        run("docker", "image", "rm", *names)


@pytest.mark.container
def test_docker_loads_it(loaded: str) -> None:
    """Docker has an image for each machine, of a user without a name, and runs its own."""
    run_it = ("docker", "run", "--rm", "--network=none", "--read-only", loaded)
    assert run(*run_it, "--version") == f"untilup {__version__}\n"
    config = json.loads(run("docker", "image", "inspect", loaded))[0]
    assert config["Architecture"] == "amd64"
    assert config["Config"]["User"] == "65532:65532"
    (other,) = json.loads(run("docker", "image", "inspect", f"{loaded}-arm64"))
    assert other["Architecture"] == "arm64"
    # The labels that an image made from the Dockerfile has.
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    for name, value in config["Config"]["Labels"].items():
        assert f'{name}="{value}"' in dockerfile


def test_skopeo_reads_it() -> None:
    """Skopeo finds both machines in the OCI layout, and both tags as Docker writes them."""
    requirements.programs("the image archive", "skopeo", required=artifacts.REQUIRED)
    for machine, suffix in SUFFIXES.items():
        architecture = {"x86_64": "amd64", "aarch64": "arm64"}[machine]
        for_docker = f"docker-archive:{IMAGE}:untilup:{__version__}{suffix}"
        as_oci = ("--override-arch", architecture, "inspect", f"oci-archive:{IMAGE}:{__version__}")
        for words in (("inspect", for_docker), as_oci):
            assert json.loads(run("skopeo", *words))["Architecture"] == architecture


def test_skopeo_copies_all(tmp_path: Path) -> None:
    """A copy of all machines keeps the digest under which the image is published."""
    requirements.programs("the image archive", "skopeo", required=artifacts.REQUIRED)
    words = ("copy", "--all", "--preserve-digests", f"oci-archive:{IMAGE}")
    run("skopeo", *words, f"dir:{tmp_path}")
    with tarfile.open(IMAGE) as archive:
        index = json.load(archive.extractfile("index.json"))  # type: ignore[arg-type]
    copied = hashlib.sha256((tmp_path / "manifest.json").read_bytes()).hexdigest()
    assert index["manifests"][0]["digest"] == f"sha256:{copied}"


@pytest.mark.podman
@pytest.mark.xdist_group("podman")
def test_podman_loads_it() -> None:
    """Podman loads the archive, too, and runs it."""
    if os.geteuid() != 0:
        requirements.missing("podman is run as root here", "UNTILUP_REQUIRE_PODMAN")
    requirements.programs("the image archive", "podman", required="UNTILUP_REQUIRE_PODMAN")
    with tempfile.TemporaryDirectory() as directory:
        podman = Podman(Path(directory))
        try:
            podman.run("load", "--input", str(IMAGE))
            name = f"untilup:{__version__}"
            said = podman.run("run", "--rm", "--network=none", name, "--version")
            assert said == f"untilup {__version__}\n"
        finally:
            podman.close()


def test_on_musl(tmp_path: Path) -> None:
    """In a root that has musl and busybox alone, the wheel's executable waits and becomes a command."""
    chroot = root_of_musl(tmp_path)
    with zipfile.ZipFile(BINARY_WHEELS["x86_64"]) as wheel:
        (tmp_path / "bin" / "untilup").write_bytes(
            wheel.read(f"untilup_bin-{__version__}.data/scripts/untilup")
        )
    (tmp_path / "bin" / "untilup").chmod(0o755)
    said = chroot("/bin/untilup", "file:///bin/busybox", "--", "/bin/busybox", "echo", "started")
    assert said == "started\n"


def root_of_musl(root: Path) -> Callable[..., str]:
    """Make a root with musl's loader and busybox; return what runs a program in it."""
    if os.geteuid() != 0:
        requirements.missing("chroot needs root", artifacts.REQUIRED)
    requirements.programs("a root of musl", "busybox", "chroot", required=artifacts.REQUIRED)
    (root / "bin").mkdir()
    (root / "lib").mkdir()
    shutil.copy(str(shutil.which("busybox")), root / "bin")
    loader = Path("/lib/ld-musl-x86_64.so.1")
    if loader.exists():
        shutil.copy(loader, root / "lib")
    return lambda *words: run("chroot", root, *words)


@pytest.mark.repeated
@pytest.mark.timeout(LONGEST_BUILD)
def test_the_same_bytes_again(tmp_path: Path) -> None:
    """In another checkout of the commit, every file is made with the same bytes."""
    again = tmp_path / "again"
    run("git", "clone", "--quiet", CHECKOUT, again)
    (again / ".venv").symlink_to(CHECKOUT / ".venv")
    # .gitignore has the directory, and not a link to one.
    (again / ".git" / "info" / "exclude").write_text(".venv\n")
    env = {**os.environ, "PYTHONPATH": f"{again}/tools:{again}:{again}/src"}
    run(sys.executable, "-m", "release.make", cwd=again, env=env)
    assert (again / "dist" / "SHA256SUMS").read_text() == (DIST / "SHA256SUMS").read_text()
