"""The signals that end a wait, and what they do before there is one."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

TERMINATION_SIGNALS: dict[int, str] = {
    signal.SIGTERM: "SIGTERM",
    signal.SIGINT: "SIGINT",
    signal.SIGHUP: "SIGHUP",
    signal.SIGQUIT: "SIGQUIT",
}

IGNORED_BY_CPYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
# Those of SIGPIPE and SIGXFSZ that were ignored before CPython ignored both. Only the executable
# can tell; in the wheel CPython has done so before it runs anything.
ignored_at_start: tuple[int, ...] = ()


def end_at_once() -> None:
    """Have the ending signals end this process at once and quietly, but for those that are ignored.

    CPython would answer SIGINT by a traceback; and to PID 1 the kernel gives only signals that have
    a handler.
    """
    action = _exit if os.getpid() == 1 else signal.SIG_DFL
    for signum in TERMINATION_SIGNALS:
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, action)


def _exit(signum: int, _frame: object) -> NoReturn:
    os._exit(128 + signum)


def die_of(signum: int) -> NoReturn:
    """Die of signal *signum*, so that the parent sees it.

    PID 1 does not die of it: the kernel drops signals to it that have no handler. Then exit 128+n.
    """
    signal.signal(signum, signal.SIG_DFL)
    signal.raise_signal(signum)
    os._exit(128 + signum)
