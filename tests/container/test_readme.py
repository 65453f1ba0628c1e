"""The README's Dockerfile, and what it warns of."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from container.containers import Containers
from images import Images, build
from readme import README

pytestmark = pytest.mark.container

DOCKERFILES = re.findall(r"```dockerfile\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def image(images: Images, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return what makes an image of a Dockerfile and names it; `FROM untilup` is the checkout's."""
    (tmp_path / "app.py").write_text("print('ran')")
    made: list[str] = []

    def made_of(dockerfile: str) -> str:
        below, tag = images.get("untilup"), f"untilup-test/child:{os.getpid()}-{len(made)}"
        dockerfile = dockerfile.replace("FROM untilup\n", f"FROM {below}\n")
        (tmp_path / "Dockerfile").write_text(dockerfile)
        build(tmp_path, tag, base=below)
        made.append(tag)
        return tag

    yield made_of
    for tag in reversed(made):
        images.engine.images.remove(tag, force=True)


def test_there_is_a_dockerfile() -> None:
    """The README shows how to make an image that waits."""
    assert DOCKERFILES


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_the_dockerfile(
    containers: Containers, image: Callable[[str], str], dockerfile: str
) -> None:
    """The README's Dockerfile makes an image that waits, and then runs its CMD."""
    containers.dependency(5432, name="db")
    containers.dependency(6379, name="redis")
    done = containers.start(image(dockerfile)).ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_command_that_is_not_restated(
    containers: Containers, image: Callable[[str], str]
) -> None:
    """An ENTRYPOINT empties the CMD of the image below, and the message says what to do."""
    below = image('FROM untilup\nCMD ["python3", "/app.py"]\n')
    assert containers.images.engine.images.get(below).attrs["Config"]["Cmd"]
    done = containers.start(
        image(f'FROM {below}\nENTRYPOINT ["untilup", "db:5432", "--"]\n')
    ).ended()
    assert (done.returncode, done.stdout) == (2, "")
    assert "empties the image's CMD: restate it" in done.stderr
