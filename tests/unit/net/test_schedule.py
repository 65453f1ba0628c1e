"""When an attempt starts at which of several places: addresses, or hosts."""

from __future__ import annotations

from math import inf

import pytest

from untilup.errors import NeverReady, NotReady
from untilup.net import schedule
from untilup.net.schedule import (
    CHEAP_RETRY_DELAY,
    CONNECTION_ATTEMPT_DELAY,
    SYN_RETRY_INTERVAL,
    Schedule,
)

CHEAP = NotReady("refused", "it says so", cheap=True)
COSTLY = NotReady("closed", "it says so")
NEVER = NeverReady("host-refused", "it says so")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock, which a test sets, as a list of one time."""
    clock = [0.0]
    monkeypatch.setattr(schedule, "monotonic", lambda: clock[0])
    return clock


@pytest.mark.parametrize("timeout", [0.1, 1.0, 60.0])
def test_the_places_start_one_after_another(now: list[float], timeout: float) -> None:
    """The next place starts 250 ms after the last one, and all of them in the first half of the time."""
    planned = Schedule("abcd", timeout, once=False)
    for place in "abcd":
        assert planned.next_due() == now[0]
        assert planned.take_due() == [place]
        assert planned.take_due() == []
        now[0] += min(CONNECTION_ATTEMPT_DELAY, timeout / 8)
    assert now[0] <= timeout / 2 + 1e-9
    assert (planned.untried, planned.next_due()) == ([], inf)


def test_a_failure_lets_the_next_place_start(now: list[float]) -> None:
    """The next place starts as soon as one has failed, but not each time that this one fails again."""
    planned = Schedule("abc", 60.0, once=False)
    assert planned.take_due() == ["a"]
    planned.failed("a", CHEAP)
    assert planned.take_due() == ["b"]
    now[0] += CHEAP_RETRY_DELAY
    assert planned.take_due() == ["a"]
    planned.failed("a", CHEAP)
    assert planned.take_due() == []
    assert planned.untried == ["c"]


@pytest.mark.parametrize(
    ("failure", "once", "delay"),
    [
        (CHEAP, False, CHEAP_RETRY_DELAY),
        (COSTLY, False, SYN_RETRY_INTERVAL),
        (CHEAP, True, inf),
        (NEVER, False, inf),
    ],
)
def test_a_place_that_failed_starts_again(
    now: list[float],  # noqa: ARG001 - the time stands still
    failure: NotReady | NeverReady,
    *,
    once: bool,
    delay: float,
) -> None:
    """It starts again after a cheap failure sooner than after others; never if that is pointless."""
    planned = Schedule("a", 60.0, once=once)
    planned.take_due()
    planned.failed("a", failure)
    assert planned.next_due() == delay
    assert planned.failures == {"a": failure}
