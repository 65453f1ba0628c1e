"""The preparation of the interpreter, before the snapshot is taken."""

from __future__ import annotations

import _signal
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

# These know their process or thread, when it began, or its random numbers.
OF_A_PROCESS = ("random", "threading", "logging")
# Its import during the wait reloads those.
FOR_THE_WAIT = ("untilup.waiting.backoff",)
CLOSED = "127.0.0.1:1"
# Always the same port, because its digits stay in freed memory. The kernel does not give it to clients.
PORT = 20_001
# Often enough that CPython has specialized the bytecode (PEP 659).
ROUNDS = 3
ATTEMPTS = 5
# Seconds by which the clock advances whenever it is read: settling ends after a few readings.
TICK = 0.001
# The lock that one attempt of many takes at the start: the only thread would wait for itself.
GATE = "first_attempts_gate"
# In the directory of the build.
IDLE = "loadavg"
# How a run ends: untilup would have executed the command, or still waits, or has timed out.
EXECUTES, WAITS, TIMED_OUT = "executes the command", "waits on", "exit 124"


class Ended(BaseException):
    """Raised at the end of a run; the text says how it ended."""


def preload(names: list[str], prefault: Callable[[], None]) -> None:
    """Import the modules *names*, run untilup a few times, and forget the state of this process."""
    replaced = os.register_at_fork, _thread.get_native_id
    os.register_at_fork = lambda **hook: _resume.hooks.append(hook)
    # Python caches the integers up to 256, which a container's processes have: for those it makes no
    # object, and all later objects would be at other addresses.
    _thread.get_native_id = lambda: 0
    for name in names:
        __import__(name)
    os.register_at_fork, _thread.get_native_id = replaced
    vars(sys.modules["threading"])["get_native_id"] = _thread.get_native_id
    _resume.LazyModuleFinder.prefault = prefault
    gc.collect()
    run()
    forget()
    gc.collect()
    gc.freeze()


def run() -> None:
    """Run untilup with all targets up at the first attempt, and with a wait.

    Everything that can differ from one run to the next is replaced: the snapshot must be the same.
    """
    from untilup.__main__ import main
    from untilup.net import settle
    from untilup.waiting import loop, watcher

    server = _socket.socket()
    server.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", PORT))
    server.listen()
    planned = scenarios(f"127.0.0.1:{PORT}")
    replaced = os.execv, os._exit, _thread.start_new_thread, time.sleep
    stderr = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.execv = execute  # type: ignore[assignment]  # it replaces execv
    os._exit = leave  # type: ignore[assignment]  # it replaces _exit
    _thread.start_new_thread = at_once  # type: ignore[assignment]  # it replaces start_new_thread
    gate = watcher.first_attempts_gate
    vars(loop)[GATE] = vars(watcher)[GATE] = Free()
    # On a busy machine the code would take other branches, and bytecode remembers them (PEP 659). To a
    # specialized call this clock looks like the real one, because it is not Python either.
    clock = time.monotonic
    set_clock(clock, count(1.0, TICK).__next__)
    ticking = time.monotonic
    proc, vars(settle)["LOADAVG"] = settle.LOADAVG, idle_machine()
    ends = [end_of(main, argv) for argv, _ in planned]
    set_clock(ticking, clock)
    vars(settle)["LOADAVG"] = proc
    os.execv, os._exit, _thread.start_new_thread, time.sleep = replaced
    vars(loop)[GATE] = vars(watcher)[GATE] = gate
    os.dup2(stderr, 2)
    server.close()
    # A bug, a server at CLOSED, or a missing loopback would make another snapshot.
    if ends != [end for _, end in planned]:
        raise RuntimeError(f"untilup ended in unexpected ways: {ends}")


def scenarios(up: str) -> list[tuple[list[str], str]]:
    """Return arguments of untilup, and how each run ends; *up* is a target that is up."""
    start = [
        ([up, "--", "/bin/sh"], EXECUTES),
        (["--settle", "0", up, "--", "/bin/sh"], EXECUTES),
    ]
    wait = [([CLOSED], WAITS), (["--once", CLOSED, up], TIMED_OUT)]
    return start * ROUNDS + wait * ROUNDS


def end_of(main: Callable[[], object], argv: list[str]) -> str:
    """Run untilup, and return how the run ended."""
    time.sleep = some_times()  # type: ignore[assignment]  # it replaces sleep
    sys.argv = ["untilup", *argv]
    try:
        main()
    except Ended as ended:
        return str(ended)
    return "returned"


def idle_machine() -> str:
    """Write a file with the content of /proc/loadavg on an idle machine, and return its path."""
    file = os.open(IDLE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, b"0.00 0.00 0.00 1/1 1\n")
    os.close(file)
    return IDLE


def set_clock(old: Callable[[], float], new: Callable[[], float]) -> None:
    """Replace the monotonic clock in all modules that have it."""
    for module in list(sys.modules.values()):
        if getattr(module, "monotonic", None) is old:
            module.monotonic = new  # type: ignore[attr-defined]  # or it would not be there


def execute(*_: object) -> None:
    """Replace execv, which does not return."""
    raise Ended(EXECUTES)


def leave(status: int) -> None:
    """Replace _exit, which does not return either."""
    raise Ended(f"exit {status}")


def at_once(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """Replace a new thread, because the order of two threads would be random."""
    function(*arguments)


class Free:
    """A lock that is always free."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def some_times() -> Callable[[float], None]:
    """Return a replacement for sleep(), which ends the run after enough calls."""
    left = iter(range(ATTEMPTS))

    def sleep(_seconds: float) -> None:
        if next(left, None) is None:
            raise Ended(WAITS)

    return sleep


def forget() -> None:
    """Hold back the state of this process, or set it to a constant."""
    from untilup.net import resolver

    resolver._cache.clear()
    sys.modules["random"].seed(0)
    vars(sys.modules["logging"])["_startTime"] = 0
    _signal.set_wakeup_fd(-1)
    sys.argv = []
    for name in ("stdin", "stdout", "stderr"):
        vars(sys)[name] = vars(sys)[f"__{name}__"] = None
    for name in (*OF_A_PROCESS, *FOR_THE_WAIT):
        _resume.held_back[name] = sys.modules.pop(name)
        parent, _, child = name.rpartition(".")
        if parent:
            delattr(sys.modules[parent], child)
    del sys.modules[__name__]
