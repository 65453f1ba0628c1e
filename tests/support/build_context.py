"""The part of the checkout that its Dockerfile may see."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import wheelhouse
from tests.support.untilup_process import BINARY
from wheelhouse import CHECKOUT

# What `make binary` gives to images.
IMAGE = CHECKOUT / "build" / "from-make-binary"
# Outside of the checkout, so that a fresh clone finds it.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "untilup"


def parts() -> list[Path]:
    """Return the files and directories that images are made of: the Dockerfile, and what it may see.

    What `make` has made is not among them: an image can be made without it.
    """
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    shown = [line.removeprefix("!") for line in lines if line.startswith("!")]
    here = [CHECKOUT / name for name in ("Dockerfile", ".dockerignore", *shown)]
    return [part for part in here if part.exists() and part not in {CHECKOUT / "wheelhouse", IMAGE}]


def copy_into(directory: Path) -> None:
    """Copy these parts into *directory*."""
    for part in parts():
        if part.is_dir():
            leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(part, directory / part.name, ignore=leftovers)
        else:
            shutil.copy(part, directory)


def add_what_is_made(directory: Path) -> None:
    """Add to *directory* what a build without a network takes: the wheelhouse, and the executable.

    The executable only where there is one.
    """
    shutil.copytree(filled_wheelhouse(), directory / "wheelhouse")
    if BINARY.exists():
        add_executable(directory)


def add_executable(directory: Path, architecture: str = "x86_64") -> None:
    """Add the executable to *directory* as `make binary` makes it ready for the Dockerfile."""
    place = directory / IMAGE.relative_to(CHECKOUT) / architecture / "untilup"
    place.parent.mkdir(parents=True)
    shutil.copy2(BINARY, place)


def filled_wheelhouse() -> Path:
    """Return a directory with what pip would fetch, downloaded once for all runs."""
    kept = CACHE / f"wheelhouse-{digest([], *wheelhouse.requirements())}"
    with locked(CACHE / "wheelhouse.lock"):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as whole:
                partial = Path(whole, "wheelhouse")
                wheelhouse.fill(partial)
                partial.rename(kept)
    return kept


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock *file*, which one process of the machine holds at a time; the kernel frees it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(files: Iterable[Path], *words: str) -> str:
    """Return twelve digits that change with any of the *files*, or of those below, or a word."""
    sha = hashlib.sha256("\0".join(words).encode())
    for top in files:
        for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if file.is_file() and "__pycache__" not in file.parts:
                sha.update(f"\0{file.relative_to(top.parent)}\0".encode() + file.read_bytes())
    return sha.hexdigest()[:12]
