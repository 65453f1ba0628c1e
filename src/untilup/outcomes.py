"""Outcomes: how a wait can end without the command, other than by an error of one target."""

from __future__ import annotations

from untilup.errors import NeverReady, UntilupError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.status import TargetStatus


class TimedOut(UntilupError):
    """The deadline has passed; *pending* are the targets that are not up.

    The exit status is that of timeout(1).
    """

    exit_status = 124

    def __init__(self, pending: Sequence[TargetStatus]) -> None:
        super().__init__("timed out")
        self.pending = pending


class AllTargetsFailed(NeverReady):
    """No target is left that can be up: *pending* are the required targets, which have all failed."""

    def __init__(self, pending: Sequence[TargetStatus]) -> None:
        super().__init__("never-ready", "no target is left that can be up")
        self.pending = pending


class Interrupted(UntilupError):
    """Signal *signum* has arrived; *pending* are the targets that are not up.

    The exit status is for PID 1, which the signal itself does not kill.
    """

    def __init__(self, signum: int, pending: Sequence[TargetStatus]) -> None:
        super().__init__("interrupted")
        self.signum = signum
        self.pending = pending
        self.exit_status = 128 + signum
