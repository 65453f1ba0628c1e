"""The main thread's loop: starts the watchers, handles their events, and checks the deadlines."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NeverReady, ResourceLimitReached
from untilup.events import AttemptFailed, GaveUp, NoCommand, SignalReceived, TargetUp
from untilup.net import descriptors
from untilup.outcomes import Interrupted
from untilup.targets.status import ABANDONED, UP, TargetStatus
from untilup.values import inf
from untilup.waiting.watcher import Watcher, first_attempts_gate
from untilup.waiting.workers import start_workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from untilup.events import Inbox
    from untilup.options import Settings
    from untilup.report.reporter import Reporter
    from untilup.targets.target import Target

HEARTBEAT = 10.0
# How long a turn may take if something must be noticed that is no event: a frame of the live display,
# or the failure of a last attempt.
SHORT_TURN = 0.040
# If a turn takes so much longer than planned, the process was stopped (SIGSTOP, docker pause). So one
# turn ends this long before the deadline: then no stop that lasts past the deadline goes unnoticed.
MIN_STOP = 0.250
# Time for an event that is already in the inbox at the deadline.
GRACE = 0.010


class Loop:
    """The part that a wait and --once share. The subclasses decide what an event means."""

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
        self._missed: list[Target] = []  # neither pending nor up
        self._next_deadline = self._earliest_deadline()
        self._was_stopped_too_long = False
        self._turn = self._end_of_turn(started)  # when to check the time next
        self._dead_workers: Callable[[], int] = lambda: 0

    def is_over(self) -> bool:
        """Return whether the loop may end."""
        raise NotImplementedError

    def on_up(self, event: TargetUp) -> None:
        """Handle a target that is up; its status has been updated."""
        raise NotImplementedError

    def on_attempt_failed(self, event: AttemptFailed) -> None:
        """Handle a failed attempt."""
        raise NotImplementedError

    def on_gave_up(self, status: TargetStatus, error: NeverReady) -> None:
        """Handle a target that can never be up, because of *error*; the status has been updated."""
        raise NotImplementedError

    def on_due(self, due: list[Target]) -> None:
        """Handle targets whose deadline has come."""
        raise NotImplementedError

    def run(self) -> None:
        """Handle events until the loop may end; then stop the watchers, whatever happens."""
        descriptors.share(sum(len(target.hosts) or 1 for target in self._watchers) or 1)
        self._report.follow(lambda: self.statuses(self._statuses))
        try:
            self._start_watchers()
            while not self.is_over():
                event = self._inbox.get(self._turn)
                self._handle_together(event)
                self._check_time(GRACE if event else 0)
                self._report.refresh()
            self._handle_decisive()
        finally:
            self._report.end_progress()
            self._stop_watchers()

    def statuses(self, targets: Iterable[Target]) -> list[TargetStatus]:
        """Return the current statuses of *targets*."""
        return [self._status(target) for target in targets]

    def abandon(self, target: Target) -> TargetStatus:
        """Stop the attempts at *target*, whose deadline has come, and return its status."""
        self._pending.pop(target).stopped = True
        self._missed.append(target)
        status = self._status(target)
        status.end(ABANDONED)
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
                self._dead_workers = start_workers(watchers, self._is_over_early)
            except BaseException:  # before the gate opens for all of them
                self._stop_watchers()
                raise

    def _stop_watchers(self) -> None:
        for watcher in self._watchers.values():
            watcher.stopped = True

    def _handle_decisive(self) -> None:
        if self._pending and (event := self._inbox.decisive()):
            self._handle_together(event)

    def _handle_together(self, event: object) -> None:
        """Handle *event* and the decisive ones that have arrived with it, and write once."""
        self._report.keep()
        try:
            self._handle(event)
            while self._pending and (event := self._inbox.decisive()):
                self._handle(event)
        finally:
            self._report.flush()

    def _is_over_early(self) -> bool:
        """Return whether the loop may end before all watchers have been started."""
        self._handle_decisive()
        if monotonic() >= self._turn:
            self._check_time(GRACE)
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
                self._status(event.target).end(UP)
                self.on_up(event)
            case AttemptFailed() if event.target in self._pending:
                self.on_attempt_failed(event)

    def _give_up(self, target: Target, error: BaseException) -> None:
        is_pending = self._pending.pop(target, None) is not None
        if is_pending:  # its deadline has not come
            self._missed.append(target)
            self._status(target).give_up(error)
        if not isinstance(error, NeverReady):
            raise error
        if is_pending:
            self.on_gave_up(self._statuses[target], error)

    def _check_time(self, grace: float) -> None:
        now = monotonic()
        if now > self._turn + MIN_STOP:
            for watcher in self._pending.values():
                if watcher.give_one_more_attempt(now):
                    self._was_stopped_too_long = True
            self._next_deadline = self._earliest_deadline()
        if self._pending and (self._was_stopped_too_long or now >= self._next_deadline + grace):
            self._expire(now)
        if now >= self._heartbeat:
            self._check_workers_started()
            self._heartbeat = now + HEARTBEAT  # one, even if several were missed
            self._report.still_waiting(self.statuses(self._pending))
        self._turn = self._end_of_turn(now)

    def _end_of_turn(self, now: float) -> float:
        """Return until when the main thread may wait for an event."""
        early = self._next_deadline - MIN_STOP
        end = min(early if now < early else self._next_deadline, self._heartbeat)
        is_short = self._was_stopped_too_long or self._report.has_display
        return min(end, now + SHORT_TURN) if is_short else end

    def _expire(self, now: float) -> None:
        if self._was_stopped_too_long and any(
            watcher.is_due(now) for watcher in self._pending.values()
        ):
            self._handle_arrived()
        due = [target for target, watcher in self._pending.items() if watcher.is_due(now)]
        if due:
            self._check_workers_started()
            self.on_due(due)
        # Also if none was due: it may have been the deadline of a target that is up now.
        self._next_deadline = self._earliest_deadline()

    def _handle_arrived(self) -> None:
        """Handle what the last attempts have published, at most one event for each target."""
        for _ in range(len(self._pending)):
            event = self._inbox.get(0)
            if not event:
                return
            self._handle(event)

    def _check_workers_started(self) -> None:
        """Raise ResourceLimitReached if a thread died before it started."""
        if count := self._dead_workers():
            raise ResourceLimitReached(
                f"limit reached: no memory for {count} of the threads (ulimit -v, ulimit -d)"
            )
