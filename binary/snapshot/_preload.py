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
FOR_THE_WAIT = ("untilup.waiting.backoff",)
NOBODY = "127.0.0.1:1"
# Always the same, as its digits stay behind in memory that is used for something else; and none that
# the kernel gives to clients.
PORT = 20_001
# Often enough that CPython has specialized the bytecode (PEP 659).
ROUNDS = 3
LOOKS = 5
# Seconds by which the clock goes on whenever it is read: a settling ends after a few readings.
TICK = 0.001
# In the directory of the build.
IDLE = "loadavg"
# How a run is to end: untilup would have become the command, or waits on, or has timed out.
BECAME, WAITS, TIMED_OUT = "became the command", "waits on", "exit 124"


class Ended(BaseException):
    """Untilup is at the end of a run; the text says how."""


def preload(names: list[str], have_pages: Callable[[], None]) -> None:
    """Import the modules *names*, run untilup a few times, and forget what is of this process."""
    replaced = os.register_at_fork, _thread.get_native_id
    os.register_at_fork = lambda **hook: _resume.hooks.append(hook)
    # The numbers up to 256, which a container's processes have, are no objects of their own: what is
    # made next would be at another place.
    _thread.get_native_id = lambda: 0
    for name in names:
        __import__(name)
    os.register_at_fork, _thread.get_native_id = replaced
    vars(sys.modules["threading"])["get_native_id"] = _thread.get_native_id
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
    from untilup.__main__ import main
    from untilup.net import settle
    from untilup.waiting import loop, watcher

    server = _socket.socket()
    server.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", PORT))
    server.listen()
    lanes = lanes_with(f"127.0.0.1:{PORT}")
    replaced = os.execv, os._exit, _thread.start_new_thread, time.sleep
    stderr = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.execv = become  # type: ignore[assignment]  # it takes the place of this one
    os._exit = leave  # type: ignore[assignment]  # the same
    _thread.start_new_thread = at_once  # type: ignore[assignment]  # the same
    gate, free = watcher.first_attempts_gate, Free()
    vars(loop)["first_attempts_gate"] = vars(watcher)["first_attempts_gate"] = free
    # A machine that is busy would make other branches be taken; bytecode remembers them (PEP 659).
    # To the call that is specialized this clock, which is no Python either, is as the real one.
    clock = time.monotonic
    set_clock(clock, count(1.0, TICK).__next__)
    ticking = time.monotonic
    proc, vars(settle)["LOADAVG"] = settle.LOADAVG, idle_machine()
    ends = [end_of(main, argv) for argv, _ in lanes]
    set_clock(ticking, clock)
    vars(settle)["LOADAVG"] = proc
    os.execv, os._exit, _thread.start_new_thread, time.sleep = replaced
    vars(loop)["first_attempts_gate"] = vars(watcher)["first_attempts_gate"] = gate
    os.dup2(stderr, 2)
    server.close()
    # With a bug, with somebody at NOBODY, or without a loopback, it would be another snapshot.
    if ends != [end for _, end in lanes]:
        raise RuntimeError(f"untilup was to end otherwise than by these: {ends}")


def lanes_with(up: str) -> list[tuple[list[str], str]]:
    """Return what untilup is asked for, and how it is to end; *up* is a target that is."""
    start = [
        ([up, "--", "/bin/sh"], BECAME),
        (["--settle", "0", up, "--", "/bin/sh"], BECAME),
    ]
    wait = [([NOBODY], WAITS), (["--once", NOBODY, up], TIMED_OUT)]
    return start * ROUNDS + wait * ROUNDS


def end_of(main: Callable[[], object], argv: list[str]) -> str:
    """Run untilup and return how it has ended."""
    time.sleep = some_times()  # type: ignore[assignment]  # it takes the place of this one
    sys.argv = ["untilup", *argv]
    try:
        main()
    except Ended as ended:
        return str(ended)
    return "returned"


def idle_machine() -> str:
    """Write a file that says what /proc/loadavg says on an idle machine, and return its path."""
    file = os.open(IDLE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, b"0.00 0.00 0.00 1/1 1\n")
    os.close(file)
    return IDLE


def set_clock(old: Callable[[], float], new: Callable[[], float]) -> None:
    """Replace the monotonic clock in all modules that have it."""
    for module in list(sys.modules.values()):
        if getattr(module, "monotonic", None) is old:
            module.monotonic = new  # type: ignore[attr-defined]  # or it would not be there


def become(*_: object) -> None:
    """Take the place of execv, which does not return."""
    raise Ended(BECAME)


def leave(status: int) -> None:
    """Take the place of _exit, which does not either."""
    raise Ended(f"exit {status}")


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
            raise Ended(WAITS)

    return sleep


def forget() -> None:
    """Hold back, or make the same for all, what is of this process alone."""
    from untilup.net import resolver

    resolver._cache.clear()
    sys.modules["random"].seed(0)
    vars(sys.modules["logging"])["_startTime"] = 0
    sys.argv = []
    for name in ("stdin", "stdout", "stderr"):
        vars(sys)[name] = vars(sys)[f"__{name}__"] = None
    for name in (*OF_A_PROCESS, *FOR_THE_WAIT):
        _resume.held_back[name] = sys.modules.pop(name)
        parent, _, child = name.rpartition(".")
        if parent:
            delattr(sys.modules[parent], child)
    del sys.modules[__name__]
