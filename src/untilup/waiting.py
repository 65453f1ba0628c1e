"""The wait: a watcher thread for each target, and a main thread that decides when to stop."""

from __future__ import annotations

import _thread
from _queue import Empty, SimpleQueue
from math import inf
from time import monotonic

from untilup import checks, command, process
from untilup.checks._reasons import limit_reached
from untilup.errors import EndedBySignal, LimitReached, NotReady, TimedOut
from untilup.events import GaveUp, Interrupted, Retrying, Up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from untilup.options import Settings
    from untilup.process import Inbox
    from untilup.report import Report
    from untilup.target import Target

HEARTBEAT = 10.0
# A signal that comes when the main thread is about to wait, but does not yet, does not wake it. So
# it never waits for longer than this, to be within the 50 ms that are promised.
LONGEST_WAIT = 0.040
# For an answer that is in the inbox already when the deadline comes.
GRACE = 0.010
# A look that would outlast the deadline ends this long before it; one that would have less time
# than the other number could tell nothing but silence, and is left to be cut off.
TIME_TO_TELL = 0.030
SHORTEST_LOOK = 0.100
# A new thread is given the chance to run, and perhaps to be done, before there is another.
SLOWEST_START = 0.020
# The default of 8 MiB is address space that a thousand watchers would be charged for in a
# container with a limit on it. NSS modules, which getaddrinfo loads, are content with this.
STACK_SIZE = 1024 * 1024

# Held by the main thread while it starts the watchers: hundreds that look again already would be in
# its way, and nobody needs a second look before everybody has had a first.
_first_looks = _thread.allocate_lock()


class Watcher:
    """Looks at one target, in a thread of its own, until it is up.

    What was seen last stands in *failure*, *since* when its reason has been the same (seconds of
    the monotonic clock) and *looks*; only the watcher's thread writes them. Once the main thread
    has set *over*, there are no more looks.
    """

    __slots__ = ("_deadline", "_settings", "_tell", "failure", "looks", "over", "since", "target")

    def __init__(
        self, target: Target, settings: Settings, deadline: float, tell: Callable[[object], None]
    ) -> None:
        self.target = target
        self.looks = 0
        self.failure: NotReady | None = None
        self.since = 0.0
        self.over = False
        self._settings = settings
        self._deadline = deadline
        self._tell = tell

    def watch(self) -> None:
        """Tell the inbox how it goes. Never joined: getaddrinfo cannot be interrupted."""
        try:
            self._look_until_up()
        except (OSError, ImportError) as error:  # tenacity's files could not be opened, perhaps
            self._tell(GaveUp(self.target, limit_reached(error) or error))
        except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
            self._tell(GaveUp(self.target, error))

    def _look_until_up(self) -> None:
        try:
            self._look()
        except NotReady as first:
            if self._settings.once:
                return
            with _first_looks:
                pass
            from untilup import backoff  # tenacity costs more than everything else together

            for attempt in backoff.retrying(self._settings, self._deadline):
                with attempt:
                    if attempt.retry_state.attempt_number == 1:
                        raise first  # noqa: TRY201 - the look that led here is the loop's first
                    self._look()

    def _look(self) -> None:
        if self.over:
            raise SystemExit
        began = monotonic()
        self.looks += 1
        try:
            checks.find(self.target.scheme)(self.target, self._time_for_a_look(began))
        except NotReady as failure:
            self._note(failure, monotonic() - began)
            raise
        finally:
            self.target.enter("pausing")
        self._tell(Up(self.target, self.looks, monotonic() - began))

    def _time_for_a_look(self, now: float) -> float:
        """Return the attempt timeout, or less: so that a look's reason is known by the deadline."""
        left = self._deadline - now - TIME_TO_TELL
        return (
            left
            if SHORTEST_LOOK <= left < self._settings.attempt_timeout
            else self._settings.attempt_timeout
        )

    def _note(self, failure: NotReady, took: float) -> None:
        changed = self.failure is None or failure.reason != self.failure.reason
        if changed:
            self.since = monotonic()
        self.failure = failure
        if changed or self._settings.verbose:
            self._tell(Retrying(self.target, self.looks, took, failure, changed=changed))


