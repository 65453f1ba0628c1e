"""The signals that end untilup while it waits, and the dispositions that a shell starts programs with."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator

import pytest

ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
each_signal = pytest.mark.parametrize("signum", ENDING, ids=[each.name for each in ENDING])
# Python ignores these two itself, and Popen gives them back their defaults.
IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def inherited() -> tuple[set[int], list[int]]:
    """Return the signals that a process started now has blocked, and those that it ignores."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return {*blocked}, [each for each in ENDING if signal.getsignal(each) == signal.SIG_IGN]


@contextlib.contextmanager
def as_from_a_shell() -> Iterator[None]:
    """Start processes with default signals, however the tests were started, and without core files."""
    ignored = [
        signum
        for signum in signal.valid_signals() - IGNORED_BY_PYTHON
        if signal.getsignal(signum) == signal.SIG_IGN
    ]
    for signum in ignored:
        signal.signal(signum, signal.SIG_DFL)
    blocked = signal.pthread_sigmask(signal.SIG_SETMASK, ())
    core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, core[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, core)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for signum in ignored:
            signal.signal(signum, signal.SIG_IGN)
