"""What children change in the process, and how that is taken back for the command."""

from __future__ import annotations

import os

from untilup.process import command, proc, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # without the enumerations that the signal module makes of it


class Before:
    """The process as it was before it had children."""

    def __init__(self) -> None:
        self.blocked = set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        # Those from before untilup was executed: the command's to reap.
        self.children = proc.adopted()
        self._news = _news_of_children()
        self._sigchld_was_pending = signal.SIGCHLD in signal.sigpending()
        self._sigchld_was_ignored = signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN

    def keep_exit_statuses(self) -> None:
        """Have the kernel keep the exit statuses of children, which it drops for a process that ignores SIGCHLD."""
        if self._sigchld_was_ignored:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def restore_sigchld(self) -> None:
        """Make SIGCHLD pending only if it would be pending without the children of untilup."""
        if self._sigchld_was_ignored:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if signal.SIGCHLD not in self.blocked:
            return  # the kernel has dropped it
        signal.sigtimedwait({signal.SIGCHLD}, 0)
        if self._sigchld_was_pending or _news_of_children() - self._news:
            os.kill(os.getpid(), signal.SIGCHLD)


def take_over() -> Before:
    """Make the process one whose children see what the command will see; return what it was before."""
    before = Before()
    before.keep_exit_statuses()
    for signum in signals.IGNORED_BY_CPYTHON:
        # exec makes a handled signal the default and keeps an ignored one ignored.
        if signum not in signals.ignored_at_start:
            signal.signal(signum, _ignore)
    command.restore_environment()
    return before


def _ignore(_signum: int, _frame: object) -> None:
    """Do nothing about a signal: the write that caused it fails all the same."""


def _news_of_children() -> set[int]:
    """Return the children of the main thread that have something to tell their parent.

    untilup starts its own in other threads, and has reaped them.
    """
    news = os.WEXITED | os.WSTOPPED | os.WCONTINUED | os.WNOHANG | os.WNOWAIT
    found = set()
    for number in proc.children(os.getpid()):
        try:
            if os.waitid(os.P_PID, number, news):
                found.add(number)
        except ChildProcessError:  # SIGCHLD is ignored, and the child has just ended
            pass
    return found