class Wait:
    """What the main thread does while the watchers look: take in events, and keep the time."""

    def __init__(self, settings: Settings, started: float, inbox: Inbox, report: Report) -> None:
        self._settings = settings
        self._inbox = inbox
        self._report = report
        self._deadline = started + settings.timeout if settings.timeout else inf
        self._heartbeat = started + HEARTBEAT
        self._command_is_there = not settings.command
        self._pending = {
            target: Watcher(target, settings, self._deadline, inbox.put)
            for target in settings.targets
        }
        self._down: list[Watcher] = []  # by their one look, with --once

    def run(self) -> None:
        """Look until all are up, or something else ends it: see *wait*."""
        with _first_looks:
            start(self._pending.values())
        try:
            while self._pending:
                turn = monotonic() + LONGEST_WAIT
                event = next_event(self._inbox, min(self._deadline, self._heartbeat, turn))
                self._take(event)
                self._keep_time(GRACE if event else 0)
        finally:
            for watcher in self._pending.values():
                watcher.over = True
        if self._down:
            raise TimedOut(self._down)

    def _take(self, event: object) -> None:
        match event:
            case Interrupted():
                raise EndedBySignal(event.signum, self._not_up())
            case GaveUp():
                raise event.error
            case Up():
                del self._pending[event.target]
                self._report.up(event)
            case Retrying():
                self._report.retrying(event)
                if self._settings.once:
                    self._down.append(self._pending.pop(event.target))
                self._look_up_command()

    def _look_up_command(self) -> None:
        """Find the command after the first failed look: a typing error is not to cost a time-out."""
        if not self._command_is_there:
            command.find(self._settings.command[0])
            self._command_is_there = True

    def _keep_time(self, grace: float) -> None:
        now = monotonic()
        if self._pending and now >= self._deadline + grace:
            raise TimedOut(self._not_up())
        if now >= self._heartbeat:
            self._heartbeat = now + HEARTBEAT  # one for all that were missed, if the machine slept
            self._report.heartbeat(self._not_up())

    def _not_up(self) -> list[Watcher]:
        return [*self._down, *self._pending.values()]


def wait(settings: Settings, started: float, inbox: Inbox, report: Report) -> None:
    """Return when every target is up; with ``--once``, when each was looked at and is up.

    Raise TimedOut at *started* (seconds of the monotonic clock) plus the timeout, EndedBySignal,
    what a watcher gave up by, or, once a look has failed, what is wrong with the command.
    """
    report.waiting_for(settings)
    Wait(settings, started, inbox, report).run()


def start(watchers: Collection[Watcher]) -> None:
    """Have every one of *watchers* watched; raise LimitReached where there can be no more threads.

    A thread costs more than a look that is answered at once. So a thread whose target is up takes
    the next that nobody looks at yet, and new ones are started for as long as there are such.
    """
    # Not threading.Thread: its import is a fifth of a start, and its start() waits for ever for a
    # thread that has died of too little memory. These threads are daemons by nature.
    _thread.stack_size(STACK_SIZE)
    waiting: SimpleQueue[Watcher] = SimpleQueue()
    begun: SimpleQueue[bool] = SimpleQueue()
    for watcher in watchers:
        waiting.put(watcher)
    for left in reversed(range(len(watchers))):
        if waiting.empty():
            break
        try:
            _thread.start_new_thread(watch_all, (waiting, begun))
        except (RuntimeError, MemoryError):
            raise LimitReached(
                "limit reached: no more threads (ulimit -u, or the container's limit on pids or "
                f"memory); {waiting.qsize()} of {len(watchers)} targets have none"
            ) from None
        if left:  # nobody comes after the last one, who would be in its way
            next_event(begun, monotonic() + SLOWEST_START)


def watch_all(waiting: SimpleQueue[Watcher], begun: SimpleQueue[bool]) -> None:
    """Take one watcher after the other, each until its target is up, until none is left."""
    process.leave_signals_to_the_main_thread()
    begun.put(True)  # noqa: FBT003 - that it is there says all
    try:
        while True:
            waiting.get_nowait().watch()
    except Empty:
        pass


def next_event(inbox: SimpleQueue[Any], until: float) -> object:
    """Return what the inbox holds, waiting for it *until* then; None if nothing has come."""
    try:
        return inbox.get(timeout=max(0.0, until - monotonic()))
    except Empty:
        return None
