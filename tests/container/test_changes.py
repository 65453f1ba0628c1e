"""Dependencies that come and go while they are waited for (docs/design.md, Results of an attempt; When to try again)."""

from __future__ import annotations

import pytest

from tests.container.containers import Container, Containers
from tests.support import json_log
from tests.support.eventually import Eventually

pytestmark = pytest.mark.container


def answers(waiting: Container) -> list[str]:
    """Return the reason of every change of state so far."""
    events = json_log.read(waiting.output())
    return [event["reason"] for event in events if event["reason"]]


def wait_for_web(containers: Containers) -> Container:
    """Wait for a dependency; answers() sets its answers."""
    return containers.untilup("--log-format", "json", "web:80", "--", "echo", "ran")


def test_stopped_disconnected_and_back(containers: Containers, eventually: Eventually) -> None:
    """A dependency that is stopped and started, disconnected and connected, is up in the end."""
    web = containers.dependency(80, name="web", late=True)
    waiting = wait_for_web(containers)
    eventually(lambda: answers(waiting) == ["refused"])
    web.get_wrapped_container().stop(timeout=0)
    eventually(lambda: answers(waiting)[-1] == "name-unknown")
    web.get_wrapped_container().start()
    eventually(lambda: answers(waiting)[-1] == "refused")
    containers.disconnect(web)
    eventually(lambda: answers(waiting)[-1] == "name-unknown")
    containers.connect(web, "web")
    eventually(lambda: answers(waiting)[-1] == "refused")
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_cut_off_oneself(containers: Containers, eventually: Eventually) -> None:
    """If the container loses its network and gets it back, the wait continues."""
    web = containers.dependency(80, name="web", late=True)
    waiting = wait_for_web(containers)
    eventually(lambda: answers(waiting) == ["refused"])
    containers.disconnect(waiting)
    eventually(lambda: len(answers(waiting)) > 1)
    containers.connect(waiting, "app")
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_paused_before_it_listens(containers: Containers, eventually: Eventually) -> None:
    """A paused container is not up while nothing in it listens, and is waited for."""
    web = containers.dependency(80, name="web", late=True)
    web.get_wrapped_container().pause()
    waiting = wait_for_web(containers)
    eventually(lambda: answers(waiting) == ["refused"])
    web.get_wrapped_container().unpause()
    web.go()
    assert waiting.ended().returncode == 0


def test_paused_while_it_listens(containers: Containers) -> None:
    """A paused container that listens counts as up: the kernel accepts for it (see the README)."""
    web = containers.dependency(80, name="web")
    web.get_wrapped_container().pause()
    assert wait_for_web(containers).ended().returncode == 0
