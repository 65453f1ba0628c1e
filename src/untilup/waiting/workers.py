"""The worker threads of the watchers, and the thread that looks up the command."""

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

# A new thread gets this long to start, and perhaps to finish its target, before the next is started.
THREAD_START_TIMEOUT = 0.020
# Without a settle time an attempt that succeeds rarely sleeps. Then further threads are started only
# once none has taken a target for so long: as many as there are, but not more than so many at a time.
STALL = 0.001
MAX_MORE = 8
# How often the main thread handles events meanwhile: the threads run faster while it sleeps.
CHECK_INTERVAL = 0.020
# The default of 8 MiB per thread counts as address space, which a container may limit. NSS modules,
# which getaddrinfo loads, need less than this.
STACK_SIZE = 1024 * 1024
# How often a thread that waits for the interpreter asks for it (5 ms by default). Hundreds of such
# threads would use up the processor; and a thread needs the interpreter for less than a
# millisecond.
SWITCH_INTERVAL_PER_THREAD = 0.000_1


def start_workers(watchers: Collection[Watcher], is_over: Callable[[], bool]) -> Callable[[], int]:
    """Start threads that run all *watchers*; raise ResourceLimitReached if no more can be started.

    Stop early if *is_over*, which is called between two threads, returns true. Return a function that
    returns the number of threads that died before they started.

    A thread costs more than a fast attempt. So a thread whose target is up takes the next watcher, and
    a new thread is started only if there are watchers left. Threads that run at the same time delay each
    other at every system call, so attempts that rarely sleep share few threads.
    """
    # Not threading.Thread: its import takes a fifth of a start, and its start() waits forever for a
    # thread that died because memory ran out. Threads of _thread are daemons.
    _thread.stack_size(STACK_SIZE)
    interval = SWITCH_INTERVAL_PER_THREAD * len(watchers)
    if interval > sys.getswitchinterval():
        sys.setswitchinterval(interval)
    waiting: SimpleQueue[Watcher] = SimpleQueue()
    started: SimpleQueue[bool] = SimpleQueue()
    rarely_sleeps = not any(watcher.target.settle for watcher in watchers)
    all_taken: SimpleQueue[bool] = SimpleQueue()
    unstarted = 0
    more = 1
    for watcher in watchers:
        waiting.put(watcher)
    for threads, left in enumerate(reversed(range(len(watchers))), 1):
        if waiting.empty() or is_over():
            break
        try:
            _thread.start_new_thread(run_worker, (waiting, started, all_taken))
        except (RuntimeError, MemoryError):
            raise ResourceLimitReached(
                f"{os_errors.no_more_threads()}; {waiting.qsize()} of {len(watchers)} targets have none"
            ) from None
        unstarted += 1
        # No thread is started after the last one, so it needs no head start.
        if left:
            try:
                started.get(timeout=THREAD_START_TIMEOUT)
                unstarted -= 1
            except Empty:
                pass
        more -= 1
        if left and rarely_sleeps and not more:
            _sleep_while_taken(waiting, all_taken, is_over)
            more = min(threads, MAX_MORE)
    startup_deadline = monotonic() + os_errors.MAX_STARTUP
    return lambda: unstarted - started.qsize() if monotonic() >= startup_deadline else 0


def _sleep_while_taken(
    waiting: SimpleQueue[Watcher], all_taken: SimpleQueue[bool], is_over: Callable[[], bool]
) -> None:
    """Return once threads have taken all watchers or, for STALL seconds, none, or the wait is over."""
    check = monotonic() + CHECK_INTERVAL
    while left := waiting.qsize():
        try:
            all_taken.get(timeout=STALL)
        except Empty:
            if waiting.qsize() == left:
                return
        if monotonic() >= check:
            if is_over():
                return
            check = monotonic() + CHECK_INTERVAL


def run_worker(
    waiting: SimpleQueue[Watcher], started: SimpleQueue[bool], all_taken: SimpleQueue[bool]
) -> None:
    """Run one watcher after another, each until its target is up, until none is left."""
    handover.block_termination_signals()
    started.put(True)  # noqa: FBT003 - its presence is the signal
    try:
        while True:
            watcher = waiting.get_nowait()
            if waiting.empty():
                all_taken.put(True)  # noqa: FBT003 - as above
            watcher.watch()
    except Empty:
        pass


def look_up(word: str, publish: Callable[[object], None]) -> None:
    """Look up the command *word* in a thread, and *publish* the error if it cannot be executed.

    A thread, because a directory of PATH may be on a file system that hangs. If no more threads can be
    started, exec finds the error later.
    """
    try:
        _thread.start_new_thread(_find, (word, publish))
    except (RuntimeError, MemoryError):
        pass


def _find(word: str, publish: Callable[[object], None]) -> None:
    handover.block_termination_signals()
    try:
        command.which(word)
    except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
        publish(NoCommand(error))
