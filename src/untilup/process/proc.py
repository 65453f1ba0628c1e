"""What the kernel tells of other processes."""

from __future__ import annotations

import os


def is_runnable(group: int) -> bool:
    """Tell whether a process of *group* is runnable: once killed, it ends with its next turn."""
    try:
        names = os.listdir("/proc")
    except OSError:  # not mounted
        return False
    for name in filter(str.isdecimal, names):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                stat = file.read()
        except OSError:  # it has ended
            continue
        # The name, in parentheses, may hold anything; state, parent and group follow it.
        state, _, its_group = stat.rpartition(b")")[2].split()[:3]
        if state == b"R" and int(its_group) == group:
            return True
    return False


def pidfd_of(pid: int) -> int | None:
    """Return a descriptor that can be polled for the end of a child, where there are such."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
