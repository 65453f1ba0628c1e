"""What can go wrong: *look again* (NotReady), or *it is over* (UntilupError, each kind with its exit status)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.target import Target
    from untilup.waiting.watcher import Watcher


class Malformed(Exception):
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
ANSWERS = "answers"  # somebody is there, who is not ready
NOTHING = "nothing"  # it tells of the way there, not of the target


class NotReady(Exception):
    """A target is not up yet, and looking again can help.

    *reason* is a stable word for machines, *detail* says in words what was seen and what it means,
    *hint* what to do about it. *free* is true where the kernel gave the answer and nobody else had
    to work for it: then it may be asked for again soon. *says* is one of the four words above.
    """

    def __init__(
        self, reason: str, detail: str, hint: str = "", *, free: bool = True, says: str = NOTHING
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


class TimedOut(UntilupError):
    """The deadline passed first; *pending* are the watchers of what was not up by then.

    The exit status is that of timeout(1).
    """

    reason = "timed-out"
    exit_status = 124

    def __init__(self, pending: Sequence[Watcher]) -> None:
        super().__init__("timed out")
        self.pending = pending


class NeverReady(UntilupError):
    """A target can never become ready: looking again is pointless.

    *reason*, *detail* and *hint* are as those of NotReady; whoever looked notes the *target*.
    *answers* is true where a server said so: it is up, and may go down.
    """

    exit_status = 125

    def __init__(self, reason: str, detail: str, hint: str = "", *, answers: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.answers = answers
        self.target: Target | None = None


class NoneLeft(NeverReady):
    """Every target that could decide has given up; *pending* are their watchers."""

    def __init__(self, pending: Sequence[Watcher]) -> None:
        super().__init__("never-ready", "no target is left that could become ready")
        self.pending = pending


class LimitReached(UntilupError):
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


class EndedBySignal(UntilupError):
    """Signal *signum* came first; *pending* are the watchers of what was not up by then.

    The exit status is for PID 1, whom the signal itself does not kill.
    """

    reason = "signal"

    def __init__(self, signum: int, pending: Sequence[Watcher]) -> None:
        super().__init__("interrupted")
        self.signum = signum
        self.pending = pending
        self.exit_status = 128 + signum
