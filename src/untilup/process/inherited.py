"""The process state that children of untilup would change, saved and restored for the command."""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import os

from untilup.process import command, proc, signals


class Before:
    """The state of the process before it had children."""

    def __init__(self) -> None:
        self.blocked = set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        # The children from before untilup was executed, which the command must reap.
        self.children = proc.adopted()
        self._changed = _changed_children()
        self._sigchld_was_pending = signal.SIGCHLD in signal.sigpending()
        self.sigchld_was_ignored = signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN

    def restore_sigchld(self) -> None:
        """Make SIGCHLD pending only if it would be pending without the children of untilup."""
        if self.sigchld_was_ignored:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if signal.SIGCHLD not in self.blocked:
            return  # the kernel has dropped it
        signal.sigtimedwait({signal.SIGCHLD}, 0)
        if self._sigchld_was_pending or _changed_children() - self._changed:
            os.kill(os.getpid(), signal.SIGCHLD)


def take_over() -> Before:
    """Prepare the process so that children see what the command will see; return its earlier state."""
    before = Before()
    if before.sigchld_was_ignored:  # the kernel would drop the exit statuses of children
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # exec resets a handled signal to the default, and keeps an ignored one ignored.
    signals.stop_ignoring(lambda _signum, _frame: None)  # the write that caused it fails anyway
    command.restore_environment()
    return before


def _changed_children() -> set[int]:
    """Return the children of the main thread whose state change has not been waited for.

    untilup starts its own children in other threads, and has reaped them.
    """
    states = os.WEXITED | os.WSTOPPED | os.WCONTINUED | os.WNOHANG | os.WNOWAIT
    found = set()
    for number in proc.children(os.getpid()):
        try:
            if os.waitid(os.P_PID, number, states):
                found.add(number)
        except ChildProcessError:  # SIGCHLD is ignored, and the child has just ended
            pass
    return found
