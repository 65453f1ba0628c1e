"""When to try again: exponential backoff with jitter, as a tenacity wait strategy.

The only importer of tenacity. Everything is reckoned from the retry state, in the clock of its
time stamps, so that a test or a simulation can ask for delays without sleeping through them.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_exception_type
from tenacity.wait import wait_base

from untilup.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from untilup.options import Settings

# The longest delay at first, and what it grows to with time: a share of how long the answer has been
# the same. docs/fleet.md has the budget that they come from, and what others would cost.
# The kernel answers for free: a start loses 25 ms at the median, and 10,000 waiters cost the host
# that they ask less than half a core; after five minutes, 1 s longer is acceptable.
MAX_CHEAP_DELAY = 0.050
CHEAP_DELAY_PER_AGE = 1 / 300
# A server or a resolver has to work for the answer: from half a minute on, a wait that is 1/30 longer
# is a fair price for fewer attempts.
MAX_COSTLY_DELAY = 1.0
COSTLY_DELAY_PER_AGE = 1 / 30
# No delay is shorter than this for each target of the wait: an attempt takes half a millisecond of
# processor time, and hundreds of targets without a delay would leave none for signals and timers.
DELAY_PER_TARGET = 0.001
# Jitter takes away up to this part of a delay: enough to pull a fleet apart within a few delays.
JITTER = 0.25
# The last attempt must start this long before the deadline to have time for an answer.
FINAL_ATTEMPT_LEAD = 0.250
# Doubling on from here would overflow a float, and no --max-delay is longer.
MAX_DOUBLINGS = 64


class Backoff(wait_base):
    """The delays between the attempts at one target; one instance for each.

    - Doubling from *delay*, with jitter, which only ever shortens.
    - After a free answer at most 50 ms, or 1/300 of the time since the answer last changed.
    - After an answer that cost a server or a resolver work at most 1 s, or 1/30 of that time.
    - Never above *max_delay*, or *delay* if that is longer.
    - Never below *least*, but for the two of them.
    - A kind of answer that was not seen before starts the doubling afresh, because the next change
      is then near (unknown name, then refused: the container has just started). Flapping between
      known ones does not.
    """

    def __init__(
        self,
        delay: float,
        max_delay: float,
        uniform: Callable[[], float] = random.random,
        least: float = 0.0,
    ) -> None:
        self._delay = delay
        self._max_delay = max(delay, max_delay)
        self._least = min(least, self._max_delay)
        self._uniform = uniform
        self._known: set[str] = set()
        self._reason = ""
        self._changed = 0.0
        self._doublings = 0

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the delay, in seconds, after the failed attempt that *retry_state* tells of."""
        failure, now = _last_attempt(retry_state)
        if failure.reason != self._reason:
            self._reason = failure.reason
            self._changed = now
        if failure.reason not in self._known:
            self._known.add(failure.reason)
            self._doublings = 0
        pause = min(self._longest(failure, now - self._changed), self._delay * 2.0**self._doublings)
        pause = max(pause, self._least)
        self._doublings = min(self._doublings + 1, MAX_DOUBLINGS)
        return pause * (1 - JITTER * self._uniform())

    def _longest(self, failure: NotReady, age: float) -> float:
        pause, share = (
            (MAX_CHEAP_DELAY, CHEAP_DELAY_PER_AGE)
            if failure.cheap
            else (MAX_COSTLY_DELAY, COSTLY_DELAY_PER_AGE)
        )
        return min(self._max_delay, max(self._delay, pause, age * share))


class BeforeDeadline(wait_base):
    """The delays of *backoff*, but for the one before the last attempt that can count on an answer.

    That attempt starts 250 ms before the deadline, or at once if less is left. What comes after it
    comes at the backoff's pace: it may be lucky. After the deadline, which only a process that was
    stopped can see, the next attempt comes soon.
    """

    def __init__(self, backoff: Backoff, deadline: float) -> None:
        self._backoff = backoff
        self._deadline = deadline
        self._last_look = deadline - FINAL_ATTEMPT_LEAD
        self._is_due = True

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the delay, in seconds, after the failed attempt that *retry_state* tells of."""
        pause = self._backoff(retry_state)
        _, now = _last_attempt(retry_state)
        if now >= self._deadline:
            return min(pause, MAX_CHEAP_DELAY)
        if not self._is_due or now + pause < self._last_look:
            return pause
        self._is_due = False
        return max(0.0, self._last_look - now)


def retrying(settings: Settings, deadline: float) -> Retrying:
    """Return tenacity's loop for one target. It never stops: the main thread decides on that."""
    least = DELAY_PER_TARGET * len(settings.targets)
    backoff = Backoff(settings.delay, settings.max_delay, least=least)
    return Retrying(
        retry=retry_if_exception_type(NotReady),
        wait=BeforeDeadline(backoff, deadline),
        reraise=True,
    )


def _last_attempt(retry_state: RetryCallState) -> tuple[NotReady, float]:
    """Return how the attempt failed, and when, in seconds of the monotonic clock."""
    outcome, when = retry_state.outcome, retry_state.outcome_timestamp
    failure = outcome.exception() if outcome else None
    if not isinstance(failure, NotReady) or when is None:
        raise TypeError(f"a pause follows only a look that ended in NotReady, not {failure!r}")
    return failure, when
