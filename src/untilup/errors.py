"""Failed attempts (NotReady, NeverReady), and the errors that end untilup, with their exit statuses."""

from __future__ import annotations


class InvalidTarget(Exception):
    """A malformed target. ``{}`` in *problem* is replaced by the quoted *piece* of the target.

    If *piece* is None, it may hold a secret. *instead* replaces a piece that cannot be shown.
    """

    def __init__(self, problem: str, piece: str | None = "", instead: str = "") -> None:
        super().__init__(problem, piece)
        self.problem = problem
        self.piece = piece
        self.instead = instead


# What a failed attempt proves about the target; --down decides by it:
DOWN = "down"  # no server is there
ABSENT = "absent"  # not even the host is there: down if it answered before, else perhaps misspelled
ALIVE = "answers"  # the server answers, but is not ready
INCONCLUSIVE = "nothing"  # the failure is on the way to the target, or on this side


def _default_hint(reason: str) -> str:
    """Return the hint of *reason*; none if reasons.py cannot be imported (no descriptor left)."""
    try:
        from untilup.reasons import REASONS  # not needed if all targets are up
    except (OSError, ImportError):
        return ""
    return REASONS[reason][1] if reason in REASONS else ""


class CheckFailed(Exception):
    """An attempt has failed.

    - *reason* is the code for machines (reasons.py), *detail* what was observed and what that means.
    - *hint* says what to do about it. The default is that of the reason.
    - *cheap*: only the local kernel worked for the failure, so the next attempt may come soon.
    - *evidence* is one of the four constants above.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        hint: str = "",
        *,
        cheap: bool = False,
        evidence: str = INCONCLUSIVE,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint or _default_hint(reason)
        self.cheap = cheap
        self.evidence = evidence

    def __str__(self) -> str:
        return self.detail


class NotReady(CheckFailed):
    """A target is not up yet; another attempt can help."""


def answered(reason: str, detail: str, hint: str = "") -> NotReady:
    """Return the failure of a target whose server answers, but does not serve."""
    return NotReady(reason, detail, hint, evidence=ALIVE)


class UntilupError(Exception):
    """The wait, or the exec, has failed: the command is not started.

    *exit_status* is that of the process, *reason* the code for machines.
    """

    reason = "failed"
    exit_status = 1


class UsageError(UntilupError):
    """An option, a variable or a target is malformed; nothing has been contacted."""

    reason = "usage"
    exit_status = 2


class NeverReady(CheckFailed, UntilupError):
    """A target can never be up: another attempt is pointless.

    The watcher notes the target in *target_name*, and the number of its *attempts*.
    """

    exit_status = 125
    target_name = ""
    attempts = 0


class ResourceLimitReached(UntilupError):
    """Threads, processes or file descriptors ran out."""

    reason = "limit-reached"
    exit_status = 125


class CannotExecute(UntilupError):
    """The command exists, but cannot be executed. The exit status is that of POSIX shells."""

    reason = "cannot-execute"
    exit_status = 126


class CommandNotFound(UntilupError):
    """The command does not exist. The exit status is that of POSIX shells."""

    reason = "command-not-found"
    exit_status = 127
