"""The executable in an image of nothing else."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import needs
from container.containers import LONGEST_STOP, Containers
from images import Images, build
from program import BINARY

pytestmark = pytest.mark.container

Eventually = Callable[[Callable[[], object]], None]
FROM_SCRATCH = 'FROM scratch\nCOPY untilup /untilup\nENTRYPOINT ["/untilup"]\n'


@pytest.fixture(scope="module")
def scratch(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return an image in which there is the executable alone."""
    needs.binary()
    folder, tag = tmp_path_factory.mktemp("scratch"), f"untilup-test/scratch:{os.getpid()}"
    shutil.copy(BINARY, folder / "untilup")
    Path(folder, "Dockerfile").write_text(FROM_SCRATCH)
    build(folder, tag, base="")
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.mark.parametrize(
    "options",
    [{}, {"read_only": True, "user": "4711", "cap_drop": ["ALL"], "mem_limit": "32m"}],
    ids=["as it is", "without any rights"],
)
def test_it_waits_for_what_is_late(
    containers: Containers, scratch: str, eventually: Eventually, options: dict[str, Any]
) -> None:
    """It waits for a name that is not known yet, then for a port, and becomes the command."""
    words = ("late:80", "--", "/untilup", "--version")
    waiting = containers.start(scratch, *words, **options)
    eventually(lambda: "unknown" in waiting.said())
    web = containers.dependency(80, name="late", late=True)
    eventually(lambda: "refused" in waiting.said())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout.startswith("untilup ")) == (0, True)


def test_docker_stop(containers: Containers, scratch: str, eventually: Eventually) -> None:
    """`docker stop` ends the wait at once."""
    waiting = containers.start(scratch, "nobody:1")
    eventually(lambda: "not up" in waiting.said())
    took = waiting.stopped()
    assert waiting.ended().returncode == 128 + signal.SIGTERM
    assert took < LONGEST_STOP
