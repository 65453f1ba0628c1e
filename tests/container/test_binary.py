"""The executable in an image of nothing else."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from container.containers import LONGEST_STOP, Containers
from container.products import binary_only

pytestmark = pytest.mark.container

Eventually = Callable[[Callable[[], object]], None]


@binary_only
@pytest.mark.parametrize(
    "options",
    [{}, {"read_only": True, "user": "4711", "cap_drop": ["ALL"], "mem_limit": "32m"}],
    ids=["as it is", "without any rights"],
)
def test_it_waits_for_what_is_late(
    containers: Containers, alone: str, eventually: Eventually, options: dict[str, Any]
) -> None:
    """It waits for a name that is not known yet, then for a port, and becomes the command."""
    words = ("late:80", "--", "/untilup", "--version")
    waiting = containers.start(alone, *words, **options)
    eventually(lambda: "unknown" in waiting.said())
    web = containers.dependency(80, name="late", late=True)
    eventually(lambda: "refused" in waiting.said())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout.startswith("untilup ")) == (0, True)


@binary_only
def test_docker_stop(containers: Containers, alone: str, eventually: Eventually) -> None:
    """`docker stop` ends the wait at once."""
    waiting = containers.start(alone, "nobody:1")
    eventually(lambda: "not up" in waiting.said())
    took = waiting.stopped()
    assert waiting.ended().returncode == 128 + signal.SIGTERM
    assert took < LONGEST_STOP
