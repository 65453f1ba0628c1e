"""OSError in words, and the limits of this process: memory, descriptors, threads."""

from __future__ import annotations

import errno
import os

from untilup.errors import ResourceLimitReached

NO_MEMORY = "limit reached: no more memory (ulimit -v, ulimit -d)"
_LIMITS = {
    errno.EMFILE: "this process may open no more files (ulimit -n)",
    errno.ENFILE: "the machine may open no more files (fs.file-max)",
}
# A busy machine may not have let a thread start for more than 1 s. After this many seconds, and before
# the first heartbeat, the thread has died: there was too little memory for it.
MAX_STARTUP = 9.0
# Where a process starts its children, and no thread if it is not there itself.
CHILDRENS_NAMESPACE = "/proc/self/ns/pid_for_children"
NO_MORE_THREADS = (
    "limit reached: no more threads (ulimit -u, or the container's limit on pids or memory)"
)


def no_more_threads() -> str:
    """Return why this process can start no more threads."""
    if os.path.lexists(CHILDRENS_NAMESPACE):  # since Linux 4.12, where there is a /proc
        try:
            is_another = os.readlink(CHILDRENS_NAMESPACE) != os.readlink("/proc/self/ns/pid")
        except OSError:  # it has no process yet
            is_another = True
        if is_another:
            return "limit reached: no threads in this process, as a PID namespace was made for its children: add --fork to unshare --pid"
    return NO_MORE_THREADS


def limit_reached(error: OSError | ImportError | MemoryError) -> ResourceLimitReached | None:
    """Return the limit that *error* tells of, if it is not the target's fault but this process's."""
    if isinstance(error, MemoryError):
        return ResourceLimitReached(NO_MEMORY)
    for number, limit in _LIMITS.items():
        # Of a library that could not be opened dlopen(3) tells in words alone.
        by_words = isinstance(error, ImportError) and os.strerror(number) in str(error)
        if by_words or (isinstance(error, OSError) and error.errno == number):
            return ResourceLimitReached(f"limit reached: {limit}")
    return None


def describe_errno(error: OSError) -> str:
    """Return an answer that the tables do not have, with its symbol, which can be searched for."""
    symbol = errno.errorcode.get(error.errno or 0, "no errno")
    return f"{(error.strerror or str(error)).lower()} ({symbol})"
