"""When to try again: exponential backoff with jitter, as a tenacity wait strategy.

The only importer of tenacity. All delays are computed from the timestamps of the retry state, so a test
or a simulation can ask for delays without sleeping.
"""

from __future__ import annotations

import gc
import random
from typing import TYPE_CHECKING

from tenacity import DoAttempt, DoSleep, Retrying
from tenacity.wait import wait_base

from untilup.errors import ALIVE, NotReady

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from untilup.options import Settings

# The longest delay at first, and the share of the time since the answer last changed to which it
# grows. benchmarks/fleet/README.md has the budget behind these values, and the cost of others. A failure that
# the local kernel reports is cheap: a start loses 25 ms at the median, and 10,000 waiters cost the
# target's host less than half a core. After five minutes, 1 s longer is acceptable.
MAX_CHEAP_DELAY = 0.050
CHEAP_DELAY_PER_AGE = 1 / 300
# A server or a resolver has to work for the answer: from half a minute on, a wait may be 1/30
# longer, so that there are fewer attempts.
MAX_COSTLY_DELAY = 1.0
COSTLY_DELAY_PER_AGE = 1 / 30
# A server answers that it is not up yet: most servers then need a few seconds at most. So the delay grows
# to those values within eight seconds, which is 20 more attempts in the first minute.
MAX_ANSWERED_DELAY = 0.080
ANSWERED_DELAY_PER_AGE = 1 / 8
# The shortest delay, times the number of targets: an attempt takes half a millisecond of processor
# time, and hundreds of targets must leave time for signals and timers.
DELAY_PER_TARGET = 0.001
# Jitter shortens a delay by up to this share, which separates replicas within a few delays.
JITTER = 0.25
# The last attempt must start this long before the deadline to have time for an answer.
FINAL_ATTEMPT_LEAD = 0.250
# More doublings would overflow a float; no --max-delay is longer.
MAX_DOUBLINGS = 64


class Backoff(wait_base):
    """The delays between the attempts at one target; one instance for each.

    - Doubling from *delay*, with jitter, which only ever shortens.
    - After a cheap failure at most 50 ms, or 1/300 of the time since the reason last changed.
    - After a failure that cost a server or a resolver work at most 1 s, or 1/30 of that time.
    - If a server answered that it is not up yet, also at most 80 ms, or 1/8 of the time since the
      last new reason. So while known reasons alternate, the delay stays long.
    - Never above *max_delay*, or *delay* if that is longer.
    - Never below *least*, except for these two.
    - A reason that has not occurred before restarts the doubling, because the next change is then
      near: after "name not found", "refused" means that the container has just started. A change
      between known reasons does not.
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
        self._new = 0.0
        self._doublings = 0

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the delay, in seconds, after the failed attempt in *retry_state*."""
        failure, now = _last_attempt(retry_state)
        if failure.reason != self._reason:
            self._reason = failure.reason
            self._changed = now
        if failure.reason not in self._known:
            self._known.add(failure.reason)
            self._new = now
            self._doublings = 0
        delay = min(self._max_delay_for(failure, now), self._delay * 2.0**self._doublings)
        delay = max(delay, self._least)
        self._doublings = min(self._doublings + 1, MAX_DOUBLINGS)
        return delay * (1 - JITTER * self._uniform())

    def _max_delay_for(self, failure: NotReady, now: float) -> float:
        age = now - self._changed
        if failure.cheap:
            longest = max(MAX_CHEAP_DELAY, age * CHEAP_DELAY_PER_AGE)
        else:
            longest = max(MAX_COSTLY_DELAY, age * COSTLY_DELAY_PER_AGE)
            if failure.evidence == ALIVE:
                at_first = max(MAX_ANSWERED_DELAY, (now - self._new) * ANSWERED_DELAY_PER_AGE)
                longest = min(longest, at_first)
        return min(self._max_delay, max(self._delay, longest))


class BeforeDeadline(wait_base):
    """The delays of *backoff*, except before the final attempt.

    The final attempt starts 250 ms before the deadline, so that there is time for an answer, or at once
    if less is left. Later attempts follow at the delays of *backoff*. After the deadline, which only a
    process that was stopped can see, the next attempt comes soon.
    """

    def __init__(self, backoff: Backoff, deadline: float) -> None:
        self._backoff = backoff
        self._deadline = deadline
        self._final_attempt = deadline - FINAL_ATTEMPT_LEAD
        self._is_due = True

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the delay, in seconds, after the failed attempt in *retry_state*."""
        delay = self._backoff(retry_state)
        _, now = _last_attempt(retry_state)
        if now >= self._deadline:
            return min(delay, MAX_CHEAP_DELAY)
        if not self._is_due or now + delay < self._final_attempt:
            return delay
        self._is_due = False
        return max(0.0, self._final_attempt - now)


class Attempts(Retrying):
    """tenacity's loop until the first attempt that ends in anything but NotReady.

    It lacks tenacity's statistics and hooks, which nothing here uses. For these, tenacity makes a list
    of functions in each step.
    """

    def iter(self, retry_state: RetryCallState) -> DoAttempt | DoSleep | object:
        """Return what is next: an attempt, a delay, or the result."""
        outcome = retry_state.outcome
        if outcome is None:
            return DoAttempt()
        if isinstance(outcome.exception(), NotReady):
            return DoSleep(self.wait(retry_state))
        result: object = outcome.result()
        return result


def retrying(settings: Settings, deadline: float) -> Attempts:
    """Return tenacity's loop for one target. It never stops, because the main thread decides that."""
    gc.enable()  # it is disabled for a start: see __main__.py
    least = DELAY_PER_TARGET * len(settings.targets)
    backoff = Backoff(settings.delay, settings.max_delay, least=least)
    return Attempts(wait=BeforeDeadline(backoff, deadline))


def _last_attempt(retry_state: RetryCallState) -> tuple[NotReady, float]:
    """Return the failure of the attempt, and its time in seconds of the monotonic clock."""
    outcome, when = retry_state.outcome, retry_state.outcome_timestamp
    failure = outcome.exception() if outcome else None
    if not isinstance(failure, NotReady) or when is None:
        raise TypeError(f"a delay follows only an attempt that ended in NotReady, not {failure!r}")
    return failure, when
