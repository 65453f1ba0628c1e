"""The summary of a failure: each target that is not up, its reason, and what to do, together."""

from __future__ import annotations

from time import monotonic

from untilup import values
from untilup.errors import NeverReady, UsageError
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.process.signals import TERMINATION_SIGNALS
from untilup.report.messages import (
    LONG_WAIT,
    MAX_NAMED,
    NEXT_STEP,
    Message,
    counted,
    current_failure,
    seconds,
    state_name,
)
from untilup.targets.status import GAVE_UP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from untilup.errors import CheckFailed, UntilupError
    from untilup.report.account import Entry
    from untilup.report.messages import Line
    from untilup.targets.status import Phases, TargetStatus
    from untilup.targets.target import Target

    # A target that is not up, and why.
    Failed = tuple[TargetStatus, CheckFailed]

# A signal ends the process within 50 ms of processor time, and the line of a target takes 25 to 50 us of
# that. The summary after a signal has this many targets; the one after a timeout has all.
MAX_AFTER_A_SIGNAL = 100
INDENT = "  "


class Summary:
    """What is reported of an error, *elapsed* seconds after the start.

    *wanted* is what was waited for, up or down; *count* is how many targets there are in all. At
    most *most* targets are told; 0 is no limit. The lines have the *level*, or that of their event.
    *argument* returns a target as a shell's argument, or nothing if it has no such spelling. *account*
    tells where the time went.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each fact
        self,
        elapsed: float,
        wanted: str,
        count: int,
        argument: Callable[[Target], str],
        account: Sequence[Entry] = (),
        *,
        level: str = "",
        most: int = 0,
    ) -> None:
        self._elapsed = seconds(elapsed)
        self._wanted = wanted
        self._count = count
        self._argument = argument
        self._account = account
        self._level = level
        self._most = most

    def lines(self, error: UntilupError) -> list[Line]:
        """Return the lines: first a Message that says what happened, then those of its targets."""
        match error:
            case TimedOut():
                head = f"timed out after {self._elapsed}{self._so_many(error.pending)}"
                hint = self._next_step(error.pending)
                message = Message(
                    "timed-out", head, hint=hint, level=self._level, account=self._account
                )
                targets = self._targets(error.pending, self._most)
                return [message, *targets, *self._others(), *indented(hint)]
            case Interrupted():
                name = TERMINATION_SIGNALS[error.signum]
                head = f"ended by {name} after {self._elapsed}{self._so_many(error.pending)}"
                most = min(self._most or MAX_AFTER_A_SIGNAL, MAX_AFTER_A_SIGNAL)
                return [Message("interrupted", head), *self._targets(error.pending, most)]
            case AllTargetsFailed():
                none = f"no target is left that could be {self._wanted}"
                hint = self._next_step(error.pending)
                targets = self._targets(error.pending, self._most, "failed")
                message = Message(
                    "error", none, reason=error.reason, hint=hint, account=self._account
                )
                return [message, *targets, *indented(hint)]
            case NeverReady() if error.target_name:
                message = Message(
                    "failed",
                    f"{error.target_name} can never be {self._wanted}: {error}",
                    target=error.target_name,
                    state="failed",
                    reason=error.reason,
                    detail=error.detail,
                    hint=error.hint,
                    attempts=error.attempts,
                )
                return [message, *hint_lines(error.hint, 1)]
            case UsageError():
                return [Message("usage-error", str(error), reason=error.reason)]
        return [Message("error", str(error), reason=error.reason)]

    def _next_step(self, pending: Sequence[TargetStatus]) -> str:
        names = [name for status in pending if (name := self._argument(status.target))]
        return next_step(names, len(pending) - len(names), self._wanted)

    def _so_many(self, pending: Sequence[TargetStatus]) -> str:
        if not pending:
            return ""
        return f"; {len(pending)} of {self._count} targets not {self._wanted}"

    def _targets(self, statuses: Sequence[TargetStatus], most: int, state: str = "") -> list[Line]:
        """Return a line for each of the first *most* targets, and each hint after its targets.

        *state* is that of the targets, unless their failures tell.
        """
        shown = statuses[:most] if most else statuses
        lines: list[Line] = []
        for hint, group in by_hint([(status, current_failure(status)) for status in shown]):
            lines += [self._target(status, failure, state) for status, failure in group]
            lines += hint_lines(hint, len(group))
        more = len(statuses) - len(shown)
        return [*lines, *indented(f"and {more} more" if more else "")]

    def _others(self) -> list[str]:
        """Return the line that tells when the other targets were as wanted, if any was late."""
        found = [entry for entry in self._account if entry.state == self._wanted]
        if all(entry.took < LONG_WAIT for entry in found):
            return []
        return indented(f"{self._wanted}: {', '.join(map(str, found))}")

    def _target(self, status: TargetStatus, failure: CheckFailed, state: str) -> Message:
        name = f"{status.target}{optional(status)}"
        observed = f"{failure.detail}{_history(status, failure)}"
        if status.state == GAVE_UP:
            state = "failed"
        return Message(
            "failed",
            f"{name} is not {self._wanted}: {observed}",
            text=f"{INDENT}{name}: {observed}",
            level=self._level,
            target=status.target,
            state=state or state_name(failure, self._wanted),
            reason=failure.reason,
            detail=failure.detail,
            hint=failure.hint,
            attempts=status.progress.attempts,
        )


def by_hint(failed: Sequence[Failed]) -> list[tuple[str, list[Failed]]]:
    """Return the *failed* targets in groups that share a hint, in the order of their first targets."""
    groups: dict[str, list[Failed]] = {}
    for status, failure in failed:
        groups.setdefault(failure.hint, []).append((status, failure))
    return list(groups.items())


def hint_lines(hint: str, targets: int) -> list[str]:
    """Return the line that follows the *targets* that share *hint*; none if it is empty."""
    if not hint:
        return []
    those = f" for these {targets}" if targets > 1 else ""
    return [f"{INDENT * 2}hint{those}: {hint}"]


def indented(text: str) -> list[str]:
    """Return *text* as a line of the block, or no line if there is no text."""
    return [f"{INDENT}{text}"] if text else []


def next_step(arguments: Sequence[str], hidden: int, wanted: str) -> str:
    """Return the command that shows more about the targets that have *arguments*; nothing without any.

    More than ten targets are not named. The line also says how many others are *hidden*.
    """
    if not arguments:
        return ""
    left_out = (
        f" ({counted(hidden, 'target')} with a user, a query or options left out)" if hidden else ""
    )
    named = arguments if len(arguments) <= MAX_NAMED else ["TARGET..."]
    down = "--down " if wanted == "down" else ""
    return f"{NEXT_STEP}{left_out}, run: untilup --once {down}{' '.join(named)}"


def optional(status: TargetStatus) -> str:
    """Return what follows the name of an optional target."""
    return " (optional)" if status.target.optional else ""


def _history(status: TargetStatus, shown: CheckFailed) -> str:
    """Return the reason code of the failure that is *shown*, the number of attempts, and how long it has lasted.

    A time after "for" is that of the latest reason alone, and the earlier ones follow:
    ``(refused for 1.5s, 9 attempts; before: name not found 2.1s)``.
    """
    progress = status.progress
    attempts = counted(progress.attempts, "attempt")
    history = f"{shown.reason}, {attempts}"
    if shown is progress.failure:
        lasted = seconds(monotonic() - progress.since)
        history = (
            f"{shown.reason} for {lasted}, {attempts}"
            if progress.before
            else f"{history}, {lasted}"
        )
    elif progress.has_failed:  # the result of the attempt that is running is not known
        history += f", {progress.failure.reason} before"
    if own := status.target.timeout:
        history += f", timeout={values.format_duration(own)}"
    if progress.before:
        history += f"; before: {_before(progress.before)}"
    return f" ({history})"


def _before(phases: Phases) -> str:
    """Return the earlier reasons in words; their codes if no descriptor is left to import the words."""
    try:
        from untilup.report.account import phases_in_words
    except (OSError, ImportError):
        return ", ".join(reason for reason, _ in phases)
    return phases_in_words(phases)
