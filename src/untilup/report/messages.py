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

    from untilup.errors import UntilupError
    from untilup.waiting.watcher import Watcher

# A line that names targets names this many.
MAX_NAMED = 10
# A signal ends the process within 50 ms of processor time, and the line of a target takes 25 to 50 us of
# that. The summary after a signal has so many targets; the one after a timeout has all.
MOST_AFTER_A_SIGNAL = 100
# A look that has been under way for longer than this is worth a word.
LONG_ATTEMPT = 1.0


class Message:
    """One thing to say: *message* for people; the rest, and *detail*, for machines."""

    __slots__ = ("detail", "event", "looks", "message", "reason", "state", "target")

    def __init__(  # noqa: PLR0913 - one parameter for each key of a JSON line
        self,
        event: str,
        message: str,
        *,
        target: object = None,
        state: str = "",
        reason: str = "",
        detail: str = "",
        looks: int = 0,
    ) -> None:
        self.event = event
        self.message = message
        self.target = None if target is None else str(target)
        self.state = state
        self.reason = reason
        self.detail = detail or message
        self.looks = looks


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
        told = told[:MOST_AFTER_A_SIGNAL]
    lines = [Message(event, text), *pending_details(event, told, wanted)]
    if more := count - len(told):
        lines.append(Message(event, f"and {more} more"))
    return lines


def pending_details(event: str, watchers: Sequence[Watcher], wanted: str) -> list[Message]:
    """Return a line for each of *watchers*, which are not as *wanted*, and their hints."""
    states = [current_failure(watcher) for watcher in watchers]
    lines = [
        Message(
            event,
            f"{watcher.target}{_optional(watcher)}: {state.detail}{_history(watcher, state)}",
            target=watcher.target,
            state="failed" if event == "failed" else state_name(state, wanted),
            reason=state.reason,
            detail=state.detail,
            looks=watcher.looks,
        )
        for watcher, state in zip(watchers, states, strict=True)
    ]
    return lines + hints([state.hint for state in states])


def hints(texts: list[str]) -> list[Message]:
    """Return each hint once."""
    return [Message("hint", f"hint: {text}", detail=text) for text in dict.fromkeys(texts) if text]


def state_name(failure: NotReady, wanted: str) -> str:
    """Return the state, for machines, of a target whose look has failed: never the *wanted* one."""
    if wanted == "up":
        return "down"
    return "up" if failure.reason == "up" else "unknown"


def current_failure(watcher: Watcher) -> NotReady:
    """Return why the watcher's target is not up: its last look's reason, or what a long one is at."""
    attempt = watcher.attempt
    phase, since = attempt.phase
    age = monotonic() - since
    if watcher.failure is None and attempt.is_over:
        return NotReady("no-answer", "its answer came too late to count")
    if watcher.failure is None or (not attempt.is_over and phase and age >= LONG_ATTEMPT):
        return failures.still_in_phase(phase, age)
    return watcher.failure


def is_at_first_attempt(watcher: Watcher) -> bool:
    """Tell whether nothing is known of the watcher's target yet, as it is too soon to say more."""
    return watcher.failure is None and monotonic() - watcher.attempt.phase[1] < LONG_ATTEMPT


def join_names(names: Sequence[str]) -> str:
    """Return *names* as one text, the first ten of them."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _optional(watcher: Watcher) -> str:
    return " (optional)" if watcher.target.optional else ""


def _history(watcher: Watcher, state: NotReady) -> str:
    looks = f"{watcher.looks} look{'' if watcher.looks == 1 else 's'}"
    if state is watcher.failure:
        looks += f", {state.reason} for {monotonic() - watcher.since:.1f}s"
    elif watcher.failure is not None:  # what its latest attempt will find is not known
        looks += f", {watcher.failure.reason} before"
    own = watcher.target.timeout  # or nobody would know why it was given up on so soon
    return f" ({looks}, timeout={values.format_duration(own)})" if own else f" ({looks})"
