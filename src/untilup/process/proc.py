"""Children and processes as /proc lists them, and the orphans that PID 1 must reap."""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import os


def children(thread: int) -> set[int]:
    """Return the children of a *thread* of this process; none if the kernel does not list them.

    A child belongs to the thread that forked it. If its parent exits, PID 1 adopts it as a child of the
    main thread (since Linux 3.5).
    """
    try:
        with open(f"/proc/self/task/{thread}/children", "rb", buffering=0) as file:
            return {int(number) for number in file.readall().split()}
    except OSError:  # no /proc, a kernel without such files, or a thread that has ended
        return set()


def lists_children() -> bool:
    """Tell whether the kernel lists the children of a thread (since Linux 3.5, optional)."""
    return os.path.exists("/proc/thread-self/children")


def adopted() -> set[int]:
    """Return the children of the main thread of PID 1; none in any other process."""
    return children(1) if os.getpid() == 1 else set()


def reap_adopted(others: set[int]) -> None:
    """Reap the ended children that PID 1 adopted, except *others*."""
    for number in adopted() - others:
        try:
            os.waitpid(number, os.WNOHANG)
        except ChildProcessError:  # it is a child of another thread
            pass


def kill_children(thread: int) -> set[int]:
    """Kill the children of *thread*, and return them.

    The signal goes to a descriptor of the process (pidfd_send_signal(2)), and the list is read again once
    it is open: if the PID belonged to another process by then, the child would not be listed any more.
    """
    found = children(thread)
    for number in found:
        try:
            descriptor = os.open(f"/proc/{number}", os.O_DIRECTORY)
        except OSError:  # it has ended
            continue
        try:
            if number in children(thread):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except OSError:  # it has ended, runs as another user, or Linux is older than 5.1
            pass
        finally:
            os.close(descriptor)
    return found


def is_runnable(group: int) -> bool:
    """Tell whether a process of *group* is runnable: once killed, it ends when it next runs."""
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
        # The name, in parentheses, may contain anything; state, parent and group follow it.
        state, _, its_group = stat.rpartition(b")")[2].split()[:3]
        if state == b"R" and int(its_group) == group:
            return True
    return False


def pidfd_of(pid: int) -> int | None:
    """Return a descriptor that can be polled for the exit of a child; None if the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
