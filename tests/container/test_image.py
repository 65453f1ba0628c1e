"""The images that the Dockerfile makes."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.errors import BuildError
from testcontainers.core.container import DockerContainer

from tests.container.containers import Containers
from tests.container.products import wheel_only
from tests.support import requirements
from tests.support.build_context import add_executable, copy_into
from tests.support.images import Images, build
from tests.support.requirements import missing
from tests.support.untilup_process import BINARY, PATIENCE
from untilup import __version__
from wheelhouse import CHECKOUT

pytestmark = pytest.mark.container

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
# Where Debian and related distributions keep their CAs.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def test_what_it_says_of_itself(images: Images, distribution: str) -> None:
    """It runs untilup as an unprivileged numeric user, and its labels are true."""
    name, entrypoint = (
        ("untilup", "/untilup") if distribution == str(BINARY) else ("wheel", "untilup")
    )
    config = images.engine.images.get(images.get(name)).attrs["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == ([entrypoint], None)
    assert config["User"] == "65532:65532"
    prefix = "org.opencontainers.image."
    labels = {name.removeprefix(prefix): text for name, text in config["Labels"].items()}
    assert labels == {
        "title": "untilup",
        "description": PROJECT["description"],
        "version": __version__,
        "licenses": PROJECT["license"],
    }


def test_any_builder_reads_its_dockerfile() -> None:
    """Its Dockerfile names no frontend, which would be one more image to fetch."""
    assert "syntax=" not in DOCKERFILE
    assert DOCKERFILE.count("FROM ${BASE:-python:3.13-slim} AS ") == 2


def content(images: Images, tag: str) -> dict[str, tuple[str, bytes]]:
    """Return the mode and the content of every file in the image *tag*."""
    saved = io.BytesIO(b"".join(images.engine.images.get(tag).save()))
    found = {}
    with tarfile.open(fileobj=saved) as image:
        (manifest,) = json.load(image.extractfile("manifest.json") or saved)
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                for file in files:
                    read = files.extractfile(file)
                    assert read
                    found[file.name] = (oct(stat.S_IMODE(file.mode)), read.read())
    return found


ALONE = {"LICENSE": ("0o644", (CHECKOUT / "LICENSE").read_bytes())}


def test_the_executable_is_alone(images: Images, alone: str) -> None:
    """Without a target, the image holds the executable, which every user may run, and its license."""
    assert content(images, alone) == {**ALONE, "untilup": ("0o755", BINARY.read_bytes())}


Build = Callable[..., str]


@pytest.fixture
def built(images: Images, tmp_path: Path) -> Iterator[Build]:
    """Return what builds a stage of the checkout by the classic builder, with executables or without."""
    made: list[str] = []

    def build_it(*architectures: str, stage: str = "prebuilt", **arguments: str) -> str:
        context = tmp_path / f"checkout-{len(made)}"
        context.mkdir()
        copy_into(context)
        for architecture in architectures:
            add_executable(context, architecture)
        tag = f"untilup-test/{stage}:{os.getpid()}-{len(made)}"
        _, log = images.engine.images.build(
            path=str(context),
            tag=tag,
            target=stage,
            network_mode="none",
            buildargs=arguments,
            forcerm=True,
        )
        made.append(tag)
        if stage == "prebuilt":
            assert str(list(log)).count(" : FROM ") == 1
        return tag

    yield build_it
    for tag in made:
        images.engine.images.remove(tag, force=True)


def test_prebuilt(images: Images, built: Build, containers: Containers) -> None:
    """`--target prebuilt` makes the same image of `make binary`'s executable, with no other image."""
    requirements.binary()
    tag = built("x86_64")
    assert content(images, tag) == {**ALONE, "untilup": ("0o755", BINARY.read_bytes())}
    config = images.engine.images.get(tag).attrs["Config"]
    assert (config["Entrypoint"], config["User"]) == (["/untilup"], "65532:65532")
    done = containers.start(tag, "--version").ended()
    assert (done.returncode, done.stdout) == (0, f"untilup {__version__}\n")


