"""A target with several hosts: any one will do, and each gets its turn.

They are asked side by side, as the addresses of a name are connected to: the next one 250 ms after
the last, or as soon as one has failed (RFC 8305). Not the connection alone but the whole question
is asked of each, for a host may accept and be silent, and its name may hang in the resolver. So each
is asked in a thread of its own; a target with one host needs none. A host that has failed is asked
again for as long as another keeps the attempt waiting. The attempt ends in time, whatever hangs: a
thread that is still in the resolver then goes on, and the next attempt takes it up.
"""

from __future__ import annotations

import _thread
from _queue import Empty, SimpleQueue
from time import monotonic

from untilup import os_errors
from untilup.errors import NeverReady, NotReady, ResourceLimitReached
from untilup.net import aggregate, failures, stream
from untilup.net.happy_eyeballs import (
    CHEAP_RETRY_DELAY,
    CONNECTION_ATTEMPT_DELAY,
    SYN_RETRY_INTERVAL,
)
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import SocketStream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import HostPort, Target

    Check = Callable[[Attempt], None]

# The part at one host ends so many seconds before the attempt, or with this share of a short one left.
TIME_TO_TELL = 0.020
PART_TO_TELL = 0.1


def ask_any_host(attempt: Attempt, question: Callable[[Target, SocketStream], None]) -> None:
    """Return when *question*, in a conversation with any host of the target, has returned.

    It is given a target with that one host, raises as a check does, and closes nothing. Raise
    NotReady with what was observed at each host, or NeverReady if that is so of all. The attempt's
    timeout starts when the name is resolved; with several hosts, it starts now.
    """

    def converse(at_host: Attempt) -> None:
        host = at_host.target
        conversation = stream.connect(at_host, host.options.get("unix", ""))
        try:
            question(host, conversation)
        finally:
            conversation.close()

    check_any_host(attempt, converse)


def check_any_host(attempt: Attempt, check: Check) -> None:
    """Return when *check* has returned for any host of the target; raise as *ask_any_host* does.

    For what needs more than a plain conversation: it opens and closes by itself.
    """
    if len(attempt.target.hosts) == 1:
        check(attempt)
    else:
        MultiHostAttempt(attempt, check).run()


class HostAttempt:
    """The part of an attempt that a thread makes at one host, *where*.

    It *runs* as soon as the thread does. Once it is *over*, *outcome* is what it raised, and *tell*
    has been called with it. Until then it is in *in_flight*.
    """

    __slots__ = (
        "attempt",
        "began",
        "in_flight",
        "name",
        "outcome",
        "over",
        "runs",
        "tell",
        "where",
    )

    def __init__(
        self,
        attempt: Attempt,
        where: HostPort,
        in_flight: dict[HostPort, HostAttempt],
        tell: Callable[[HostAttempt], None],
    ) -> None:
        self.where = where
        self.name = hostport.join_host_port(*where)
        self.attempt = attempt
        self.in_flight = in_flight
        self.tell = tell
        self.outcome: BaseException | None = None
        self.runs = False
        self.over = False
        self.began = monotonic()

    def begin(self, check: Check) -> None:
        """Start a thread for it; raise ResourceLimitReached if there can be no more threads."""
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
        self.over = True
        self.tell(self)


class MultiHostAttempt:
    """One attempt at all hosts of a target."""

    def __init__(self, attempt: Attempt, check: Check) -> None:
        timeout = attempt.timeout
        self._attempt = attempt
        self._check = check
        # Kept from attempt to attempt: a name that hangs in the resolver keeps one thread, not more.
        self._in_flight: dict[HostPort, HostAttempt] = attempt.memory.setdefault("in flight", {})
        self._began = monotonic()
        self._deadline = self._began + timeout
        self._end_of_turns = self._deadline - min(TIME_TO_TELL, timeout * PART_TO_TELL)
        self._at_start = list(attempt.target.hosts)  # has not had a turn yet
        stagger = min(CONNECTION_ATTEMPT_DELAY, timeout / (2 * len(self._at_start)))
        self._due = {
            where: self._began + turn * stagger for turn, where in enumerate(self._at_start)
        }
        self._running: dict[HostPort, HostAttempt] = {}
        self._ready = False
        self._failures: dict[str, NotReady | NeverReady] = {}
        self._told: SimpleQueue[HostAttempt] = SimpleQueue()

    def run(self) -> None:
        """Return when a host is ready; raise what came of all if none is."""
        while not self._ready or self._attempt.exhaustive:
            self._start_what_is_due()
            if not (self._running or self._at_start) or monotonic() >= self._deadline:
                break
            self._hear(min([self._deadline, *self._due.values()]))
        if not self._ready:
            for turn in self._running.values():
                if turn.name not in self._failures:
                    phase, since = turn.attempt.phase
                    self._note(turn, failures.still_in_phase(phase, monotonic() - since))
            raise aggregate.combine(self._failures)

    def _start_what_is_due(self) -> None:
        now = monotonic()
        for where in [where for where, due in self._due.items() if now >= due]:
            del self._due[where]
            if where in self._at_start:
                self._at_start.remove(where)
            elif self._end_of_turns - now < CHEAP_RETRY_DELAY:
                continue  # it could tell nothing but silence, and hide why it has failed
            self._start(where, now)

    def _start(self, where: HostPort, now: float) -> None:
        turn = self._in_flight.get(where)
        if turn is None:
            at_host = self._attempt.for_host(*where, max(self._end_of_turns - now, 0.0))
            turn = HostAttempt(at_host, where, self._in_flight, self._told.put)
            self._running[where] = turn
            turn.begin(self._check)
            return
        if not turn.runs and now - turn.began > os_errors.MAX_STARTUP:
            raise ResourceLimitReached(os_errors.NO_MORE_THREADS)
        self._running[where] = turn
        self._attempt.adopt(turn.attempt)
        turn.tell = self._told.put
        if turn.over:  # it may have told the attempt before, a moment ago
            turn.tell(turn)

    def _hear(self, until: float) -> None:
        """Take in what came of the next turn, if one ends *until* then."""
        try:
            turn = self._told.get(timeout=max(0.0, until - monotonic()))
        except Empty:
            return
        if self._running.get(turn.where) is not turn:
            return  # told twice
        del self._running[turn.where]
        self._attempt.output += [f"{turn.name}: {line}" for line in turn.attempt.output]
        failure = turn.outcome
        if failure is None:
            self._ready = True
            self._see(turn, "up", "")
        elif isinstance(failure, NotReady | NeverReady):
            self._note(turn, failure)
            self._go_on(turn, failure)
        else:
            raise failure

    def _go_on(self, turn: HostAttempt, failure: NotReady | NeverReady) -> None:
        """Let the next host begin, and this one have another turn, if another can be of use."""
        if self._at_start:
            self._due[self._at_start[0]] = 0.0
        if isinstance(failure, NotReady) and not self._attempt.exhaustive:
            pause = CHEAP_RETRY_DELAY if failure.cheap else SYN_RETRY_INTERVAL
            self._due[turn.where] = monotonic() + pause

    def _note(self, turn: HostAttempt, failure: NotReady | NeverReady) -> None:
        self._failures[turn.name] = failure
        self._see(turn, failure.reason, failure.detail)

    def _see(self, turn: HostAttempt, found: str, detail: str) -> None:
        self._attempt.observe(turn.name, monotonic() - turn.began, found, detail)
        for observation in turn.attempt.observations:
            self._attempt.observe(*observation)
