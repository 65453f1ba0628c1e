"""How a wait can end without the command, other than by an error of one target."""

from __future__ import annotations

from untilup.errors import NeverReady, UntilupError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.status import TargetStatus


class TimedOut(UntilupError):
    """The deadline passed first; *pending* are the targets that were not up by then.

    The exit status is that of timeout(1).
    """

    exit_status = 124

    def __init__(self, pending: Sequence[TargetStatus]) -> None:
        super().__init__("timed out")
        self.pending = pending


class AllTargetsFailed(NeverReady):
    """Every target that could decide has given up; *pending* are these."""

    def __init__(self, pending: Sequence[TargetStatus]) -> None:
        super().__init__("never-ready", "no target is left that could become ready")
        self.pending = pending


class Interrupted(UntilupError):
    """Signal *signum* came first; *pending* are the targets that were not up by then.

    The exit status is for PID 1, whom the signal itself does not kill.
    """

    def __init__(self, signum: int, pending: Sequence[TargetStatus]) -> None:
        super().__init__("interrupted")
        self.signum = signum
        self.pending = pending
        self.exit_status = 128 + signum
