"""What docs/docker.md shows of Docker."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.container.examples import BASES, BUILDS, DOCUMENT, NAMES, OWN, PAGE, SETTING, renamed
from tests.support import console_sessions
from tests.support.images import OFFICIAL, Images
from tests.support.readme import shown
from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT

# One process makes the images of the examples.
pytestmark = [pytest.mark.container, pytest.mark.xdist_group("docker-examples")]


@pytest.fixture
def setting(images: Images, examples: None) -> Iterator[None]:  # noqa: ARG001 - it stands on them
    """Make what the document has made before its first session; remove all that has its names."""
    postgres = images.get("postgres")
    try:
        for line in SETTING:
            status, printed = shown(renamed(line).replace(OFFICIAL["postgres"], postgres))
            assert status == 0, printed
        yield
    finally:
        remove_all()


def remove_all() -> None:
    """Remove the containers of this run's names, and its network."""
    listed = ["docker", "ps", "--all", "--quiet", "--filter", f"name={OWN}"]
    found = subprocess.run(listed, check=True, capture_output=True, text=True, timeout=PATIENCE)
    for words in (["rm", "--force", *found.stdout.split()], ["network", "rm", f"{OWN}net"]):
        subprocess.run(["docker", *words], check=True, capture_output=True, timeout=PATIENCE)


def test_there_is_an_image_of_each_dockerfile() -> None:
    """The document builds every image of the directory, with the line that its Dockerfile has, too."""
    assert [line.split()[3] for line in BUILDS] == [*BASES]
    files = {file.stem: file.read_text() for file in CHECKOUT.glob("examples/docker/*.Dockerfile")}
    assert {f"my-{name}" for name in files} == {*BASES}
    for name, text in files.items():
        assert f"#     {next(line for line in BUILDS if name in line)}\n" in text
        assert "syntax=" not in text
    assert f"\nARG BASE={OFFICIAL['python']}\n" in files["debian"]


@pytest.mark.usefixtures("setting")
def test_the_sessions() -> None:
    """What is shown of Docker is what it prints, from the first command to the last."""
    console_sessions.play(PAGE, console_sessions.in_containers(DOCUMENT), os.environ, NAMES)
