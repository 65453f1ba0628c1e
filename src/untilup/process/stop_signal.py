"""SIGTSTP (Ctrl-Z) if something must happen before the process stops."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # without the enumerations that the signal module makes of it


class StopSignal:
    """Notes a SIGTSTP instead of stopping, from *watch* to *unwatch*, unless it is ignored."""

    def __init__(self) -> None:
        self.has_come = False
        self._is_watched = False

    def watch(self) -> None:
        """Note the signal from now on."""
        if signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, self._note)
            self._is_watched = True

    def _note(self, _signum: int, _frame: object) -> None:
        self.has_come = True

    def unwatch(self) -> None:
        """Restore the default action; stop now if the signal has come, and return once continued."""
        if not self._is_watched:
            return
        # CPython runs the handler of a signal that has come before this call returns.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTSTP,))
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        self._is_watched = False
        if signal.SIGTSTP not in before:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTSTP,))
        if self.has_come:
            self.has_come = False
            signal.raise_signal(signal.SIGTSTP)
