"""What is done once, before the snapshot is taken."""

from __future__ import annotations

import _socket
import _thread
import gc
import os
import sys
import time
from itertools import count

import _resume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# These know which process or thread they are in, or when it began, or what is to be random in it.
OF_A_PROCESS = ("random", "threading", "logging")
# Whose import during the wait lets those in.
FOR_THE_WAIT = ("untilup.backoff",)
NOBODY = "127.0.0.1:1"
# Often enough that CPython has specialized the bytecode (PEP 659).
ROUNDS = 3
LOOKS = 5
# Seconds by which the clock goes on whenever it is read: a settling ends after a few readings.
TICK = 0.001


class Ended(BaseException):
    """Untilup has ended, or would have become the command."""


def preload(names: list[str], have_pages: Callable[[], None]) -> None:
    """Import the modules *names*, run untilup a few times, and forget what is of this process."""
    register = os.register_at_fork
    os.register_at_fork = lambda **hook: _resume.hooks.append(hook)
    for name in names:
        __import__(name)
    os.register_at_fork = register
    _resume.Gate.have_pages = have_pages
    gc.collect()
    run()
    forget()
    gc.collect()
    gc.freeze()


def run() -> None:
    """Run untilup as it is run where all is up at the first look, and where it has to wait.

    Whatever can differ from one run to the next is done without: the snapshot is to be the same.
    """
    from untilup import waiting
    from untilup.__main__ import main

    server = _socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    up = f"127.0.0.1:{server.getsockname()[1]}"
    start = [[up, "--", "/bin/sh"], ["--settle", "0", up, "--", "/bin/sh"]]
    wait = [[NOBODY], ["--once", NOBODY, up]]
    replaced = os.execv, os._exit, _thread.start_new_thread, time.sleep
    stderr = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.execv = os._exit = end  # type: ignore[assignment]  # it takes the place of both
    _thread.start_new_thread = at_once  # type: ignore[assignment]  # the same
    first_looks = waiting._first_looks
    waiting._first_looks = Free()  # type: ignore[assignment]  # the same
    # A machine that is busy would make other branches be taken; bytecode remembers them (PEP 659).
    # To the call that is specialized this clock, which is no Python either, is as the real one.
    clock = time.monotonic
    set_clock(clock, count(1.0, TICK).__next__)
    ticking = time.monotonic
    for lane in start * ROUNDS + wait * ROUNDS:
        time.sleep = some_times()  # type: ignore[assignment]  # the same
        sys.argv = ["untilup", *lane]
        try:
            main()
        except Ended:
            pass
    set_clock(ticking, clock)
    os.execv, os._exit, _thread.start_new_thread, time.sleep = replaced
    waiting._first_looks = first_looks
    os.dup2(stderr, 2)
    server.close()


def set_clock(old: Callable[[], float], new: Callable[[], float]) -> None:
    """Replace the monotonic clock in all modules that have it."""
    for module in list(sys.modules.values()):
        if getattr(module, "monotonic", None) is old:
            module.monotonic = new  # type: ignore[attr-defined]  # or it would not be there


def end(*_: object) -> None:
    """Take the place of what does not return."""
    raise Ended


def at_once(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """Take the place of a new thread: which of two runs first would be left to chance."""
    function(*arguments)


class Free:
    """A lock that nobody else has."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def some_times() -> Callable[[float], None]:
    """Return what takes the place of a pause, until there have been enough."""
    left = iter(range(LOOKS))

    def sleep(_seconds: float) -> None:
        if next(left, None) is None:
            raise Ended

    return sleep


def forget() -> None:
    """Hold back, or make the same for all, what is of this process alone."""
    from untilup.checks import _resolve

    _resolve._names.clear()
    sys.modules["random"].seed(0)
    vars(sys.modules["logging"])["_startTime"] = 0
    vars(sys.modules["threading"].main_thread())["_native_id"] = 0
    sys.argv = []
    for name in ("stdin", "stdout", "stderr"):
        vars(sys)[name] = vars(sys)[f"__{name}__"] = None
    for name in (*OF_A_PROCESS, *FOR_THE_WAIT):
        _resume.held_back[name] = sys.modules.pop(name)
        parent, _, child = name.rpartition(".")
        if parent:
            delattr(sys.modules[parent], child)
    del sys.modules[__name__]
