"""The simulated waiters: the real backoff, and the real reuse of names, decide when each makes an attempt.

A pause is asked for as tenacity asks: by a retry state, made by hand, in the simulation's time. What
an attempt meets are the real reasons, which say themselves whether an answer was free.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from math import inf
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import tenacity

from fleet.scenarios import (
    CLOSED,
    HANDSHAKE,
    LOOKUP,
    QUERIES_KNOWN,
    QUERIES_UNKNOWN,
    REFUSED,
    STARTING,
    UNKNOWN,
    UP,
    Scenario,
)
from fleet.traffic import Traffic
from untilup.errors import NotReady, answered
from untilup.net import failures, resolver
from untilup.options import Settings
from untilup.waiting.backoff import Backoff, BeforeDeadline

if TYPE_CHECKING:
    from untilup.net.resolver import Address

    Pauses = Callable[[tenacity.RetryCallState], float]

PORT = 5432
ADDRESSES: list[Address] = [(socket.AF_INET, ("10.0.0.5", 0))]
DEFAULTS = Settings()
# How long the traffic is recorded after the opening: as long as the longest delay and splay.
AFTERMATH = 30.0


class Strategy(NamedTuple):
    """A strategy: *pauses* makes the wait object of one waiter, with its random numbers."""

    name: str
    pauses: Callable[[Random], Pauses]
    reuses_names: bool = False
    settle: float = 0.0


def untilup(
    delay: float = DEFAULTS.delay,
    max_delay: float = DEFAULTS.max_delay,
    settle: float = DEFAULTS.settle,
) -> Strategy:
    """Return untilup's strategy, with its defaults or with other options."""

    def pauses(random: Random) -> Pauses:
        return BeforeDeadline(Backoff(delay, max_delay, random.random), inf)

    return Strategy("untilup", pauses, reuses_names=True, settle=settle)


# The others are strategies of tenacity; like `wait-for-it.sh` they look up the name each time.
STRATEGIES = (
    untilup(),
    Strategy("fixed 1 s poll", lambda _: tenacity.wait_fixed(1.0)),
    Strategy("fixed 100 ms poll", lambda _: tenacity.wait_fixed(0.1)),
    Strategy("doubling to 10 s", lambda _: tenacity.wait_exponential(multiplier=0.01, max=10)),
    Strategy(
        "doubling to 10 s, full jitter",
        lambda random: FullJitter(tenacity.wait_exponential(multiplier=0.01, max=10), random),
    ),
)


class FullJitter:
    """A random part of the delays of *wait*, as in tenacity's wait_random_exponential, by *random*."""

    def __init__(self, wait: Pauses, random: Random) -> None:
        self._wait = wait
        self._random = random

    def __call__(self, state: tenacity.RetryCallState) -> float:
        """Return a delay, in seconds."""
        return self._random.uniform(0, self._wait(state))


def _outcome(failure: NotReady) -> tenacity.Future:
    future = tenacity.Future(1)
    future.set_exception(failure)
    return future


FAILURES = {
    UNKNOWN: resolver.lookup_failure(socket.gaierror(socket.EAI_NONAME, "unknown"), 0.0),
    REFUSED: failures.connect_failure(OSError(errno.ECONNREFUSED, "refused"), 0.0),
    CLOSED: failures.closed_immediately(),
    STARTING: answered("starting", "the server answers, but is not up yet"),
}
OUTCOMES = {failure.reason: _outcome(failure) for failure in FAILURES.values()}


class Waiter:
    """One replica, from its *start* on; *now* is its time, in seconds, and its Name's clock."""

    def __init__(
        self, strategy: Strategy, scenario: Scenario, start: float, traffic: Traffic, random: Random
    ) -> None:
        self.now = start
        self._strategy = strategy
        self._scenario = scenario
        self._start = start
        self._traffic = traffic
        self._random = random
        self._pauses = strategy.pauses(random)
        self._name = resolver.HostEntry("db", lambda: self.now, self._look_up)

    def wait(self) -> None:
        """Make attempts until the dependency is up."""
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        while failure := self._make_attempt():
            state.outcome, state.outcome_timestamp = OUTCOMES[failure.reason], self.now
            self.now += self._pauses(state)
            state.attempt_number += 1
        self._traffic.attempts += state.attempt_number
        self._traffic.ups.append((self.now, state.attempt_number > 1))
        self._traffic.detection_latencies.append(self.now - max(self._start, self._scenario.opens))

    def _make_attempt(self) -> NotReady | None:
        """Make one attempt, as checks/tcp.py does; return why the dependency is not up."""
        if not self._strategy.reuses_names:
            try:
                self._look_up("db")
            except NotReady as failure:
                return failure
            return self._connect()
        try:
            self._name.addresses(PORT)
        except NotReady as failure:
            self._name.record_outcome(PORT, failure.reason)
            return failure
        failed = self._connect()
        self._name.record_outcome(PORT, failed.reason if failed else "")
        return failed

    def _look_up(self, host: str) -> list[Address]:
        del host
        unknown = self._scenario.answer(self.now) == UNKNOWN
        self._traffic.queries.add(self.now, QUERIES_UNKNOWN if unknown else QUERIES_KNOWN)
        self.now += LOOKUP
        if unknown:
            # Raised repeatedly, it would accumulate the frames of all earlier times.
            raise FAILURES[UNKNOWN].with_traceback(None)
        return ADDRESSES

    def _connect(self) -> NotReady | None:
        self._traffic.syns.add(self.now)
        answer = self._scenario.answer(self.now)
        self.now += HANDSHAKE
        if answer in (CLOSED, STARTING, UP):
            self._traffic.accepted.add(self.now)
        if answer == UP:
            self.now += self._strategy.settle
            return None
        return FAILURES[answer]


def simulate(strategy: Strategy, scenario: Scenario, waiters: int, seed: int = 1) -> Traffic:
    """Return the traffic of this many *waiters* in the *scenario*; the same for the same *seed*."""
    traffic = Traffic(scenario.opens + scenario.starting + AFTERMATH)
    random = Random(f"{seed}/{scenario.name}")
    for number in range(waiters):
        start = scenario.starting * (number + random.random()) / waiters
        Waiter(strategy, scenario, start, traffic, random).wait()
    return traffic
