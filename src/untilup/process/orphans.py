"""PID 1 adopts the processes whose parents have ended, and reaps them: nothing else would."""

from __future__ import annotations

import os

# Those whose parent has ended become children of the main thread (since Linux 3.5).
CHILDREN = "/proc/self/task/1/children"


def children() -> set[int]:
    """Return the children of PID 1; none where it cannot be told, or for another process."""
    if os.getpid() != 1:
        return set()
    try:
        with open(CHILDREN, "rb", buffering=0) as file:
            return {int(number) for number in file.readall().split()}
    except OSError:  # no /proc, or a kernel without such files
        return set()


def reap(others: set[int]) -> None:
    """Reap what has ended of the children of PID 1, but for *others*, which are waited for."""
    for number in children() - others:
        try:
            os.waitpid(number, os.WNOHANG)
        except ChildProcessError:  # it is a child of another thread
            pass
