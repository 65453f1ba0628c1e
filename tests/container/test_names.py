"""Names, as a container's resolver knows them (docs/design.md, Results of an attempt; When to try again)."""

from __future__ import annotations

import signal

import pytest

from tests.container.containers import Containers
from tests.support.eventually import Eventually

pytestmark = pytest.mark.container

# How long the engine's resolver is silent where it reaches no other, in seconds.
SILENCE = 10


def test_a_name_appears_with_its_container(containers: Containers, eventually: Eventually) -> None:
    """A name that is unknown until its container starts is waited for."""
    waiting = containers.untilup("late:80", "--", "echo", "ran")
    eventually(lambda: "unknown" in waiting.output())
    containers.dependency(80, name="late")
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "tcp://late:80 is up" in done.stderr


def test_the_deadline_holds_on_an_internal_network(internal: Containers) -> None:
    """The resolver of an internal network is silent on unknown names, and the deadline holds."""
    waiting = internal.untilup("-t", "2", "nobody:80", "--", "echo", "ran")
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (124, "")
    assert waiting.lasted() < SILENCE
    _, _, summary = done.stderr.partition("timed out after")
    assert "tcp://nobody:80: resolving: the DNS server has not answered" in summary
    assert ", 1 attempt" in summary


def test_docker_stop_while_the_resolver_is_silent(
    internal: Containers, eventually: Eventually
) -> None:
    """`docker stop` ends the wait at once before there is any answer at all."""
    waiting = internal.untilup("nobody:80", "--", "echo", "ran")
    eventually(lambda: "waiting for" in waiting.output())
    assert waiting.stopped().returncode == 128 + signal.SIGTERM
    assert "not up:" not in waiting.output()


def test_names_are_known_on_an_internal_network(internal: Containers) -> None:
    """What runs on an internal network is found and is up."""
    internal.dependency(80, name="web")
    assert internal.untilup("web:80").ended().returncode == 0


def test_without_any_network(containers: Containers) -> None:
    """Without a network no name is found, and the time is over when it should be."""
    waiting = containers.untilup("-t", "1", "web:80", network="none")
    done = waiting.ended()
    assert done.returncode == 124
    assert waiting.lasted() < SILENCE
