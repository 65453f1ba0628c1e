"""Where the images of the tests come from.

In this order: the image that the variable UNTILUP_TEST_IMAGE_<NAME> names; one made here before,
known by the hash of its recipe; the official one, if the engine has it or can pull it; one made
from the checkout or from Debian's packages. What was made from Debian is also kept as a file, for
engines that are new every time. Test processes that run at the same time share one engine: one of
them finds or makes an image, while the others that need it wait.

    PYTHONPATH=tools python -m tests.support.images [NAME...]

has the named images ready before the tests need them. Without names it has those ready that need
neither the executable nor the wheel, so that it can run beside the build of both.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image
from testcontainers.core.image import DockerImage

import wheelhouse
from tests.support import build_context
from tests.support.build_context import CACHE, digest, locked
from tests.support.requirements import missing
from tests.support.untilup_process import BINARY

RECIPES = Path(__file__).parent / "image_recipes"
OFFICIAL = {
    "python": "python:3.13-slim",
    "redis": "redis:8-alpine",
    "postgres": "postgres:17-alpine",
    "mariadb": "mariadb:11.8",
    "nginx": "nginx:1.28-alpine",
    "rabbitmq": "rabbitmq:4-alpine",
}
# What the checkout's Dockerfile makes, by the stages' names; the last one, the default, has none.
STAGES = {"wheel": "wheel", "untilup": None}
# untilup in a user's image: the recipe, the base image, and untilup's image.
EQUIPPED = {
    "binary": ("binary", "python", "untilup"),
    "binary_on_musl": ("binary", "musl", "untilup"),
    "binary_on_brokers": ("binary", "brokers", "untilup"),
    "wheel_on_brokers": ("wheel", "brokers", "wheel"),
    "binary_on_services": ("binary", "services", "untilup"),
    "wheel_on_services": ("wheel", "services", "wheel"),
    "binary_on_infrastructure": ("binary", "infrastructure", "untilup"),
    "wheel_on_infrastructure": ("wheel", "infrastructure", "wheel"),
    "binary_with_clients": ("binary", "clients", "untilup"),
    "wheel_with_clients": ("wheel", "clients", "wheel"),
}
# Those that need no executable. python is first, because it is the base image of most others; then
# those that take longest to make.
INDEPENDENT = (
    *("python", "infrastructure", "clients", "postgres", "rabbitmq", "mariadb", "brokers"),
    *("services", "nginx", "redis", "musl"),
)
# Seconds.
LONGEST_PULL = 120
LONGEST_BUILD = 600

# What the engine and the programs that are run may answer; requests' errors are OSErrors.
Failure = (DockerException, OSError, subprocess.SubprocessError)


class NotToBeHad(Exception):
    """There is no such image, for the reasons given."""


class Images:
    """Finds or makes each image once."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self.engine = engine
        self._found: dict[str, str | NotToBeHad] = {}

    def get(self, name: str) -> str:
        """Return the engine's reference to the image *name*; skip, or fail, if there is none."""
        try:
            reference = self.find(name)
        except NotToBeHad as error:
            missing(f"no image for {name}: {error}", "UNTILUP_REQUIRE_DOCKER")
        return reference

    def command(self, name: str) -> list[str]:
        """Return the words that the image of that *name* runs where nothing else is asked for."""
        config = self.engine.images.get(self.get(name)).attrs["Config"]
        return [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]

    def find(self, name: str) -> str:
        """Return the engine's reference to the image *name*; raise *NotToBeHad* if there is none."""
        if name not in self._found:
            try:
                # Inside this, its base image and untilup's image take locks of their own. No image
                # is its own base image, and so two processes never wait for each other.
                with locked(CACHE / "images" / f"{name}.lock"):
                    self._found[name] = self._find(name)
            except NotToBeHad as error:
                self._found[name] = error
        found = self._found[name]
        if isinstance(found, NotToBeHad):
            raise found
        return found

    def _find(self, name: str) -> str:
        variable = f"UNTILUP_TEST_IMAGE_{name.upper()}"
        if named := os.environ.get(variable):
            return self._from_elsewhere(named, f"{variable} names {named}")
        own = f"untilup-test/{name}:{self._hash(name)}"
        if self._has(own) or self._loaded(own):
            return own
        reasons = []
        for source in (self._official, self._made):
            try:
                return source(name, own)
            except NotToBeHad as error:
                reasons.append(str(error))
        raise NotToBeHad("; ".join(reasons))

    def _hash(self, name: str) -> str:
        """Return what changes when the image would."""
        if name in STAGES:
            made = [BINARY] if BINARY.exists() else []
            base = self.find("python")
            return digest([*build_context.parts(), *made], base, *wheelhouse.requirements())
        if name in EQUIPPED:
            recipe, base, untilup = EQUIPPED[name]
            return digest([RECIPES / recipe], self.find(base), self.find(untilup))
        return digest([RECIPES / "python", RECIPES / name])

    def _has(self, reference: str) -> bool:
        try:
            self.engine.images.get(reference)
        except ImageNotFound:
            return False
        return True

    def _loaded(self, own: str) -> bool:
        # Without the file, or with half of one, it is made again.
        with contextlib.suppress(*Failure), archive_of(own).open("rb") as content:
            self.engine.images.load(content)
        return self._has(own)

    def _from_elsewhere(self, reference: str, why: str) -> str:
        # An engine that reaches no registry answers with any of its errors, or not at all.
        try:
            if not self._has(reference):
                self._pull(reference)
        except Failure as error:
            raise NotToBeHad(f"{why}, which is not here, nor to be pulled: {error}") from error
        return reference

    def _pull(self, reference: str) -> None:
        deadline = time.monotonic() + LONGEST_PULL
        for _ in self.engine.api.pull(reference, stream=True):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not pulled in {LONGEST_PULL} s")
        self.engine.images.get(reference)

    def _official(self, name: str, _own: str) -> str:
        if name not in OFFICIAL:
            raise NotToBeHad("it is made here or not at all")
        return self._from_elsewhere(OFFICIAL[name], f"the official one is {OFFICIAL[name]}")

    def _made(self, name: str, own: str) -> str:
        try:
            if name in STAGES:
                self._make_from_checkout(name, own)
            elif name in EQUIPPED:
                recipe, base, untilup = EQUIPPED[name]
                build(RECIPES / recipe, own, base=self.find(base), untilup=self.find(untilup))
            else:
                self._make_from_debian(name, own)
        except (NotToBeHad, *Failure) as error:
            output = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
            raise NotToBeHad(f"it cannot be made: {error} {output}".strip()) from error
        return own

    def _make_from_checkout(self, name: str, own: str) -> None:
        """Build the checkout's own Dockerfile, without a network."""
        with tempfile.TemporaryDirectory() as directory:
            context, base = Path(directory), self.find("python")
            build_context.copy_into(context)
            build_context.add_what_is_made(context)
            build(context, own, base=base, target=STAGES[name], network_mode="none")

    def _make_from_debian(self, name: str, own: str) -> None:
        if name == "python":
            self._make_root_file_system(own)
        else:
            build(RECIPES / name, own, base=self.find("python"))
        keep(self.engine.images.get(own), own)

    def _make_root_file_system(self, own: str) -> None:
        with tempfile.TemporaryDirectory() as directory:
            archive = Path(directory, "rootfs.tar")
            subprocess.run(
                ["./rootfs.sh", archive],
                cwd=RECIPES / "python",
                check=True,
                stderr=subprocess.PIPE,
                text=True,
                timeout=LONGEST_BUILD,
            )
            repository, tag = own.split(":")
            self.engine.api.import_image(str(archive), repository, tag)


