"""What a frame of the live display shows: a row for each target that there is room for."""

from __future__ import annotations

from untilup.report import account
from untilup.report.messages import current_failure, is_at_first_attempt
from untilup.targets.status import ABANDONED, PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.report.account import Entry
    from untilup.targets.status import TargetStatus
    from untilup.targets.target import Target

# As many lines are written at once, and leave room for the report on most terminals.
MAX_LINES = 20


class Row:
    """A line of the display: the *entry* of a target, its *reason*, and whether attempts are made now."""

    def __init__(self, entry: Entry, reason: str, *, is_attempting: bool) -> None:
        self.entry = entry
        self.reason = reason
        self.is_attempting = is_attempting


class Picture:
    """What one frame shows, *elapsed* seconds after the start, in this many *columns*.

    *more* has how many targets are not in the *rows*, by their state. *number* is that of the frame.
    """

    def __init__(
        self, rows: Sequence[Row], more: dict[str, int], elapsed: float, columns: int, number: int
    ) -> None:
        self.rows = rows
        self.more = more
        self.elapsed = elapsed
        self.columns = columns
        self.number = number


class Composer:
    """Composes the pictures of a wait since *started* for targets to be *wanted*: up, or down."""

    def __init__(self, started: float, wanted: str) -> None:
        self._started = started
        self._wanted = wanted
        self._number = 0
        # The attempts at each target when it was last shown.
        self._attempts: dict[Target, int] = {}

    def picture(
        self, statuses: Sequence[TargetStatus], now: float, columns: int, lines: int
    ) -> Picture:
        """Return what a terminal of this size shows: first the targets that are not up.

        One line of the terminal is left for the report.
        """
        self._number += 1
        ordered = sorted(statuses, key=lambda status: status.is_up)
        room = max(1, min(MAX_LINES, lines - 1))
        shown = ordered if len(ordered) <= room else ordered[: room - 1]
        more: dict[str, int] = {}
        for status in ordered[len(shown) :]:
            state = self._wanted if status.is_up else f"not {self._wanted}"
            more[state] = more.get(state, 0) + 1
        rows = [self._row(status) for status in shown]
        return Picture(rows, more, now - self._started, columns, self._number)

    def _row(self, status: TargetStatus) -> Row:
        entry = account.entry(status, self._wanted, self._started)
        if status.is_up:
            return Row(entry, "", is_attempting=False)
        if is_at_first_attempt(status):
            reason = status.progress.attempt.phase[0] or "starting"
            entry.state = "unknown"
        else:
            reason = current_failure(status).detail
        if status.state == ABANDONED:
            reason = f"not waited for any longer: {reason}"
        # Most attempts are over before the next frame.
        attempts = status.progress.attempts
        is_attempting = status.state == PENDING and (
            status.is_attempting or attempts != self._attempts.get(status.target)
        )
        self._attempts[status.target] = attempts
        return Row(entry, reason, is_attempting=is_attempting)
