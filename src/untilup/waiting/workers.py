"""The threads: of the watchers, and of what may hang beside them."""

from __future__ import annotations

import _thread
import sys
from _queue import Empty, SimpleQueue
from time import monotonic

from untilup import os_errors
from untilup.errors import ResourceLimitReached
from untilup.events import NoCommand
from untilup.process import command, handover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from untilup.waiting.watcher import Watcher

# A new thread is given the chance to run, and perhaps to be done, before there is another.
SLOWEST_START = 0.020
# The default of 8 MiB is address space that a thousand watchers would be charged for in a
# container with a limit on it. NSS modules, which getaddrinfo loads, are content with this.
STACK_SIZE = 1024 * 1024
# Each thread that waits for the interpreter asks for it again so often (5 ms by default). Hundreds
# that do keep the processor from all else; and those who have it need it for less than a millisecond.
SWITCH_INTERVAL_PER_THREAD = 0.000_1


def start_workers(watchers: Collection[Watcher], is_over: Callable[[], bool]) -> Callable[[], int]:
    """Have every one of *watchers* watched; raise ResourceLimitReached where there can be no more threads.

    Between two threads *is_over* is called, which ends this if it returns true. Return what tells how
    many of the threads have died before they began.

    A thread costs more than an attempt that is answered at once. So a thread whose target is up takes
    the next that has none yet, and new ones are started for as long as there are such.
    """
    # Not threading.Thread: its import is a fifth of a start, and its start() waits without a limit for a
    # thread that has died of too little memory. These threads are daemons by nature.
    _thread.stack_size(STACK_SIZE)
    interval = SWITCH_INTERVAL_PER_THREAD * len(watchers)
    if interval > sys.getswitchinterval():
        sys.setswitchinterval(interval)
    waiting: SimpleQueue[Watcher] = SimpleQueue()
    begun: SimpleQueue[bool] = SimpleQueue()
    unheard = 0
    for watcher in watchers:
        waiting.put(watcher)
    for left in reversed(range(len(watchers))):
        if waiting.empty() or is_over():
            break
        try:
            _thread.start_new_thread(run_worker, (waiting, begun))
        except (RuntimeError, MemoryError):
            raise ResourceLimitReached(
                f"{os_errors.no_more_threads()}; {waiting.qsize()} of {len(watchers)} targets have none"
            ) from None
        unheard += 1
        # No thread comes after the last one that would be in its way.
        if left:
            try:
                begun.get(timeout=SLOWEST_START)
                unheard -= 1
            except Empty:
                pass
    patience = monotonic() + os_errors.MAX_STARTUP
    return lambda: unheard - begun.qsize() if monotonic() >= patience else 0


def run_worker(waiting: SimpleQueue[Watcher], begun: SimpleQueue[bool]) -> None:
    """Take one watcher after the other, each until its target is up, until none is left."""
    handover.block_termination_signals()
    begun.put(True)  # noqa: FBT003 - that it is there says all
    try:
        while True:
            waiting.get_nowait().watch()
    except Empty:
        pass


def look_up(word: str, tell: Callable[[object], None]) -> None:
    """Have a thread look the command *word* up, and *tell* if it cannot be executed.

    A directory of PATH may be on a file system that hangs. Where there can be no more threads, exec
    finds out.
    """
    try:
        _thread.start_new_thread(_find, (word, tell))
    except (RuntimeError, MemoryError):
        pass


def _find(word: str, tell: Callable[[object], None]) -> None:
    handover.block_termination_signals()
    try:
        command.which(word)
    except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
        tell(NoCommand(error))
