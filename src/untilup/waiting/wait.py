"""The wait: a watcher thread for each target, and a main thread that decides when to stop."""

from __future__ import annotations

from math import inf
from time import monotonic

from untilup.errors import CheckFailed, NeverReady, ResourceLimitReached
from untilup.events import AttemptFailed, GaveUp, NoCommand, SignalReceived, TargetUp
from untilup.net import descriptors
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.waiting.watcher import Watcher, first_attempts_gate
from untilup.waiting.workers import look_up, start_workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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
# Whoever is waited for by them may still look for its command.
SCHEMES_THAT_MAY_CREATE_COMMAND = ("file", "unix", "exec")


class Wait:
    """What the main thread does while the watchers look: take in events, and keep the time.

    *late* is true once a target that was waited for was not up at its first look.
    """

    def __init__(self, settings: Settings, started: float, inbox: Inbox, report: Reporter) -> None:
        self._settings = settings
        self._inbox = inbox
        self._report = report
        self._deadline = started + settings.timeout if settings.timeout else inf
        self._heartbeat = started + HEARTBEAT
        self._command_is_looked_up = not settings.command or any(
            target.scheme in SCHEMES_THAT_MAY_CREATE_COMMAND for target in settings.targets
        )
        self._pending = {
            target: Watcher(target, settings, self._deadline_of(target, started), inbox.put)
            for target in settings.targets
        }
        self._watchers = list(self._pending.values())
        self._missed: list[Watcher] = []  # not pending any more, and not up
        self._required = sum(not target.optional for target in settings.targets)
        # Where there is nothing else, optional targets are worth their time.
        self._all_optional = not self._required
        self._next_deadline = self._earliest_deadline()
        self._turn = started  # when it last kept the time
        self._was_stopped = False
        self._one_is_up = False
        self._one_was_due = False
        self._unborn: Callable[[], int] = int
        self.late = False

    def _deadline_of(self, target: Target, started: float) -> float:
        return min(self._deadline, started + target.timeout) if target.timeout else self._deadline

    def _earliest_deadline(self) -> float:
        return min((watcher.deadline for watcher in self._pending.values()), default=inf)

    def run(self) -> None:
        """Look until enough are up, or something else ends it: see *wait*."""
        try:
            self._start_watchers()
            while not self._is_over():
                turn = monotonic() + MAX_BLOCKING
                event = self._inbox.get(min(self._next_deadline, self._heartbeat, turn))
                self._take(event)
                self._keep_time(GRACE if event else 0)
            self._take_what_decides()
        finally:
            self._end_watchers()
            if self._settings.once:
                enough = not (self._pending or self._needed())
                self._report.table(self._watchers, enough=enough)
        self._judge()

    def _start_watchers(self) -> None:
        with first_attempts_gate:
            try:
                self._unborn = start_workers(self._watchers, self._is_over_by_now)
            except BaseException:  # before they are let on, all at once
                self._end_watchers()
                raise

    def _end_watchers(self) -> None:
        for watcher in self._watchers:
            watcher.over = True

    def _take_what_decides(self) -> None:
        while self._pending and (event := self._inbox.decisive()):
            self._take(event)

    def _is_over_by_now(self) -> bool:
        """Tell whether it is over while there still are watchers to be started."""
        self._take_what_decides()
        if monotonic() >= self._turn + MAX_BLOCKING:
            self._keep_time(GRACE)
        return self._is_over()

    def _is_over(self) -> bool:
        if self._settings.once or self._all_optional:
            return not self._pending
        return self._one_is_up or not self._required

    def _needed(self) -> list[Watcher]:
        """Return those that were missed, if that decides."""
        if self._one_is_up:
            return []
        return [watcher for watcher in self._missed if not watcher.target.optional]

    def _judge(self) -> None:
        """Raise what ended the wait, if not enough is up; tell what is gone on without."""
        if needed := self._needed():
            raise (
                TimedOut(needed)
                if self._one_was_due or self._settings.once
                else AllTargetsFailed(needed)
            )
        for watcher in self._pending.values():
            if watcher.target.optional:
                self._report.without(watcher)

    def _take(self, event: object) -> None:
        match event:
            case SignalReceived():
                raise Interrupted(event.signum, self._not_up())
            case NoCommand():
                raise event.error
            case GaveUp():
                self._give_up(event)
            case TargetUp() if event.target in self._pending:
                watcher = self._drop(event.target)
                watcher.counts = True
                self._report.up(event)
                if self._all_optional or not watcher.target.optional:
                    self.late = self.late or event.late
                if not watcher.target.optional:
                    self._one_is_up = self._settings.any
            case AttemptFailed() if event.target in self._pending:
                self._report.retrying(event)
                if self._settings.once:
                    self._missed.append(self._drop(event.target))
                self._look_up_command()

    def _give_up(self, event: GaveUp) -> None:
        """Do without the target if the others can decide; raise the error if not, or if it is a bug."""
        error = event.error
        watcher = self._pending.get(event.target)
        if watcher and isinstance(error, CheckFailed):
            watcher.keep(error)
        decides = not (event.target.optional or self._settings.any or self._settings.once)
        if decides or not isinstance(error, NeverReady):
            raise error
        if not watcher:
            return  # its time was over before
        self._missed.append(self._drop(event.target))
        self._report.gave_up(watcher)

    def _drop(self, target: Target) -> Watcher:
        self._required -= not target.optional
        return self._pending.pop(target)

    def _look_up_command(self) -> None:
        """Have the command looked up after the first failed attempt: a typing error must not cost a timeout."""
        if not self._command_is_looked_up:
            self._command_is_looked_up = True
            look_up(self._settings.command[0], self._inbox.put)

    def _keep_time(self, grace: float) -> None:
        now = monotonic()
        if now > self._turn + MAX_BLOCKING + MIN_STOP:
            self._was_stopped = True
            for watcher in self._pending.values():
                watcher.give_one_more_attempt(now)
            self._next_deadline = self._earliest_deadline()
        self._turn = now
        if self._pending and (self._was_stopped or now >= self._next_deadline + grace):
            self._end_what_is_due(now)
        if now >= self._heartbeat:
            self._refuse_to_wait_for_the_unborn()
            self._heartbeat = now + HEARTBEAT  # one for all that were missed, if the machine slept
            self._report.heartbeat(list(self._pending.values()))

    def _end_what_is_due(self, now: float) -> None:
        """Go on without the targets whose time is over; raise TimedOut where that is not enough."""
        due = [watcher for watcher in self._pending.values() if watcher.is_due(now)]
        if not due:
            return
        self._refuse_to_wait_for_the_unborn()
        needed = [watcher for watcher in due if not watcher.target.optional]
        # With --once everybody has a look, and it is judged when all have been taken in.
        go_on = self._settings.once or (self._settings.any and len(needed) < self._required)
        if needed and not go_on:
            raise TimedOut(self._not_up())
        self._one_was_due = self._one_was_due or bool(needed)
        self.late = self.late or self._all_optional
        for watcher in due:
            watcher.over = True
            self._missed.append(self._drop(watcher.target))
            self._report.without(watcher)
        self._next_deadline = self._earliest_deadline()

    def _refuse_to_wait_for_the_unborn(self) -> None:
        """Raise LimitReached where a thread has died before it began, and so looks at nothing."""
        if count := self._unborn():
            raise ResourceLimitReached(
                f"limit reached: no memory for {count} of the threads (ulimit -v, ulimit -d)"
            )

    def _not_up(self) -> list[Watcher]:
        return [*self._missed, *self._pending.values()]


def wait(settings: Settings, started: float, inbox: Inbox, report: Reporter) -> bool:
    """Return when enough targets are up; tell whether any of them was late.

    With ``--once``, return when each was looked at and enough are up. Raise TimedOut at *started*
    (seconds of the monotonic clock) plus the timeout, EndedBySignal, what a watcher gave up by, or,
    once a look has failed, what is wrong with the command.
    """
    report.waiting_for(settings)
    descriptors.share(sum(len(target.hosts) or 1 for target in settings.targets) or 1)
    the_wait = Wait(settings, started, inbox, report)
    the_wait.run()
    return the_wait.late
