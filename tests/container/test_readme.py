"""The README's Dockerfile, and what it warns of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from container.containers import Containers
from images import Images, build
from readme import README

pytestmark = pytest.mark.container

DOCKERFILES = re.findall(r"```dockerfile\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def image(images: Images, tmp_path: Path) -> Callable[[str], str]:
    """Return what makes an image of a Dockerfile that stands on untilup's, and names it."""
    (tmp_path / "app.py").write_text("print('ran')")

    def made_of(dockerfile: str) -> str:
        below = images.get("untilup")
        dockerfile = dockerfile.replace("FROM untilup\n", f"FROM {below}\n")
        (tmp_path / "Dockerfile").write_text(dockerfile)
        build(tmp_path, f"{below}-child", base=below)
        return f"{below}-child"

    return made_of


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
