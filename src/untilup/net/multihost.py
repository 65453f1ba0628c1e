"""Targets with several hosts: checks them at the same time; the target is up if any host is.

The check of the next host starts 250 ms after the last one, or as soon as one has failed, as RFC 8305
has it for addresses. The whole check runs at each host, not only the connection: a host may accept
and stay silent, and its name may hang in the resolver. So each host has a thread; a target with one
host needs none. While the attempt still waits for one host, failed hosts are checked again.

The attempt ends in time, whatever hangs. A thread that still hangs in the resolver continues, and
the next attempt adopts it.
"""

from __future__ import annotations

import _thread
from _queue import Empty, SimpleQueue
from time import monotonic

from untilup import os_errors
from untilup.errors import ALIVE, NeverReady, NotReady, ResourceLimitReached
from untilup.net import aggregate, failures
from untilup.net.schedule import CHEAP_RETRY_DELAY, Schedule
from untilup.targets.hostport import join_host_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.targets.attempt import Attempt
    from untilup.targets.target import HostPort

    Check = Callable[[Attempt], None]

# The attempt at one host ends this many seconds before the whole attempt, or this share of a short
# one.
HOST_REPORTING_MARGIN = 0.020
HOST_REPORTING_SHARE = 0.1


def check_any_host(attempt: Attempt, check: Check, *, once: bool = False) -> None:
    """Return when *check* has returned for any host of the target, which has several.

    It is given an attempt at one host; with *once*, it is run once at each. Raise NotReady with what was
    observed at each host, or NeverReady if each host raised that. The attempt's timeout starts now,
    before a name is resolved.
    """
    MultiHostAttempt(attempt, check, once=once or attempt.exhaustive).run()


class HostAttempt:
    """The part of an attempt that a thread makes at one host, *where*.

    *runs* is true once the thread has started. Until the attempt is over, it is in *in_flight*. Then
    *outcome* is what it raised, or None, and *publish* has been called with it.
    """

    def __init__(
        self,
        attempt: Attempt,
        where: HostPort,
        in_flight: dict[HostPort, HostAttempt],
        publish: Callable[[HostAttempt], None],
    ) -> None:
        self.where = where
        self.name = join_host_port(*where)
        self.attempt = attempt
        self.in_flight = in_flight
        self.publish = publish
        self.outcome: BaseException | None = None
        self.runs = False

    def begin(self, check: Check) -> None:
        """Start the thread; raise ResourceLimitReached if no more threads can be started."""
        self.in_flight[self.where] = self
        try:
            _thread.start_new_thread(self._run, (check,))
        except (RuntimeError, MemoryError):
            del self.in_flight[self.where]
            raise ResourceLimitReached(os_errors.no_more_threads()) from None

    def _run(self, check: Check) -> None:
        self.runs = True
        try:
            check(self.attempt)
        except BaseException as error:  # noqa: BLE001 - a bug included: the whole attempt raises it
            self.outcome = error
        self.in_flight.pop(self.where, None)
        self.attempt.end()
        self.publish(self)


class MultiHostAttempt:
    """One attempt at all hosts of a target."""

    def __init__(self, attempt: Attempt, check: Check, *, once: bool) -> None:
        timeout = attempt.timeout
        self._attempt = attempt
        self._check = check
        # Kept between attempts, so that a name that hangs in the resolver occupies only one thread.
        self._in_flight: dict[HostPort, HostAttempt] = attempt.memory.setdefault("in flight", {})
        self._deadline = monotonic() + timeout
        self._parts_deadline = self._deadline - min(
            HOST_REPORTING_MARGIN, timeout * HOST_REPORTING_SHARE
        )
        self._schedule = Schedule(attempt.target.hosts, timeout, once=once)
        self._running: dict[HostPort, HostAttempt] = {}
        self._is_up = False
        self._finished: SimpleQueue[HostAttempt] = SimpleQueue()

    def run(self) -> None:
        """Return when a host is up; raise the failures of all hosts, combined, if none is."""
        while not self._is_up or self._attempt.exhaustive:
            self._start_due()
            if not (self._running or self._schedule.untried) or monotonic() >= self._deadline:
                break
            self._process_next(min(self._deadline, self._schedule.next_due()))
        if not self._is_up:
            for part in self._running.values():
                if part.where not in self._schedule.failures:
                    phase, since = part.attempt.phase
                    self._record(part, failures.still_in_phase(phase, monotonic() - since))
            by_host = self._schedule.failures.items()
            raise aggregate.combine({join_host_port(*where): it for where, it in by_host})

    def _start_due(self) -> None:
        for where in self._schedule.take_due():
            now = monotonic()
            # Shortly before the end, silence would hide why a host has failed.
            if (
                where not in self._schedule.failures
                or self._parts_deadline - now >= CHEAP_RETRY_DELAY
            ):
                self._start(where, now)

    def _start(self, where: HostPort, now: float) -> None:
        part = self._in_flight.get(where)
        if part is None:
            at_host = self._attempt.for_host(*where, max(self._parts_deadline - now, 0.0))
            part = HostAttempt(at_host, where, self._in_flight, self._finished.put)
            self._running[where] = part
            part.begin(self._check)
            return
        if not part.runs and now - part.attempt.began > os_errors.MAX_STARTUP:
            raise ResourceLimitReached(os_errors.NO_MORE_THREADS)
        self._running[where] = part
        self._attempt.adopt(part.attempt)
        part.publish = self._finished.put
        if part.attempt.is_over:  # it may have published to the attempt before, just now
            part.publish(part)

    def _process_next(self, until: float) -> None:
        """Process the next host attempt that ends, if one does *until* then."""
        try:
            part = self._finished.get(timeout=max(0.0, until - monotonic()))
        except Empty:
            return
        if self._running.get(part.where) is not part:
            return  # published twice
        del self._running[part.where]
        self._attempt.output += [f"{part.name}: {line}" for line in part.attempt.output]
        failure = part.outcome
        if failure is None:
            self._is_up = True
            self._observe(part, "up", "")
        elif isinstance(failure, NotReady | NeverReady):
            self._record(part, failure)
        else:
            raise failure

    def _record(self, part: HostAttempt, failure: NotReady | NeverReady) -> None:
        self._schedule.failed(part.where, failure)
        detail = failure.detail
        if failure.evidence == ALIVE:  # it may have the words of the server
            detail = self._attempt.target.without_passwords(detail)
        self._observe(part, failure.reason, detail)

    def _observe(self, part: HostAttempt, found: str, detail: str) -> None:
        self._attempt.observe(part.name, monotonic() - part.attempt.began, found, detail)
        for observation in part.attempt.observations:
            self._attempt.observe(*observation)
