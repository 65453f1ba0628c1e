"""The README's Dockerfile, and what it warns of."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import addresses
import readme_tables
from tests.container.containers import Containers
from tests.container.products import binary_only
from tests.support.images import OFFICIAL, RECIPES, Images, build
from tests.support.readme import README
from wheelhouse import CHECKOUT

pytestmark = pytest.mark.container

DOCKERFILES = re.findall(r"```dockerfile\n(.*?)```", README, re.DOTALL)
COPIED = f"COPY --from={addresses.IMAGE} /untilup /usr/local/bin/\n"
BASE = f"FROM {OFFICIAL['python']}\n"


@pytest.fixture
def image(images: Images, alone: str, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return what makes an image of a Dockerfile and names it.

    What is called `untilup` there is the checkout's, and the official Python is that of the tests.
    """
    (tmp_path / "app.py").write_text("print('ran')")
    made: list[str] = []

    def made_of(dockerfile: str) -> str:
        base, tag = images.get("python"), f"untilup-test/child:{os.getpid()}-{len(made)}"
        dockerfile = dockerfile.replace(BASE, f"FROM {base}\n").replace(addresses.IMAGE, "untilup")
        (tmp_path / "Dockerfile").write_text(f"FROM {alone} AS untilup\n{dockerfile}")
        build(tmp_path, tag, base=base)
        made.append(tag)
        return tag

    yield made_of
    for tag in reversed(made):
        images.engine.images.remove(tag, force=True)


@pytest.fixture(scope="module", autouse=True)
def servers_made(images: Images) -> None:
    """Have their images, outside of the time that a test may take."""
    images.get("postgres")
    images.get("redis")


def test_there_is_a_dockerfile() -> None:
    """The README shows how to put the executable into an image, and tests put it there as it does."""
    example = readme_tables.quoted(CHECKOUT / "examples" / "app.Dockerfile")
    assert [example] == DOCKERFILES
    assert COPIED in example
    recipe = (RECIPES / "binary" / "Dockerfile").read_text()
    assert COPIED.replace(addresses.IMAGE, "untilup") in recipe


@binary_only
@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_the_dockerfile(
    containers: Containers, image: Callable[[str], str], dockerfile: str
) -> None:
    """The README's Dockerfile makes an image that waits, and then runs its CMD."""
    containers.server("postgres", name="db", env={"POSTGRES_PASSWORD": "x"}).go()
    containers.server("redis", name="cache").go()
    done = containers.start(image(dockerfile)).ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


@binary_only
def test_a_command_that_is_not_restated(
    containers: Containers, image: Callable[[str], str]
) -> None:
    """An ENTRYPOINT clears the CMD of the base image, and the message says what to do."""
    below = image(f'{BASE}{COPIED}CMD ["python3", "/app.py"]\n')
    assert containers.images.engine.images.get(below).attrs["Config"]["Cmd"]
    done = containers.start(
        image(f'FROM {below}\nENTRYPOINT ["untilup", "db:5432", "--"]\n')
    ).ended()
    assert (done.returncode, done.stdout) == (2, "")
    assert "it clears the CMD of the base image" in done.stderr