def build(context: Path, tag: str, *, base: str, untilup: str = "", **options: Any) -> None:
    """Build the Dockerfile in *context* on *base*, with *untilup*'s image; *options* are docker-py's."""
    DockerImage(
        path=context,
        tag=tag,
        clean_up=False,
        buildargs={"BASE": base, **({"UNTILUP": untilup} if untilup else {})},
        docker_client_kw={"timeout": LONGEST_BUILD},
        # A step that fails leaves no container behind.
        forcerm=True,
        **options,
    ).build()


def archive_of(own: str) -> Path:
    """Return where the image of that name is kept as a file."""
    return CACHE / "images" / f"{Path(own).name.replace(':', '-')}.tar"


def keep(image: Image, own: str) -> None:
    """Write the image of that name to its file, which is whole or not there."""
    archive = archive_of(own)
    archive.parent.mkdir(parents=True, exist_ok=True)
    for older in archive.parent.glob(f"{archive.stem.rpartition('-')[0]}-*.tar"):
        older.unlink(missing_ok=True)
    # Another run may do the same at the same time.
    with tempfile.TemporaryDirectory(dir=archive.parent) as directory:
        partial = Path(directory, archive.name)
        with partial.open("wb") as content:
            content.writelines(image.save(named=own))
        partial.replace(archive)


def hindrance() -> str:
    """Return why no Docker engine can be asked, or nothing."""
    where = os.environ.get("DOCKER_HOST", "its usual socket")
    try:
        with contextlib.closing(docker.from_env(timeout=LONGEST_PULL)) as engine:
            engine.ping()
    except DockerException as error:
        why = f"no Docker engine answers at {where}: {error}"
    else:
        return ""
    # If nothing listens, docker-py leaves a socket open, and Python would warn about it at the end.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return why


def main(names: list[str]) -> int:
    """Have the images of these *names* ready; return 1 if one of them cannot be."""
    if why := hindrance():
        print(why, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    status = 0
    with contextlib.closing(docker.from_env(timeout=LONGEST_PULL)) as engine:
        images = Images(engine)
        for name in names or INDEPENDENT:
            began = time.monotonic()
            try:
                output = images.find(name)
            except NotToBeHad as error:
                output, status = f"no image: {error}", 1
            print(f"{name}: {output} ({time.monotonic() - began:.1f} s)", flush=True)  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
