"""Where the images of the tests come from.

In this order: the image that the variable UNTILUP_TEST_IMAGE_<NAME> names; one made here before,
known by the hash of its recipe; the official one, if the engine has it or can pull it; one made
from Debian's packages. What was made is also kept as a file, for engines that are new every time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, BuildError, ImageNotFound
from testcontainers.core.image import DockerImage

import wheelhouse
from needs import missing

CHECKOUT = Path(__file__).parent.parent
RECIPES = Path(__file__).parent / "recipes"
# Outside of the checkout, so that a fresh clone finds it.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "untilup"
OFFICIAL = {
    "python": "python:3.13-slim",
    "redis": "redis:8-alpine",
    "postgres": "postgres:17-alpine",
}
# What the Dockerfile makes an image of.
PRODUCT = ("Dockerfile", ".dockerignore", "LICENSE", "README.md", "pyproject.toml", "src")
# Seconds without a word from the engine, or from mmdebstrap at all, that mean it will not come.
LONGEST_PULL = 120
LONGEST_BUILD = 600


class Images:
    """Finds or makes each image once."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self.engine = engine
        self._found: dict[str, str] = {}
        self._failed: dict[str, list[str]] = {}

    def get(self, name: str) -> str:
        """Return what the engine calls the image of that *name*; skip, or fail, if there is none."""
        if name not in self._found and name not in self._failed:
            try:
                self._found[name] = self._find(name)
            except (OSError, subprocess.SubprocessError, APIError, BuildError) as error:
                self._fails(name, error)
        if name in self._failed and name not in self._found:
            missing(
                f"no image for {name}: {'; '.join(self._failed[name])}", "UNTILUP_REQUIRE_DOCKER"
            )
        return self._found[name]

    def command(self, name: str) -> list[str]:
        """Return the words that the image of that *name* runs where nothing else is asked for."""
        config = self.engine.images.get(self.get(name)).attrs["Config"]
        return [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]

    def _fails(self, name: str, error: Exception) -> None:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else None
        self._failed.setdefault(name, []).append(f"{error} {said or ''}".strip())

    def _find(self, name: str) -> str:
        if named := os.environ.get(f"UNTILUP_TEST_IMAGE_{name.upper()}"):
            return named
        own = f"untilup-test/{name}:{self._hash(name)}"
        if self._has(own) or self._loaded(own):
            return own
        official = OFFICIAL.get(name)
        if official and (self._has(official) or self._pulled(name, official)):
            return official
        self._make(name, own)
        return own

    def _hash(self, name: str) -> str:
        """Return what changes when the image would."""
        if name == "untilup":
            base = self.get("python")
            return digest((CHECKOUT / part for part in PRODUCT), base, *wheelhouse.requirements())
        return digest([RECIPES / "python", RECIPES / name])

    def _has(self, reference: str) -> bool:
        try:
            self.engine.images.get(reference)
        except ImageNotFound:
            return False
        return True

    def _loaded(self, own: str) -> bool:
        archive = archive_of(own)
        if not archive.exists():
            return False
        with archive.open("rb") as content:
            self.engine.images.load(content)
        return self._has(own)

    def _pulled(self, name: str, official: str) -> bool:
        # An engine that reaches no registry answers with any of its errors, or not at all.
        try:
            self.engine.images.pull(official)
        except (APIError, OSError) as error:
            self._fails(name, error)
            return False
        return True

    def _make(self, name: str, own: str) -> None:
        if name == "untilup":
            self._make_product(own)
            return
        if name == "python":
            self._make_root_file_system(own)
        else:
            build(RECIPES / name, own, base=self.get("python"))
        self._keep(own)

    def _make_product(self, own: str) -> None:
        """Build the checkout's own Dockerfile, without a network."""
        with tempfile.TemporaryDirectory() as context:
            copy_product(Path(context))
            shutil.copytree(filled_wheelhouse(), Path(context, "wheelhouse"))
            build(Path(context), own, base=self.get("python"), network_mode="none")

    def _make_root_file_system(self, own: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "rootfs.tar")
            subprocess.run(
                [RECIPES / "python" / "rootfs.sh", archive],
                check=True,
                stderr=subprocess.PIPE,
                text=True,
                timeout=LONGEST_BUILD,
            )
            repository, tag = own.split(":")
            self.engine.api.import_image(str(archive), repository, tag)

    def _keep(self, own: str) -> None:
        archive = archive_of(own)
        archive.parent.mkdir(parents=True, exist_ok=True)
        # Another run may do the same at the same time: the file is whole or not there.
        with tempfile.NamedTemporaryFile(dir=archive.parent, delete=False) as partial:
            for piece in self.engine.images.get(own).save(named=own):
                partial.write(piece)
        Path(partial.name).replace(archive)


def archive_of(own: str) -> Path:
    """Return where the image of that name is kept as a file."""
    return CACHE / "images" / f"{Path(own).name.replace(':', '-')}.tar"


def build(context: Path, tag: str, *, base: str, **options: Any) -> None:
    """Build the Dockerfile in *context* on *base*; *options* are docker-py's."""
    DockerImage(
        path=context,
        tag=tag,
        clean_up=False,
        buildargs={"BASE": base},
        docker_client_kw={"timeout": LONGEST_BUILD},
        **options,
    ).build()


def copy_product(folder: Path) -> None:
    """Copy into *folder* all that the image is made of."""
    for part in (CHECKOUT / part for part in PRODUCT):
        if part.is_dir():
            shutil.copytree(
                part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        else:
            shutil.copy(part, folder)


def filled_wheelhouse() -> Path:
    """Return a folder with what pip would fetch, filled once."""
    folder = CACHE / f"wheelhouse-{digest([], *wheelhouse.requirements())}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent))
        wheelhouse.fill(partial)
        # Another run may have done the same at the same time.
        with contextlib.suppress(FileExistsError, OSError):
            partial.rename(folder)
    return folder


def digest(parts: Iterable[Path], *words: str) -> str:
    """Return twelve digits that change with any file under *parts*, its name, or a word."""
    sha = hashlib.sha256("\0".join(words).encode())
    for part in parts:
        files = sorted(part.rglob("*")) if part.is_dir() else [part]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                sha.update(f"\0{file.relative_to(part.parent)}\0".encode() + file.read_bytes())
    return sha.hexdigest()[:12]
