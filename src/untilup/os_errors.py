"""Describes OSError, and the limits of this process: memory, descriptors, threads."""

from __future__ import annotations

import errno
import os

from untilup.errors import ResourceLimitReached

NO_MEMORY = "limit reached: no more memory (ulimit -v, ulimit -d)"
_LIMITS = {
    errno.EMFILE: "this process may open no more files (ulimit -n)",
    errno.ENFILE: "the machine may open no more files (fs.file-max)",
}
# On a busy machine a thread may start more than 1 s late. A thread that has not started after this
# many seconds, before the first heartbeat, has died because memory ran out.
MAX_STARTUP = 9.0
# The PID namespace of new children. No thread can be started if the process itself is in another
# one.
CHILDRENS_NAMESPACE = "/proc/self/ns/pid_for_children"
NO_MORE_THREADS = (
    "limit reached: no more threads (ulimit -u, or the container's limit on pids or memory)"
)


def no_more_threads() -> str:
    """Return the reason why this process cannot start more threads, in words."""
    if os.path.lexists(CHILDRENS_NAMESPACE):  # since Linux 4.12, if /proc is mounted
        try:
            is_another = os.readlink(CHILDRENS_NAMESPACE) != os.readlink("/proc/self/ns/pid")
        except OSError:  # the namespace has no process yet
            is_another = True
        if is_another:
            return "limit reached: no threads in this process, because its children get a new PID namespace: add --fork to unshare --pid"
    return NO_MORE_THREADS


def limit_reached(error: OSError | ImportError | MemoryError) -> ResourceLimitReached | None:
    """Return the failure if *error* means that this process has reached a limit; else None."""
    if isinstance(error, MemoryError):
        return ResourceLimitReached(NO_MEMORY)
    for number, limit in _LIMITS.items():
        # An error of dlopen(3) has a text, but no errno.
        by_words = isinstance(error, ImportError) and os.strerror(number) in str(error)
        if by_words or (isinstance(error, OSError) and error.errno == number):
            return ResourceLimitReached(f"limit reached: {limit}")
    return None


def raise_if_limit(error: OSError) -> None:
    """Raise ResourceLimitReached if *error* means that this process has reached a limit."""
    if limit := limit_reached(error):
        raise limit from error


def describe_errno(error: OSError) -> str:
    """Return the text of *error*, and its symbol, which a user can search for."""
    symbol = errno.errorcode.get(error.errno or 0, "no errno")
    return f"{(error.strerror or str(error)).lower()} ({symbol})"
