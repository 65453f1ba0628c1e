"""What `make dist` has made, for the tests that install it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from release.make import DIST
from tests.support import requirements
from tests.support.untilup_process import PATIENCE
from untilup import __version__
from wheelhouse import CHECKOUT

REQUIRED = "UNTILUP_REQUIRE_DIST"
MACHINES = ("x86_64", "aarch64")
IMAGE = DIST / f"untilup-{__version__}-image.tar"
WHEEL = DIST / f"untilup-{__version__}-py3-none-any.whl"
SDIST = DIST / f"untilup-{__version__}.tar.gz"
BINARY_WHEELS = {
    machine: DIST
    / f"untilup_bin-{__version__}-py3-none-manylinux2014_{machine}.musllinux_1_1_{machine}.whl"
    for machine in MACHINES
}
DEBS = {
    "x86_64": DIST / f"untilup_{__version__}_amd64.deb",
    "aarch64": DIST / f"untilup_{__version__}_arm64.deb",
}
EXECUTABLES = {machine: DIST / f"untilup-linux-{machine}" for machine in MACHINES}
ALL = (IMAGE, WHEEL, SDIST, *BINARY_WHEELS.values(), *DEBS.values(), *EXECUTABLES.values())


def require() -> None:
    """Skip, or fail, without all artifacts of this source."""
    if absent := [artifact.name for artifact in ALL if not artifact.exists()]:
        requirements.missing(f"no {absent[0]}: make dist", REQUIRED)
    newest = max(file.stat().st_mtime for file in (CHECKOUT / "src").rglob("*.py"))
    if WHEEL.stat().st_mtime < newest:
        requirements.missing("dist/ is older than the source: make dist", REQUIRED)


def download_dependencies(directory: Path) -> None:
    """Fetch from PyPI into *directory* what untilup's wheel and pipx need, but not untilup itself."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    words = ("-m", "pip", "--quiet", "download", "--only-binary", ":all:", "--dest", directory)
    run(sys.executable, *words, "pip", *project["dependencies"])


def run(*words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a program, which has to succeed, and return what it prints."""
    done = tried(*words, env=env, cwd=cwd)
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


def tried(
    *words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; those of this environment come first in PATH."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        words,
        env=env or {**os.environ, "PATH": path},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE,
        check=False,
    )
