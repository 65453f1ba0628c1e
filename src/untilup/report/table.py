"""The table of ``--once``: address by address what was seen, how long it took, what it means.

Made to be pasted into a bug report, so it begins with what was asked, where and by which untilup.
"""

from __future__ import annotations

import os
from time import monotonic

from untilup import __version__
from untilup.report.messages import Message, current_failure, hints, state_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.status import TargetStatus

# A name that is longer does not push the columns of all others aside.
WIDEST_NAME = 50
NARROWEST = (20, 12, 8)
COLUMNS = ("target", "seen", "took", "what it means")
INDENT = "  "

Row = tuple[str, str, str, str]


def table(statuses: Sequence[TargetStatus], wanted: str) -> list[Message]:
    """Return the lines of the table, which tell whether each target is as *wanted*."""
    told = [(row, line) for status in statuses for row, line in _rows(status, wanted)]
    widths = [
        max([least, *(min(len(row[column]), WIDEST_NAME) for row, _ in told)])
        for column, least in enumerate(NARROWEST)
    ]
    for row, line in told:
        line.message = _aligned(row, widths)
    so = sum(1 for status in statuses if status.is_up)
    head = (
        f"looked once at {len(statuses)} target{'' if len(statuses) == 1 else 's'}: {so} {wanted}; "
        f"untilup {__version__}, {_system()}"
    )
    failures = [current_failure(status) for status in statuses if not status.is_up]
    return [
        Message("once", head),
        Message("columns", _aligned(COLUMNS, widths)),
        *(line for _, line in told),
        *hints([failure.hint for failure in failures]),
    ]


def _rows(status: TargetStatus, wanted: str) -> list[tuple[Row, Message]]:
    """Return the target's row, and one for each address that was tried, with their lines."""
    target, attempt = status.target, status.progress.attempt
    if status.is_up:
        found, detail, state = wanted, "", wanted
    else:
        failure = current_failure(status)
        found, detail, state = failure.reason, failure.detail, state_name(failure, wanted)
    observations = [it for it in attempt.observations if it[0] != target.host]
    # What all addresses say is not said twice.
    means = "" if any(found == it[2] for it in observations) else detail
    optional = " (optional)" if target.optional else ""
    line = Message(
        "attempt",
        "",
        target=target,
        state=state,
        reason="" if state == wanted else found,
        detail=detail or found,
        attempts=status.progress.attempts,
    )
    rows = [((f"{target}{optional}", found, _elapsed(status), means), line)]
    for what, took, at_address, meaning in observations:
        row = (f"{INDENT}{what}", at_address, _milliseconds(took), meaning)
        line = Message("address", "", target=target, reason=at_address, detail=f"{what}: {meaning}")
        rows.append((row, line))
    return rows


def _elapsed(status: TargetStatus) -> str:
    """Return how long the target's attempt took, or has taken so far; nothing if it has not started."""
    if not status.progress.attempts:
        return ""
    attempt = status.progress.attempt
    return _milliseconds(attempt.took if attempt.is_over else monotonic() - attempt.began)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}ms"


def _aligned(row: Row, widths: list[int]) -> str:
    name, seen, took, means = row
    return f"{name:<{widths[0]}}  {seen:<{widths[1]}}  {took:>{widths[2]}}  {means}".rstrip()


def _system() -> str:
    """Return which kernel this is; a sandbox may not tell."""
    try:
        system = os.uname()
    except OSError:
        return "an unknown system"
    return f"{system.sysname} {system.release} {system.machine}"
