"""The main thread's loop: start the watchers, take in their events, and keep the time."""

from __future__ import annotations

from math import inf
from time import monotonic

from untilup.errors import NeverReady, ResourceLimitReached
from untilup.events import AttemptFailed, GaveUp, NoCommand, SignalReceived, TargetUp
from untilup.net import descriptors
from untilup.outcomes import Interrupted
from untilup.targets.status import ABANDONED, UP, TargetStatus
from untilup.waiting.watcher import Watcher, first_attempts_gate
from untilup.waiting.workers import start_workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from untilup.events import Inbox
    from untilup.options import Settings
    from untilup.report.reporter import Reporter
    from untilup.targets.target import Target

HEARTBEAT = 10.0
# A signal that comes when the main thread is about to wait, but does not yet, does not wake it. So
# it never waits for longer than this, to be within the 50 ms that are promised.
MAX_BLOCKING = 0.040
# A turn that takes so much longer was one of a process that was stopped (SIGSTOP, docker pause).
MIN_STOP = 0.250
# For an answer that is in the inbox already when the deadline comes.
GRACE = 0.010


def no_dead_workers() -> int:
    """Return how many workers have died before they started, where none has been started."""
    return 0


class Loop:
    """What a wait and --once have in common; each decides on its own what an event means.

    *late* is true once a target that was waited for was not up at its first attempt.
    """

    def __init__(self, settings: Settings, started: float, inbox: Inbox, report: Reporter) -> None:
        self._settings = settings
        self._inbox = inbox
        self._report = report
        self._deadline = started + settings.timeout if settings.timeout else inf
        self._heartbeat = started + HEARTBEAT
        self._pending = {
            target: Watcher(target, settings, self._deadline_of(target, started), inbox.put)
            for target in settings.targets
        }
        self._watchers = self._pending.copy()
        self._statuses = {
            target: TargetStatus(target, watcher.progress)
            for target, watcher in self._pending.items()
        }
        self._missed: list[Target] = []  # not pending any more, and not up
        self._next_deadline = self._earliest_deadline()
        self._turn = started  # when it last kept the time
        self._was_stopped = False
        self._dead_workers = no_dead_workers
        self.late = False

    def is_over(self) -> bool:
        """Return whether there is nothing to wait for any longer."""
        raise NotImplementedError

    def on_up(self, event: TargetUp) -> None:
        """Take in that a target is up; its status says so already."""
        raise NotImplementedError

    def on_attempt_failed(self, event: AttemptFailed) -> None:
        """Take in that an attempt at a target has failed."""
        raise NotImplementedError

    def on_gave_up(self, status: TargetStatus, error: NeverReady) -> None:
        """Take in that a target can never be up, because of *error*; the status says so already."""
        raise NotImplementedError

    def on_due(self, due: list[Target]) -> None:
        """Take in that the time of these targets is over."""
        raise NotImplementedError

    def run(self) -> None:
        """Take in events until it is over; end the watchers, whatever happens."""
        descriptors.share(sum(len(target.hosts) or 1 for target in self._watchers) or 1)
        try:
            self._start_watchers()
            while not self.is_over():
                turn = monotonic() + MAX_BLOCKING
                event = self._inbox.get(min(self._next_deadline, self._heartbeat, turn))
                self._handle(event)
                self._keep_time(GRACE if event else 0)
            self._handle_what_decides()
        finally:
            self._stop_watchers()

    def statuses(self, targets: Iterable[Target]) -> list[TargetStatus]:
        """Return what is known about *targets* at this moment."""
        return [self._status(target) for target in targets]

    def abandon(self, target: Target) -> TargetStatus:
        """Make no more attempts at *target*, whose time is over, and return its status."""
        self._pending.pop(target).stopped = True
        self._missed.append(target)
        status = self._status(target)
        status.state = ABANDONED
        return status

    def not_up(self) -> list[TargetStatus]:
        """Return the statuses of all targets that are not up."""
        return self.statuses([*self._missed, *self._pending])

    def _status(self, target: Target) -> TargetStatus:
        status = self._statuses[target]
        status.update(self._watchers[target].progress)
        return status

    def _deadline_of(self, target: Target, started: float) -> float:
        return min(self._deadline, started + target.timeout) if target.timeout else self._deadline

    def _earliest_deadline(self) -> float:
        return min((watcher.deadline for watcher in self._pending.values()), default=inf)

    def _start_watchers(self) -> None:
        with first_attempts_gate:
            try:
                watchers = list(self._watchers.values())
                self._dead_workers = start_workers(watchers, self._is_over_by_now)
            except BaseException:  # before they are let on, all at once
                self._stop_watchers()
                raise

    def _stop_watchers(self) -> None:
        for watcher in self._watchers.values():
            watcher.stopped = True

    def _handle_what_decides(self) -> None:
        while self._pending and (event := self._inbox.decisive()):
            self._handle(event)

    def _is_over_by_now(self) -> bool:
        """Return whether it is over while there still are watchers to be started."""
        self._handle_what_decides()
        if monotonic() >= self._turn + MAX_BLOCKING:
            self._keep_time(GRACE)
        return self.is_over()

    def _handle(self, event: object) -> None:
        match event:
            case SignalReceived():
                raise Interrupted(event.signum, self.not_up())
            case NoCommand():
                raise event.error
            case GaveUp():
                self._give_up(event.target, event.error)
            case TargetUp() if event.target in self._pending:
                del self._pending[event.target]
                self._status(event.target).state = UP
                self.on_up(event)
            case AttemptFailed() if event.target in self._pending:
                self.on_attempt_failed(event)

    def _give_up(self, target: Target, error: BaseException) -> None:
        is_pending = self._pending.pop(target, None) is not None
        if is_pending:  # its time was not over before
            self._missed.append(target)
            self._status(target).give_up(error)
        if not isinstance(error, NeverReady):
            raise error
        if is_pending:
            self.on_gave_up(self._statuses[target], error)

    def _keep_time(self, grace: float) -> None:
        now = monotonic()
        if now > self._turn + MAX_BLOCKING + MIN_STOP:
            self._was_stopped = True
            for watcher in self._pending.values():
                watcher.give_one_more_attempt(now)
            self._next_deadline = self._earliest_deadline()
        self._turn = now
        if self._pending and (self._was_stopped or now >= self._next_deadline + grace):
            self._expire(now)
        if now >= self._heartbeat:
            self._check_workers_started()
            self._heartbeat = now + HEARTBEAT  # one for all that were missed, if the machine slept
            self._report.heartbeat(self.statuses(self._pending))

    def _expire(self, now: float) -> None:
        due = [target for target, watcher in self._pending.items() if watcher.is_due(now)]
        if due:
            self._check_workers_started()
            self.on_due(due)
        # Also if none was due: the deadline may have been that of a target that is up by now.
        self._next_deadline = self._earliest_deadline()

    def _check_workers_started(self) -> None:
        """Raise ResourceLimitReached if a thread has died before it started, and makes no attempts."""
        if count := self._dead_workers():
            raise ResourceLimitReached(
                f"limit reached: no memory for {count} of the threads (ulimit -v, ulimit -d)"
            )
