"""--once: one attempt at every address of every target, and a table of what was observed."""

from __future__ import annotations

from untilup.outcomes import TimedOut
from untilup.waiting.loop import Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.errors import NeverReady
    from untilup.events import AttemptFailed, Inbox, TargetUp
    from untilup.options import Settings
    from untilup.report.reporter import Reporter
    from untilup.targets.status import TargetStatus
    from untilup.targets.target import Target


class Once(Loop):
    """One attempt at each target, until each has ended or been cut off."""

    def is_over(self) -> bool:
        """Return whether the attempts at all targets have ended."""
        return not self._pending

    def missing(self) -> list[TargetStatus]:
        """Return the statuses of the targets that are missing for success."""
        if self._settings.any and any(
            status.is_up and not target.optional for target, status in self._statuses.items()
        ):
            return []
        return self.statuses(target for target in self._missed if not target.optional)

    def on_up(self, event: TargetUp) -> None:
        """Show the output of the attempt."""
        self._report.output(event)

    def on_attempt_failed(self, event: AttemptFailed) -> None:
        """Show the output of the attempt, which is the only one at its target."""
        self._report.output(event)
        self.abandon(event.target)

    def on_gave_up(self, status: TargetStatus, error: NeverReady) -> None:
        """Do nothing: the table shows it."""

    def on_due(self, due: list[Target]) -> None:
        """Cut off these attempts; the others continue."""
        for target in due:
            self.abandon(target)

    def show_table(self) -> None:
        """Print what was observed."""
        enough = not (self._pending or self.missing())
        is_interrupted = bool(self._pending)
        self._report.table(
            self.statuses(self._statuses), enough=enough, is_interrupted=is_interrupted
        )


def check_once(settings: Settings, started: float, inbox: Inbox, report: Reporter) -> None:
    """Return after one attempt at each target if enough targets are up. Raise as *wait.wait* does."""
    report.readings(settings)
    once = Once(settings, started, inbox, report)
    try:
        once.run()
    finally:
        once.show_table()
    if missing := once.missing():
        raise TimedOut(missing)
