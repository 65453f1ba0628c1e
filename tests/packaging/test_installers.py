"""Both distributions, installed by the installers that users have, from dist/ alone.

Only what untilup's wheel depends on comes from PyPI.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from release.make import DIST
from tests.packaging import artifacts
from tests.packaging.artifacts import run, tried
from tests.support.once_per_run import made_once
from untilup import __version__

pytestmark = pytest.mark.release

BIN = Path(sys.executable).parent
DISTRIBUTIONS = ("untilup", "untilup-bin")
EXECUTABLE = b"\x7fELF"
SHARED = (
    "share/man/man1/untilup.1",
    "share/bash-completion/completions/untilup",
    "share/zsh/site-functions/_untilup",
    "share/fish/vendor_completions.d/untilup.fish",
)


class Place(NamedTuple):
    """Where an installer works: its own directory, and where it finds packages."""

    directory: Path
    packages: tuple[str, ...]

    @property
    def env(self) -> dict[str, str]:
        """The environment, in which nothing is kept outside of the directory."""
        names = {
            "UV_TOOL_DIR": "tools",
            "UV_TOOL_BIN_DIR": "bin",
            "UV_CACHE_DIR": "cache",
            "PIPX_HOME": "pipx",
            "PIPX_BIN_DIR": "bin",
            "PIPX_MAN_DIR": "man",
            "HOME": "home",
        }
        own = {name: str(self.directory / path) for name, path in names.items()}
        return {"PATH": f"{BIN}:{os.environ['PATH']}", "PIPX_DEFAULT_BACKEND": "pip", **own}

    @property
    def venv(self) -> Path:
        """A virtual environment, made once."""
        venv = self.directory / "venv"
        if not venv.exists():
            run(sys.executable, "-m", "venv", venv)
        return venv


@pytest.fixture
def place(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a clean place to install to; skip, or fail, without the artifacts."""
    artifacts.require()
    dependencies = made_once(tmp_path_factory, "dependencies", artifacts.download_dependencies)
    links = [f"--find-links={directory}" for directory in (DIST, dependencies)]
    return Place(tmp_path, ("--no-index", *links))


def pip(place: Place, *words: str) -> Path:
    """Have pip do something in a virtual environment; return where the command is."""
    run(place.venv / "bin" / "python", "-m", "pip", *words, env=place.env)
    return place.venv / "bin" / "untilup"


def by_pip(place: Place, name: str) -> Path:
    """Install by ``pip install``."""
    return pip(place, "install", *place.packages, name)


def by_uv_pip(place: Place, name: str) -> Path:
    """Install by ``uv pip install``."""
    run("uv", "pip", "install", "--python", place.venv, *place.packages, name, env=place.env)
    return place.venv / "bin" / "untilup"


def by_uv_tool(place: Place, name: str) -> Path:
    """Install by ``uv tool install``."""
    run("uv", "tool", "install", "--python", sys.executable, *place.packages, name, env=place.env)
    return place.directory / "bin" / "untilup"


def by_pipx(place: Place, name: str) -> Path:
    """Install by ``pipx install``."""
    run("pipx", "install", f"--pip-args={' '.join(place.packages)}", name, env=place.env)
    return place.directory / "bin" / "untilup"


Installer = Callable[[Place, str], Path]
INSTALLERS = (by_pip, by_uv_pip, by_uv_tool, by_pipx)


def is_executable(command: Path) -> bool:
    """Tell whether *command* is the executable, and not the script that starts a Python."""
    with command.open("rb") as content:
        return content.read(len(EXECUTABLE)) == EXECUTABLE


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("install", INSTALLERS)
def test_a_clean_environment(place: Place, install: Installer, name: str) -> None:
    """Each installer leaves the command untilup: the executable, or the Python program."""
    command = install(place, name)
    assert run(command, "--version") == f"untilup {__version__}\n"
    assert is_executable(command) == (name == "untilup-bin")
    prefix = command.resolve().parent.parent
    assert [path for path in SHARED if not (prefix / path).exists()] == []


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_nothing_else_on_path(place: Place, name: str) -> None:
    """untilup-bin puts nothing but its command on PATH; untilup's dependencies have commands of theirs."""
    before = {entry.name for entry in (place.venv / "bin").iterdir()}
    command = by_pip(place, name)
    added = {entry.name for entry in command.parent.iterdir()} - before
    assert "untilup" in added
    if name == "untilup-bin":
        assert added == {"untilup"}
        assert pip_list(place) == {"untilup-bin"}


