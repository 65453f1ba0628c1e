"""The settle time: how long a new connection must stay open before its target is up.

A proxy without a backend accepts a connection, then closes it. On an idle machine it does so within
a millisecond or two. On a busy machine the proxy first has to wait for a processor, and that takes
as long as the other processes have work: no fixed time that an idle machine could afford is enough.

So the settle time is short, and at its end untilup asks the kernel how many processes are running
or could run. If untilup is the only one, then no proxy on this machine is about to close the
connection, and the target is up. (The kernel does not count a process that has used up the quota of its
cgroup: a proxy with such a limit needs a longer --settle.) Otherwise untilup asks again a little later, and stops asking after
a time in proportion to how many processes share each processor.

A proxy on another machine is as far away as its answers are late: the settle time is at least twice
as long as the handshake took.
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

# What twice a slow handshake's time may add.
LONGEST_BY_HANDSHAKE = 0.250
# What a busy machine may add: so long for each other task that wants to run, by processor, and at
# most so long in all. Measured by benchmarks/settle.py.
LONGEST_BY_SHARE = 0.050
LONGEST_BY_LOAD = 1.0
# proc_loadavg(5): three averages, then how many tasks are running or could run, of how many.
LOADAVG = "/proc/loadavg"
LOADAVG_BYTES = 128
# Where the kernel does not say, any machine may be this busy.
UNKNOWN_SHARE = 5.0


class Settling:
    """The settle time of one connection, in seconds of the monotonic clock.

    Its attempt, or the wait, ends in *left* seconds. A busy machine adds at most half of that, because what is
    found out at the end of an attempt may come too late.
    """

    __slots__ = ("_began", "_latest", "is_certain", "until")

    def __init__(self, settle: float, handshake: float, left: float) -> None:
        self._began = monotonic()
        self._latest = self._began + min(LONGEST_BY_LOAD, left / 2)
        # What the peer does from now on does not matter.
        self.is_certain = not settle
        # The next time to call is_over().
        self.until = self._began
        if settle:
            by_handshake = min(2 * handshake, LONGEST_BY_HANDSHAKE, left)
            self.until += max(settle, by_handshake)

    def end(self) -> None:
        """End it now: the peer has said something."""
        self.until = monotonic()
        self.is_certain = True

    def is_over(self) -> bool:
        """Return whether the time is over; if it is not, *until* is later than before.

        The peer may have closed a moment before this asks the kernel, and gone to sleep. So the
        connection has to be checked once more after this has returned True, unless *is_certain*.
        """
        if self.is_certain:
            return True
        now = monotonic()
        if now < self.until:
            return False
        if now >= self._latest:
            return True
        latest = min(self._latest, self._began + runnable_by_processor() * LONGEST_BY_SHARE)
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
    """Return what *receive* returns while a connection settles, or None if the peer does nothing.

    *left* and *handshake* are those of Settling. *receive* takes the time until which it waits, and
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
    """Return whether the peer has closed *connection*: None if it has not, and has said nothing."""
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except OSError:  # reset by the peer
        return True


def runnable_by_processor() -> float:
    """Return how many other tasks want to run, for each processor: 0.0 where none does."""
    try:
        file = os.open(LOADAVG, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(file, LOADAVG_BYTES)
        finally:
            os.close(file)
        # This thread is one of them.
        others = int(text.split()[3].partition(b"/")[0]) - 1
    except (OSError, ValueError, IndexError):
        return UNKNOWN_SHARE
    if others < 0:  # a sandbox that makes the file up
        return UNKNOWN_SHARE
    return others / (os.cpu_count() or 1) if others else 0.0
