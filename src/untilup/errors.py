"""What can go wrong: *try again* (NotReady), or *it is over* (UntilupError, each kind with its exit status)."""

from __future__ import annotations


class InvalidTarget(Exception):
    """What is wrong with a target; ``{}`` in *problem* is where its *piece* is quoted.

    None is a piece that may hold a secret.
    """

    def __init__(self, problem: str, piece: str | None = "") -> None:
        super().__init__(problem, piece)
        self.problem = problem
        self.piece = piece


# What a failed attempt proves about the target; --down goes by it:
DOWN = "down"  # nothing serves there
ABSENT = "absent"  # nothing is there: down if it answered before, else perhaps a misspelled target
ALIVE = "answers"  # the server answers, but is not ready
INCONCLUSIVE = "nothing"  # the failure is on the way there, or on this side


def _default_hint(reason: str) -> str:
    """Return the hint of reasons.py for *reason*; none if no descriptor is left to import it."""
    try:
        from untilup.reasons import default_hint  # no start on which all is up needs it
    except (OSError, ImportError):
        return ""
    return default_hint(reason)


class CheckFailed(Exception):
    """An attempt has failed.

    - *reason* is the code for machines (reasons.py), *detail* what was observed and what that means.
    - *hint* says what to do about it. The default is that of the reason.
    - *cheap*: only the local kernel worked for the answer, so the next attempt may come soon.
    - *evidence* is one of the four words above.
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
    """Return the failure of a target whose server answers, but is not ready."""
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

    The watcher notes the target in *target_name*.
    """

    exit_status = 125
    target_name = ""


class ResourceLimitReached(UntilupError):
    """Threads, processes or file descriptors ran out."""

    reason = "limit-reached"
    exit_status = 125


class CannotExecute(UntilupError):
    """The command exists and cannot be executed. The exit status is that of POSIX shells."""

    reason = "cannot-execute"
    exit_status = 126


class CommandNotFound(UntilupError):
    """There is no such command. The exit status is that of POSIX shells."""

    reason = "command-not-found"
    exit_status = 127