def test_prebuilt_for_another_architecture(images: Images, built: Build) -> None:
    """The build argument ARCHITECTURE chooses among the executables."""
    requirements.binary()
    assert content(images, built("x86_64", "aarch64", ARCHITECTURE="aarch64")).keys() == {
        "LICENSE",
        "untilup",
    }


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_prebuilt_without_an_executable(built: Build, architecture: str) -> None:
    """Without its executable the stage fails: the last step is what to run, and the error has the path."""
    with pytest.raises(BuildError) as failed:
        built(ARCHITECTURE=architecture)
    assert f"build/from-make-binary/{architecture}/untilup" in failed.value.msg
    *_, hint, _copy = [
        line["stream"] for line in failed.value.build_log if "Step " in line.get("stream", "")
    ]
    assert "make binary" in hint


def test_other_stages_without_an_executable(images: Images, built: Build) -> None:
    """With a BASE the classic builder comes past the stage `prebuilt`, which it makes on the way to others."""
    assert built(stage="checkout", BASE=images.get("python"))


def test_buildkit_names_make_binary(tmp_path: Path) -> None:
    """Without an executable BuildKit stops, and names the file that `make binary` makes."""
    copy_into(tmp_path)
    # The program docker has BuildKit in itself, or by its plugin buildx, or not at all.
    for directory in os.get_exec_path():
        if docker := shutil.which("docker", path=directory):
            done = subprocess.run(
                [docker, "build", "--network", "none", "--target", "prebuilt", tmp_path],
                env={**os.environ, "DOCKER_BUILDKIT": "1"},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            if "buildx component is missing" not in done.stderr:
                break
    else:
        pytest.skip("no docker has BuildKit")
    assert done.returncode == 1
    assert '"/build/from-make-binary/x86_64/untilup": not found' in re.sub(
        r'(untilup") (not found: )', r"\1: \2", done.stderr
    )


@wheel_only
def test_it_keeps_its_packages_to_itself(containers: Containers) -> None:
    """The python3 of the wheel's image is its base's, and knows nothing of untilup's packages."""
    script = "import importlib.util as u, sys; print(sys.prefix, *map(u.find_spec, sys.argv[1:]))"
    words = ["-c", script, "untilup", "h2", "tenacity", "typer"]
    bare = containers.start(containers.images.get("python"), "python3", *words).ended()
    done = containers.untilup(*words, entrypoint=["python3"]).ended()
    assert (done.returncode, done.stdout) == (0, bare.stdout)
    assert bare.stdout.split()[1:] == ["None"] * 4


@wheel_only
def test_it_imports_nothing_that_is_not_compiled(containers: Containers) -> None:
    """The wheel's modules are already compiled, because no user may write them at run time."""
    find = "find /opt/untilup -name '*.py' | wc -l; find /opt/untilup -name '*.pyc' | wc -l"
    done = containers.untilup("-c", find, entrypoint=["sh"]).ended()
    sources, compiled = map(int, done.stdout.split())
    assert sources == compiled > 100


@pytest.fixture
def trusting(images: Images, tmp_path: Path) -> Iterator[str]:
    """Return a base image whose pip trusts the CAs of this machine, which may have its own."""
    if not AUTHORITIES.exists():
        missing(f"no {AUTHORITIES}", "UNTILUP_REQUIRE_DOCKER")
    directory, tag = tmp_path / "trusting", f"untilup-test/trusting:{os.getpid()}"
    directory.mkdir()
    shutil.copy(AUTHORITIES, directory / "authorities.crt")
    (directory / "Dockerfile").write_text(
        "ARG BASE\nFROM ${BASE}\nCOPY authorities.crt /authorities.crt\n"
        "ENV PIP_CERT=/authorities.crt\n"
    )
    build(directory, tag, base=images.get("python"))
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.fixture
def cloned(images: Images, trusting: str, tmp_path: Path) -> Iterator[str]:
    """Return the image of a checkout in which nothing has been made yet."""
    directory, tag = tmp_path / "checkout", f"untilup-test/clone:{os.getpid()}"
    directory.mkdir()
    copy_into(directory)
    build(directory, tag, base=trusting)
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.mark.release
def test_it_is_built_from_the_checkout_alone(cloned: str) -> None:
    """`docker build .` needs nothing but the checkout, PyPI and Debian."""
    with DockerContainer(cloned, command="--version") as container:
        assert container.wait() == 0
        assert container.get_logs()[0] == f"untilup {__version__}\n".encode()
