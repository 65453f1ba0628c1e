"""What there is to say, line by line, for people and for machines; the summary of a failure."""

from __future__ import annotations

from time import monotonic

from untilup import values
from untilup.errors import NeverReady, NotReady
from untilup.net import failures
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.process.signals import TERMINATION_SIGNALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.errors import CheckFailed, UntilupError
    from untilup.targets.status import TargetStatus

# A line that names targets names this many.
MAX_NAMED = 10
# A signal ends the process within 50 ms of processor time, and the line of a target takes 25 to 50 us of
# that. The summary after a signal has so many targets; the one after a timeout has all.
MAX_AFTER_A_SIGNAL = 100
# An attempt that has been running for longer than this is worth a word.
LONG_ATTEMPT = 1.0


class Message:
    """One thing to say: *message* for people; the rest, and *detail*, for machines."""

    __slots__ = ("attempts", "detail", "event", "message", "reason", "state", "target")

    def __init__(  # noqa: PLR0913 - one parameter for each key of a JSON line
        self,
        event: str,
        message: str,
        *,
        target: object = None,
        state: str = "",
        reason: str = "",
        detail: str = "",
        attempts: int = 0,
    ) -> None:
        self.event = event
        self.message = message
        self.target = None if target is None else str(target)
        self.state = state
        self.reason = reason
        self.detail = detail or message
        self.attempts = attempts


def failure_summary(error: UntilupError, elapsed: float, wanted: str) -> list[Message]:
    """Return the lines that say why it is over, *elapsed* seconds after the start.

    *wanted* is what was waited for, up or down.
    """
    if isinstance(error, NeverReady) and error.target_name:
        message = f"{error.target_name} can never be {wanted}: {error}"
        line = Message(
            "failed",
            message,
            target=error.target_name,
            state="failed",
            reason=error.reason,
            detail=str(error),
        )
        return [line, *hints([error.hint])]
    if isinstance(error, AllTargetsFailed):
        none = f"no target is left that could be {wanted}"
        head = Message("failed", none, state="failed", reason=error.reason)
        return [head, *pending_details("failed", error.pending, wanted)]
    if not isinstance(error, TimedOut | Interrupted):
        return [Message("failed", str(error), state="failed", reason=error.reason)]
    if isinstance(error, Interrupted):
        text = f"ended by {TERMINATION_SIGNALS[error.signum]}"
        event = "interrupted"
    else:
        text = f"timed out after {elapsed:.2f}s"
        event = "timeout"
    count = len(error.pending)
    are = "target is" if count == 1 else "targets are"
    text += f": {count} {are} not {wanted}" if count else ""
    told = error.pending
    if isinstance(error, Interrupted):
        told = told[:MAX_AFTER_A_SIGNAL]
    lines = [Message(event, text), *pending_details(event, told, wanted)]
    if more := count - len(told):
        lines.append(Message(event, f"and {more} more"))
    return lines


def pending_details(event: str, statuses: Sequence[TargetStatus], wanted: str) -> list[Message]:
    """Return a line for each of *statuses*, whose targets are not as *wanted*, and their hints."""
    failures_ = [current_failure(status) for status in statuses]
    lines = [
        Message(
            event,
            f"{status.target}{_optional(status)}: {failure.detail}{_history(status, failure)}",
            target=status.target,
            state="failed" if event == "failed" else state_name(failure, wanted),
            reason=failure.reason,
            detail=failure.detail,
            attempts=status.progress.attempts,
        )
        for status, failure in zip(statuses, failures_, strict=True)
    ]
    return lines + hints([failure.hint for failure in failures_])


def hints(texts: list[str]) -> list[Message]:
    """Return each hint once."""
    return [Message("hint", f"hint: {text}", detail=text) for text in dict.fromkeys(texts) if text]


def state_name(failure: CheckFailed, wanted: str) -> str:
    """Return the state, for machines, of a target whose attempt has failed: never the *wanted* one."""
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
    """Return whether nothing is known of the target yet, as it is too soon to say more."""
    progress = status.progress
    return not progress.has_failed and monotonic() - progress.attempt.phase[1] < LONG_ATTEMPT


def join_names(names: Sequence[str]) -> str:
    """Return *names* as one text, the first ten of them."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _optional(status: TargetStatus) -> str:
    return " (optional)" if status.target.optional else ""


def _history(status: TargetStatus, shown: CheckFailed) -> str:
    progress = status.progress
    history = f"{progress.attempts} attempt{'' if progress.attempts == 1 else 's'}"
    if shown is progress.failure:
        history += f", {shown.reason} for {monotonic() - progress.since:.1f}s"
    elif progress.has_failed:  # what its latest attempt will find is not known
        history += f", {progress.failure.reason} before"
    own = status.target.timeout  # or it would be a riddle why it was given up on so soon
    return f" ({history}, timeout={values.format_duration(own)})" if own else f" ({history})"
