"""What can go wrong: *look again* (NotReady), or *it is over* (UntilupError, each kind with its exit status)."""

from __future__ import annotations


class InvalidTarget(Exception):
    """What is wrong with a target; ``{}`` in *problem* is where its *piece* is quoted.

    None is a piece that may hold a secret.
    """

    def __init__(self, problem: str, piece: str | None = "") -> None:
        super().__init__(problem, piece)
        self.problem = problem
        self.piece = piece


# What a failed look says of the target, for whoever waits until it is down:
DOWN = "down"  # nobody serves there
ABSENT = "absent"  # the same, if somebody did before: a typing error would look like this, too
ALIVE = "answers"  # somebody is there, who is not ready
INCONCLUSIVE = "nothing"  # it tells of the way there, not of the target


class NotReady(Exception):
    """A target is not up yet, and looking again can help.

    *reason* is a stable word for machines, *detail* says in words what was seen and what it means,
    *hint* what to do about it. *free* is true where the kernel gave the answer and nobody else had
    to work for it: then it may be asked for again soon. *says* is one of the four words above.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        hint: str = "",
        *,
        free: bool = True,
        says: str = INCONCLUSIVE,
    ) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.free = free
        self.says = says

    def __str__(self) -> str:
        return self.detail


class UntilupError(Exception):
    """The wait, or the hand-over, is over without the command.

    *exit_status* says so to whoever waits for the process, *reason* in a stable word to machines.
    """

    reason = "failed"
    exit_status = 1


class UsageError(UntilupError):
    """An option, a variable or a target is malformed; nothing has been looked at."""

    reason = "usage"
    exit_status = 2


class NeverReady(UntilupError):
    """A target can never become ready: looking again is pointless.

    *reason*, *detail* and *hint* are as those of NotReady; the watcher notes the target in *target_name*.
    *answers* is true where a server said so: it is up, and may go down.
    """

    exit_status = 125

    def __init__(self, reason: str, detail: str, hint: str = "", *, answers: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.answers = answers
        self.target_name = ""


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
