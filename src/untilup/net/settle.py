"""The settle time: how long a new connection must stay open before its target is up.

A proxy without a backend accepts a connection, then closes it. On an idle machine it does so within
a millisecond or two. On a busy machine the proxy first has to wait for a processor, for as long as
other processes have work. No fixed time is both long enough there and short enough on an idle machine.

So the settle time is short, and at its end untilup asks the kernel how many processes are runnable.
If untilup is the only one, no proxy on this machine is about to close the connection, and the target
is up. Otherwise untilup asks again a little later, for a time in proportion to the number of
processes that share each processor. The kernel does not count a process that has used up the quota
of its cgroup: a proxy with such a limit needs a longer --settle.

A proxy on another machine answers as late as it is far away: the settle time is at least twice the
time of the handshake.
"""

from __future__ import annotations

import _socket as socket
import os
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

# The limit for twice the time of a slow handshake.
MAX_BY_HANDSHAKE = 0.250
# What a busy machine adds for each other runnable task of a processor, and at most in total.
# Measured by benchmarks/settle.py.
MAX_BY_SHARE = 0.050
MAX_BY_LOAD = 1.0
# proc_loadavg(5): three averages, then the number of runnable tasks, and of all tasks.
LOADAVG = "/proc/loadavg"
LOADAVG_BYTES = 128
# Assumed if the kernel does not tell.
UNKNOWN_SHARE = 5.0


class Settling:
    """The settle time of one connection, in seconds of the monotonic clock.

    Its attempt, or the wait, ends in *left* seconds. A busy machine adds at most half of that, because
    a result at the end of an attempt may come too late.
    """

    def __init__(self, settle: float, handshake: float, left: float) -> None:
        self._began = monotonic()
        self._latest = self._began + min(MAX_BY_LOAD, left / 2)
        # True once nothing that the peer does can change the result.
        self.is_certain = not settle
        # When to call is_over() next.
        self.until = self._began
        if settle:
            by_handshake = min(2 * handshake, MAX_BY_HANDSHAKE, left)
            self.until += max(settle, by_handshake)

    def end(self) -> None:
        """End the settle time now: the peer has sent data."""
        self.until = monotonic()
        self.is_certain = True

    def is_over(self) -> bool:
        """Return whether the settle time is over; if it is not, move *until*.

        The peer may have closed, and gone to sleep, just before this asks the kernel. So check the
        connection once more after this has returned True, unless *is_certain*.
        """
        if self.is_certain:
            return True
        now = monotonic()
        if now < self.until:
            return False
        if now >= self._latest:
            return True
        latest = min(self._latest, self._began + runnable_by_processor() * MAX_BY_SHARE)
        if now >= latest:
            return True
        self.until = min(now + (now - self._began) / 2, latest)
        return False


def wait(
    receive: Callable[[float], T],
    settle: float,
    left: float = float("inf"),
    handshake: float = 0.0,
) -> T | None:
    """Return what *receive* returns within the settle time, or None if the peer does nothing.

    *left* and *handshake* are those of Settling. *receive* takes the time until which to wait, and
    raises TimeoutError then, or at the end of the attempt.
    """
    settling = Settling(settle, handshake, left)
    is_over = False
    while True:
        until = settling.until
        try:
            return receive(until)
        except TimeoutError:
            if is_over or monotonic() < until:
                return None
            is_over = settling.is_over()


def has_closed(connection: socket.socket) -> bool | None:
    """Return whether the peer has closed *connection*, or None if it has sent nothing either."""
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except OSError:  # reset by the peer
        return True


def runnable_by_processor() -> float:
    """Return the number of other runnable tasks per processor; 0.0 if there are none."""
    try:
        file = os.open(LOADAVG, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(file, LOADAVG_BYTES)
        finally:
            os.close(file)
        # This thread is runnable, too.
        others = int(text.split()[3].partition(b"/")[0]) - 1
    except (OSError, ValueError, IndexError):
        return UNKNOWN_SHARE
    if others < 0:  # a sandbox has invented the file
        return UNKNOWN_SHARE
    return others / (os.cpu_count() or 1) if others else 0.0
