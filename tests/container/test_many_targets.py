"""A fleet of dependencies."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.container.containers import Containers
from tests.support import json_log
from tests.support.eventually import Eventually

pytestmark = pytest.mark.container

HALF = 100


def told(event: str, text: str) -> Counter[str]:
    """Return how often each target was told of by that *event*."""
    events = json_log.read(text)
    return Counter(each["target"] for each in events if each["event"] == event)


def test_two_hundred_targets(containers: Containers, eventually: Eventually) -> None:
    """Of two hundred targets, half of them late, all are waited for, and each is up once."""
    ports = range(2000, 2000 + HALF)
    containers.dependency(*ports, name="early")
    late = containers.dependency(*ports, name="late", late=True)
    early_targets, late_targets = (
        [f"tcp://{name}:{port}" for port in ports] for name in ("early", "late")
    )
    waiting = containers.untilup(
        *("--log-format", "json", *early_targets, *late_targets, "--", "echo", "ran")
    )
    eventually(lambda: told("attempt-failed", waiting.output()) == Counter(late_targets))
    eventually(lambda: told("up", waiting.output()) == Counter(early_targets))
    late.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert told("up", done.stderr) == Counter(early_targets + late_targets)