def pip_list(place: Place) -> set[str]:
    """Return the distributions that are installed, but for pip's own."""
    listed = run(place.venv / "bin" / "python", "-m", "pip", "list", "--format=freeze")
    return {line.partition("==")[0] for line in listed.splitlines()} - {"pip", "setuptools"}


@pytest.mark.parametrize("install", [by_pip, by_uv_pip])
@pytest.mark.parametrize("first", DISTRIBUTIONS)
def test_both_in_one_environment(place: Place, install: Installer, first: str) -> None:
    """The later one has the command. Once it is removed, the other has to be installed again."""
    (second,) = {*DISTRIBUTIONS} - {first}
    install(place, first)
    command = install(place, second)
    assert is_executable(command) == (second == "untilup-bin")
    pip(place, "uninstall", "--yes", second)
    assert not command.exists()
    pip(place, "install", *place.packages, "--force-reinstall", "--no-deps", first)
    assert is_executable(command) == (first == "untilup-bin")
    assert run(command, "--version") == f"untilup {__version__}\n"


# What pip's --platform and uv's --python-platform call the systems, and the machine of the wheel.
PIP_PLATFORMS = {
    "manylinux2014_x86_64": "x86_64",
    "manylinux2014_aarch64": "aarch64",
    "musllinux_1_1_x86_64": "x86_64",
    "musllinux_1_1_aarch64": "aarch64",
}
UV_PLATFORMS = {
    "x86_64-unknown-linux-gnu": "x86_64",
    "aarch64-unknown-linux-gnu": "aarch64",
    "x86_64-unknown-linux-musl": "x86_64",
    "aarch64-unknown-linux-musl": "aarch64",
}
REFUSED_BY_PIP = ("macosx_11_0_arm64", "win_amd64", "manylinux2014_ppc64le", "linux_armv7l")
REFUSED_BY_UV = ("aarch64-apple-darwin", "x86_64-pc-windows-msvc", "riscv64-unknown-linux")


def for_another_system(platform: str, directory: Path) -> tuple[str | Path, ...]:
    """Return how pip installs the wheel of another system."""
    words = ("install", "--quiet", "--only-binary=:all:", "--no-index")
    links = f"--find-links={DIST}"
    return (
        *(sys.executable, "-m", "pip", *words, links, f"--platform={platform}"),
        *("--target", directory, "untilup-bin"),
    )


def for_another_system_by_uv(platform: str, directory: Path) -> tuple[str | Path, ...]:
    """Return how uv does."""
    words = ("pip", "install", "--no-index", f"--find-links={DIST}")
    return ("uv", *words, f"--python-platform={platform}", "--target", directory, "untilup-bin")


@pytest.mark.parametrize(
    ("words", "platform", "machine"),
    [
        *((for_another_system, *row) for row in PIP_PLATFORMS.items()),
        *((for_another_system_by_uv, *row) for row in UV_PLATFORMS.items()),
    ],
)
def test_what_is_chosen(
    place: Place, words: Callable[..., tuple[str, ...]], platform: str, machine: str
) -> None:
    """On glibc and on musl the wheel of the machine is chosen, and has the executable for it."""
    run(*words(platform, place.directory / "chosen"), env=place.env)
    command = place.directory / "chosen" / "bin" / "untilup"
    assert command.read_bytes() == artifacts.EXECUTABLES[machine].read_bytes()
    assert os.access(command, os.X_OK)


@pytest.mark.parametrize(
    ("words", "platform"),
    [
        *((for_another_system, platform) for platform in REFUSED_BY_PIP),
        *((for_another_system_by_uv, platform) for platform in REFUSED_BY_UV),
    ],
)
def test_what_is_refused(
    place: Place, words: Callable[..., tuple[str, ...]], platform: str
) -> None:
    """On other systems nothing is installed, and the installer names the distribution that it cannot find."""
    refused = tried(*words(platform, place.directory / "chosen"), env=place.env)
    assert refused.returncode != 0
    said = " ".join(refused.stderr.split())
    assert "No matching distribution found for untilup-bin" in said or (
        "untilup-bin" in said and "no wheels with a matching platform tag" in said
    )
    assert not (place.directory / "chosen" / "bin").exists()
