"""The images of examples/docker, made as docs/docker.md has them made."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from tests.support.console_sessions import replaced
from tests.support.images import Images, build
from wheelhouse import CHECKOUT

PAGE = CHECKOUT / "docs" / "docker.md"
DOCUMENT = PAGE.read_text()
BUILDS, SETTING = (
    block.splitlines() for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
)
# What stands for each image's BASE, where the official one is not to be had.
BASES = {"my-debian": "python", "my-alpine": "musl", "my-empty": "python"}
OWN = f"untilup-test-{os.getpid()}-"
NAMES = {"my-": OWN}


def renamed(text: str) -> str:
    """Return *text* with the document's names, which begin with `my-`, as names of this run."""
    return replaced(text, NAMES)


def make(images: Images) -> None:
    """Make each image by the document's own line, on the tests' images."""
    untilup = images.get("untilup")
    for line in BUILDS:
        *start, name, flag, dockerfile, directory = shlex.split(line)
        assert [*start, flag] == ["docker", "build", "-t", "-f"]
        build(
            CHECKOUT / directory,
            renamed(name),
            base=images.get(BASES[name]),
            untilup=untilup,
            dockerfile_path=str(Path(dockerfile).relative_to(directory)),
        )


def remove(images: Images) -> None:
    """Remove them."""
    for name in BASES:
        images.engine.images.remove(renamed(name), force=True)
