"""The table of ``--once``: what was observed at each target, address by address, and how long it took.

It is made to be pasted into a bug report, so it begins with the versions of untilup and of the kernel.
"""

from __future__ import annotations

import os
from time import monotonic

from untilup import __version__
from untilup.reasons import REASONS
from untilup.report.messages import ERROR, WARNING, Message, counted, current_failure, state_name
from untilup.report.summary import INDENT, by_hint, hint_lines, optional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.errors import CheckFailed
    from untilup.report.account import Entry
    from untilup.report.messages import Line
    from untilup.targets.status import TargetStatus

    Cells = tuple[str, str, str, str]
    Row = tuple[Cells, Message]

# A longer name does not push the columns of the others aside.
MAX_NAME_WIDTH = 50
MIN_WIDTHS = (20, 12, 8)
COLUMNS = (f"{INDENT}target", "result", "took", "detail")


def table(
    statuses: Sequence[TargetStatus], wanted: str, account: Sequence[Entry] = (), *, enough: bool
) -> list[Line]:
    """Return the lines of the table, which tell whether each target is as *wanted*.

    Targets that share a hint are together, and the hint follows them. If the targets that are up are
    *enough*, no line is an error. The head has the *account*.
    """
    up = [status for status in statuses if status.is_up]
    failed = [(status, current_failure(status)) for status in statuses if not status.is_up]
    # The hint of each group, how many targets it has, and their rows.
    groups = [("", len(up), [row for status in up for row in _rows(status, wanted, None)])]
    groups += [
        (hint, len(group), [row for it, failure in group for row in _rows(it, wanted, failure)])
        for hint, group in by_hint(failed)
    ]
    cells = [cells for _, _, rows in groups for cells, _ in rows]
    widths = [
        max([least, *(min(len(row[column]), MAX_NAME_WIDTH) for row in cells)])
        for column, least in enumerate(MIN_WIDTHS)
    ]
    head = (
        f"checked {counted(len(statuses), 'target')} once: {len(up)} {wanted}; "
        f"untilup {__version__}, {_system()}"
    )
    level = "" if enough else ERROR
    lines: list[Line] = [
        Message("once", head, level=level, account=account),
        _aligned(COLUMNS, widths),
    ]
    for hint, targets, rows in groups:
        for row, message in rows:
            message.text = _aligned(row, widths)
            if enough and message.level == ERROR:
                message.level = WARNING
            lines.append(message)
        lines += hint_lines(hint, targets)
    return lines


def _rows(status: TargetStatus, wanted: str, failure: CheckFailed | None) -> list[Row]:
    """Return the target's row, and one for each address or step that was observed."""
    target, attempt = status.target, status.progress.attempt
    result, detail = (failure.reason, failure.detail) if failure else (wanted, attempt.remark)
    # A host that is an address has one line.
    hosts = {host for host, _ in target.hosts}
    observations = [it for it in attempt.observations if it[0] not in hosts]
    # What an address has said is not repeated for the target.
    own = "" if any(result == it[2] for it in observations) else detail
    cells = (f"{INDENT}{target}{optional(status)}", result, _elapsed(status), own)
    rows = [(cells, _message(status, wanted, failure))]
    for what, took, found, observed in observations:
        message = Message(
            "observation",
            f"{target}: {what}: {found}: {observed}",
            target=target,
            reason=found if found in REASONS and found != "up" else "",
            detail=f"{what}: {found}: {observed}",
        )
        rows.append(((f"{INDENT * 2}{what}", found, _milliseconds(took), observed), message))
    return rows


def _message(status: TargetStatus, wanted: str, failure: CheckFailed | None) -> Message:
    """Return the Message of a target, which is as *wanted* if there is no *failure*."""
    target, attempts = status.target, status.progress.attempts
    name = f"{target}{optional(status)}"
    if failure is None:
        told = f"{name} is {wanted}"
        remark = status.progress.attempt.remark
        return Message(wanted, told, target=target, state=wanted, detail=remark, attempts=attempts)
    return Message(
        "failed",
        f"{name} is not {wanted}: {failure.detail}",
        level=WARNING if target.optional else "",
        target=target,
        state=state_name(failure, wanted),
        reason=failure.reason,
        detail=failure.detail,
        hint=failure.hint,
        attempts=attempts,
    )


def _elapsed(status: TargetStatus) -> str:
    """Return how long the target's attempt took, or has taken so far; nothing if it has not started."""
    if not status.progress.attempts:
        return ""
    attempt = status.progress.attempt
    return _milliseconds(attempt.took if attempt.is_over else monotonic() - attempt.began)


def _milliseconds(duration: float) -> str:
    return f"{duration * 1000:.1f}ms"


def _aligned(row: Cells, widths: Sequence[int]) -> str:
    name, result, took, detail = row
    return f"{name:<{widths[0]}}  {result:<{widths[1]}}  {took:>{widths[2]}}  {detail}".rstrip()


def _system() -> str:
    """Return the kernel's name and version, which a sandbox may hide."""
    try:
        system = os.uname()
    except OSError:
        return "an unknown system"
    return f"{system.sysname} {system.release} {system.machine}"
