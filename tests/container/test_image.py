"""The images that the Dockerfile makes."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.core.container import DockerContainer

from tests.container.containers import Containers
from tests.container.products import wheel_only
from tests.support.build_context import copy_into
from tests.support.images import Images, build
from tests.support.requirements import missing
from tests.support.untilup_process import BINARY
from untilup import __version__
from wheelhouse import CHECKOUT

pytestmark = pytest.mark.container

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
# Where Debian and its kin keep whom to trust.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def test_what_it_says_of_itself(images: Images, distribution: str) -> None:
    """It runs untilup as nobody in particular, by a number, and its labels are true."""
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
    assert "\nARG BASE=python:3.13-slim\n" in DOCKERFILE


def test_the_executable_is_alone(images: Images, alone: str) -> None:
    """Where no target is named, the image holds the executable, which all may run, and that is all."""
    saved = io.BytesIO(b"".join(images.engine.images.get(alone).save()))
    with tarfile.open(fileobj=saved) as image:
        (manifest,) = json.load(image.extractfile("manifest.json") or saved)
        (layer,) = manifest["Layers"]
        with tarfile.open(fileobj=image.extractfile(layer)) as files:
            (file,) = files
            content = files.extractfile(file)
            assert (file.name, oct(stat.S_IMODE(file.mode))) == ("untilup", "0o755")
            assert content
            assert content.read() == BINARY.read_bytes()


@wheel_only
def test_it_keeps_its_packages_to_itself(containers: Containers) -> None:
    """The python3 of the wheel's image is its base's, and knows nothing of untilup's packages."""
    script = "import importlib.util as u, sys; print(sys.prefix, *map(u.find_spec, sys.argv[1:]))"
    words = ["-c", script, "untilup", "tenacity", "typer"]
    bare = containers.start(containers.images.get("python"), "python3", *words).ended()
    done = containers.untilup(*words, entrypoint=["python3"]).ended()
    assert (done.returncode, done.stdout) == (0, bare.stdout)
    assert bare.stdout.split()[1:] == ["None"] * 3


@wheel_only
def test_it_imports_nothing_that_is_not_compiled(containers: Containers) -> None:
    """The wheel's modules are compiled already: at run time nobody may write them."""
    find = "find /opt/untilup -name '*.py' | wc -l; find /opt/untilup -name '*.pyc' | wc -l"
    done = containers.untilup("-c", find, entrypoint=["sh"]).ended()
    sources, compiled = map(int, done.stdout.split())
    assert sources == compiled > 100


@pytest.fixture
def trusting(images: Images, tmp_path: Path) -> Iterator[str]:
    """Return a base whose pip trusts whom this machine trusts, which may have its own authority."""
    if not AUTHORITIES.exists():
        missing(f"no {AUTHORITIES}", "UNTILUP_REQUIRE_DOCKER")
    folder, tag = tmp_path / "trusting", f"untilup-test/trusting:{os.getpid()}"
    folder.mkdir()
    shutil.copy(AUTHORITIES, folder / "authorities.crt")
    (folder / "Dockerfile").write_text(
        "ARG BASE\nFROM ${BASE}\nCOPY authorities.crt /authorities.crt\n"
        "ENV PIP_CERT=/authorities.crt\n"
    )
    build(folder, tag, base=images.get("python"))
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.fixture
def cloned(images: Images, trusting: str, tmp_path: Path) -> Iterator[str]:
    """Return the image of a checkout in which nothing has been made yet."""
    folder, tag = tmp_path / "checkout", f"untilup-test/clone:{os.getpid()}"
    folder.mkdir()
    copy_into(folder)
    build(folder, tag, base=trusting)
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.mark.release
def test_it_is_built_from_the_checkout_alone(cloned: str) -> None:
    """`docker build .` needs nothing but the checkout, PyPI and Debian."""
    with DockerContainer(cloned, command="--version") as container:
        assert container.wait() == 0
        assert container.get_logs()[0] == f"untilup {__version__}\n".encode()
