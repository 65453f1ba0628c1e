"""Message: one thing to report, for people and for machines; the words that several reports share."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NotReady
from untilup.net import failures
from untilup.values import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.errors import CheckFailed
    from untilup.report.account import Entry
    from untilup.targets.status import TargetStatus

# The beginning of a line with a command to copy. Such a line is never folded.
NEXT_STEP = "For more"
# A line that names targets names this many.
MAX_NAMED = 10
# An attempt that has been running for longer than this is worth a word.
LONG_ATTEMPT = 1.0
# The account of a shorter wait is not worth a line.
LONG_WAIT = 1.0
# A shorter time is written in milliseconds, a longer one in minutes and seconds.
MIN_IN_SECONDS = 0.1
MAX_IN_SECONDS = 120.0

DEBUG, INFO, WARNING, ERROR = "debug", "info", "warning", "error"
# Every event, and the level that it has by default. docs/logging.md says what each means.
EVENTS = {
    "start": INFO,
    "list": INFO,
    "by-port": INFO,
    "left-out": INFO,
    "attempt-failed": INFO,
    "output": DEBUG,
    "up": INFO,
    "down": INFO,
    "waiting": INFO,
    "skipped": WARNING,
    "timed-out": ERROR,
    "interrupted": ERROR,
    "failed": ERROR,
    "continuing": WARNING,
    "waited": INFO,
    "splay": INFO,
    "exec": INFO,
    "once": INFO,
    "observation": INFO,
    "warning": WARNING,
    "usage-error": ERROR,
    "error": ERROR,
}


class Message:
    """One *event*: a JSON line for machines, and a line of text for people.

    *message* is a sentence that can be read alone. *text* is what people read where that differs. If
    *text* is indented, it belongs to the message before it. The default *level* is that of the event.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each key of a JSON line
        self,
        event: str,
        message: str,
        *,
        text: str = "",
        level: str = "",
        target: object = None,
        state: str = "",
        reason: str = "",
        detail: str = "",
        hint: str = "",
        attempts: int = 0,
        account: Sequence[Entry] = (),
    ) -> None:
        self.event = event
        self.level = level or EVENTS[event]
        self.message = message
        self.text = text or message
        self.target = None if target is None else str(target)
        self.state = state
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.attempts = attempts
        self.account = account


if TYPE_CHECKING:
    # A text is a line for people alone: machines have it in a key of a Message.
    Line = Message | str


def state_name(failure: CheckFailed, wanted: str) -> str:
    """Return the state of a target whose attempt has ended in *failure*: never the *wanted* one."""
    if failure.reason in ("not-attempted", "not-stable"):
        return "unknown"
    if wanted == "up":
        return "down"
    return "up" if failure.reason == "up" else "unknown"


def current_failure(status: TargetStatus) -> CheckFailed:
    """Return why the target is not up: the last failure, or what a long attempt is doing."""
    progress = status.progress
    phase, since = progress.attempt.phase
    age = monotonic() - since
    if not (progress.has_failed or status.is_attempting):
        return NotReady("too-late", "its answer came too late to count")
    if not progress.has_failed or (status.is_attempting and phase and age >= LONG_ATTEMPT):
        return failures.still_in_phase(phase, age)
    return progress.failure


def is_at_first_attempt(status: TargetStatus) -> bool:
    """Return whether the target's state is unknown, because its first attempt has only just begun."""
    progress = status.progress
    return not progress.has_failed and monotonic() - progress.attempt.phase[1] < LONG_ATTEMPT


def join_names(named: Sequence[object]) -> str:
    """Return what is *named* as one text: the first ten of them, and how many more there are."""
    more = len(named) - MAX_NAMED
    return ", ".join(map(str, named[:MAX_NAMED])) + (f" and {more} more" if more > 0 else "")


def counted(count: int, noun: str) -> str:
    """Return ``1 target`` or ``2 targets``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def seconds(duration: float) -> str:
    """Return a measured *duration* (in seconds) as ``20ms``, ``60.0s`` or ``5m3s``."""
    if duration < MIN_IN_SECONDS:
        return f"{duration * 1000:.0f}ms"
    return f"{duration:.1f}s" if duration < MAX_IN_SECONDS else format_duration(duration)


def short_detail(failure: CheckFailed, status: TargetStatus) -> str:
    """Return the first part of the detail of *failure*, without the explanation that follows it.

    The detail of several addresses begins with an address, and is returned whole.
    """
    observed, _, _ = failure.detail.partition(" (")
    observed, colon, _ = observed.partition(": ")
    first = observed.partition(",")[0]
    hosts = [host for host, _ in status.target.hosts]
    is_place = first in hosts or "." in first or ":" in first
    is_word = bool(colon) and " " not in observed
    return failure.detail if is_place or is_word else observed
