"""The wait: a watcher for each target, and a main thread that decides when to stop."""

from __future__ import annotations

from untilup.outcomes import AllTargetsFailed, TimedOut
from untilup.waiting import policy
from untilup.waiting.loop import Loop
from untilup.waiting.policy import Policy
from untilup.waiting.workers import look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.errors import NeverReady
    from untilup.events import AttemptFailed, Inbox, TargetUp
    from untilup.options import Settings
    from untilup.report.reporter import Reporter
    from untilup.targets.status import TargetStatus
    from untilup.targets.target import Target

# A target of these schemes may create the command.
SCHEMES_THAT_MAY_CREATE_COMMAND = ("file", "unix", "exec")


class Wait(Loop):
    """The wait until enough targets are up, as the policy decides.

    *late* is true once a target that the wait needs was not up at its first attempt.
    """

    def __init__(self, settings: Settings, started: float, inbox: Inbox, report: Reporter) -> None:
        super().__init__(settings, started, inbox, report)
        self.late = False
        self._policy = Policy(settings.targets, any_=settings.any)
        self._command_is_looked_up = not settings.command or any(
            target.scheme in SCHEMES_THAT_MAY_CREATE_COMMAND for target in settings.targets
        )

    def is_over(self) -> bool:
        """Return whether the policy has decided."""
        return self._policy.outcome != policy.CONTINUE

    def finish(self) -> None:
        """Raise the error of a wait that failed; else report the optional targets that are not up."""
        missing = self.statuses(target for target in self._missed if not target.optional)
        if self._policy.outcome == policy.TIMED_OUT:
            raise TimedOut(missing)
        if self._policy.outcome == policy.ALL_FAILED:
            raise AllTargetsFailed(missing)
        for target in self._pending:
            if target.optional:
                self._report.skipped(self._status(target))

    def on_up(self, event: TargetUp) -> None:
        """Report a target that is up, and pass it to the policy."""
        self._report.up(event)
        if self._policy.decides(event.target):
            self.late = self.late or event.late
        self._policy.on_up(event.target)

    def on_attempt_failed(self, event: AttemptFailed) -> None:
        """Look up the command after the first failure, so that a typo does not cost a timeout."""
        self._report.attempt_failed(event)
        if not self._command_is_looked_up:
            self._command_is_looked_up = True
            look_up(self._settings.command[0], self._inbox.put)

    def on_gave_up(self, status: TargetStatus, error: NeverReady) -> None:
        """Continue without the target if the policy allows; otherwise raise *error*."""
        outcome = self._policy.on_failed(status.target)
        if outcome == policy.FAILED:
            raise error
        if outcome in (policy.CONTINUE, policy.SATISFIED):  # otherwise the summary has it
            self._report.gave_up(status)

    def on_due(self, due: list[Target]) -> None:
        """Continue without the targets that are due; raise TimedOut if the policy forbids it."""
        waited_for = any(target.optional and self._policy.decides(target) for target in due)
        not_up = self.not_up()
        if self._policy.on_due(due) == policy.TIMED_OUT:
            raise TimedOut(not_up)
        self.late = self.late or waited_for
        for target in due:
            self._report.skipped(self.abandon(target))


def wait(settings: Settings, started: float, inbox: Inbox, report: Reporter) -> bool:
    """Return when enough targets are up; tell whether any of them was not up at its first attempt.

    Raise TimedOut at *started* (seconds of the monotonic clock) plus the timeout, Interrupted, the
    error of a watcher, or, once an attempt has failed, the error of the command's lookup.
    """
    report.waiting_for(settings)
    the_wait = Wait(settings, started, inbox, report)
    the_wait.run()
    the_wait.finish()
    return the_wait.late
