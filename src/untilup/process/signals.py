"""The signals that end a wait, and their actions before it begins."""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    Action = Callable[[int, object], object] | int

TERMINATION_SIGNALS: dict[int, str] = {
    signal.SIGTERM: "SIGTERM",
    signal.SIGINT: "SIGINT",
    signal.SIGHUP: "SIGHUP",
    signal.SIGQUIT: "SIGQUIT",
}

IGNORED_BY_CPYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
# Those of SIGPIPE and SIGXFSZ that were ignored before CPython ignored both. Only the executable
# can tell; in the wheel CPython has ignored them before it runs any code.
ignored_at_start: tuple[int, ...] = ()


def end_at_once() -> None:
    """Let the termination signals end this process at once and without output, except for ignored ones.

    CPython would print a traceback for SIGINT, and the kernel delivers to PID 1 only signals that have a
    handler.
    """
    set_action(_exit if os.getpid() == 1 else signal.SIG_DFL)


def set_action(action: Action) -> None:
    """Let the termination signals have *action*, except for ignored ones."""
    for signum in TERMINATION_SIGNALS:
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, action)


def stop_ignoring(action: Action) -> None:
    """Let the signals that CPython ignores, and that were not ignored at start, have *action*."""
    for signum in IGNORED_BY_CPYTHON:
        if signum not in ignored_at_start:
            signal.signal(signum, action)


def _exit(signum: int, _frame: object) -> NoReturn:
    os._exit(128 + signum)


def die_of(signum: int) -> NoReturn:
    """End the process by signal *signum*, so that the parent sees it.

    As PID 1, exit with 128+n: the kernel drops signals to PID 1 that have no handler.
    """
    signal.signal(signum, signal.SIG_DFL)
    signal.raise_signal(signum)
    os._exit(128 + signum)
