"""Children: commands in process groups of their own, which end before untilup does.

A child sees what the command of untilup will see (directory, environment, privileges, signals, open
descriptors), but its stdin is empty and its output goes to untilup. Its whole process group is killed, and
the child is reaped after that: until then the kernel gives its number to no other process.

`subprocess` starts it. While the kernel executes the program, which takes as long as its file system
takes, only the thread that started it waits.
"""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import os
import select
import subprocess
import sys
from _thread import allocate_lock, get_native_id
from time import monotonic, sleep

from untilup import values
from untilup.errors import NotReady
from untilup.process import handover, inherited, proc, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What is kept of a child's output; the rest is read, so that it can go on, and dropped.
MAX_OUTPUT = 4 * 1024
# What a pipe holds (pipe(7)).
PIECE = 64 * 1024
# Without a pidfd (before Linux 5.3, or under an old seccomp filter) the end of a child wakes nothing.
POLL_DELAY = 0.010
# A killed process is gone in less than a millisecond, unless the machine is busy, or the process is
# stuck in the kernel. An attempt has time for that; a signal has to end untilup within 50 ms.
MAX_KILL_TIME = 0.500
MAX_FINAL_KILL_TIME = 0.040
# On a busy machine a killed process needs a processor before it can end.
MAX_RUNNABLE_TIME = 5.0
KILL_POLL_DELAY = 0.001

# Before 3.11.4 CPython kept the interpreter lock while it waited for vfork (gh-104372).
if sys.version_info < (3, 11, 4):
    vars(subprocess)["_USE_VFORK"] = False  # as the documentation of subprocess has it

# Guards what follows, kills and reaps: so no number is signaled that has become another process's.
# It is never held while something can hang.
_lock = allocate_lock()
_running: list[Child] = []
# The threads that are starting a child, whose number they do not know yet.
_starting: list[int] = []
_stopped = False
_before: inherited.Before | None = None


def prepare() -> None:
    """Prepare this process to have children. For the main thread, before the first child."""
    global _before  # noqa: PLW0603 - there is one process
    if _before is None:
        _before = inherited.take_over()
        handover.before_the_end(stop_children)


def stop_children() -> None:
    """Kill and reap all children, and start no more. For the main thread, before exec or exit.

    Takes 40 ms if a child is stuck in the kernel, more if it only waits for a processor.
    """
    global _stopped  # noqa: PLW0603 - there is one process
    with _lock:
        _stopped = True
    until = monotonic() + MAX_FINAL_KILL_TIME
    longest = until + MAX_RUNNABLE_TIME
    while left := _end_all():
        now = monotonic()
        if now >= until:
            if now >= longest or not any(proc.is_runnable(group) for group in left):
                _end_all()  # they may have ended since
                break
            until = now + MAX_FINAL_KILL_TIME
        sleep(KILL_POLL_DELAY)
    if _before is not None:
        _before.restore_sigchld()


def _end_all() -> list[int]:
    """Kill and reap all children; return the groups of those that have not ended."""
    groups: list[int] = []
    # These first: a child is in one of the lists at any time, and moves to the other.
    with _lock:
        for thread in _starting:
            # If the thread has no child yet, it waits for a processor itself.
            itself = os.getpgrp() if proc.lists_children() else 0
            groups += proc.kill_children(thread) or [itself]
    return groups + _end_now(*_running)


def _end_now(*children: Child) -> list[int]:
    """Kill and reap *children*; return the groups of those that have not ended."""
    with _lock:
        return [child.pid for child in children if not child.is_gone()]


def others_run() -> bool:
    """Return whether there are children, whose ends will return descriptors."""
    return bool(_running or _starting)


class Child:
    """A command that runs, as process *pid*. *status* is its exit status, a negative signal number, or None while unknown.

    *output* is its output so far. The thread that starts the child must call *end*.
    """

    def __init__(self, path: str, words: list[str]) -> None:
        """Start *path* as the command *words*; raise OSError if that fails."""
        self.output = b""
        self.status: int | None = None
        thread = get_native_id()
        with _lock:
            if _stopped:
                raise NotReady("stopped", "untilup is ending, and makes no more attempts")
            _starting.append(thread)
        try:
            self._process = _popen(path, words)
            self.pid = self._process.pid
            with _lock:
                _running.append(self)
        finally:
            with _lock:
                _starting.remove(thread)
        self._pipe: Any = self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)  # type: ignore[union-attr]  # it is a pipe

    def wait(self, deadline: float) -> bool:
        """Read the output until the child has ended, or until *deadline* (monotonic clock).

        Return whether it has ended. A child of its own may still have the output open.
        """
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        pidfd = proc.pidfd_of(self.pid)
        try:
            if pidfd is not None:
                poll.register(pidfd, select.POLLIN)
            while not self._has_ended():
                left = deadline - monotonic()
                if left <= 0:
                    return False
                delay = left if pidfd is not None else min(left, POLL_DELAY)
                for descriptor, _ in poll.poll(values.poll_milliseconds(delay)):
                    if descriptor != pidfd and not self._read_output():
                        poll.unregister(descriptor)
        finally:
            if pidfd is not None:
                os.close(pidfd)
        while len(self.output) <= MAX_OUTPUT and self._read_output():
            pass
        return True

    def _has_ended(self) -> bool:
        """Return whether it has ended, without reaping it: that would free the number of its group."""
        try:
            return bool(os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        except ChildProcessError:  # stop_children() was faster
            return True

    def _read_output(self) -> bool:
        """Read a piece of the output and return whether there was one; keep one byte more than is shown."""
        piece = self._pipe.read(PIECE)
        if piece is None:
            return False
        self.output += piece[: MAX_OUTPUT + 1 - len(self.output)]
        return bool(piece)

    def end(self) -> bool:
        """Close the output, kill the process group and reap the child; return whether it is gone."""
        self._pipe.close()
        until = monotonic() + MAX_KILL_TIME
        while _end_now(self) and monotonic() < until:
            sleep(KILL_POLL_DELAY)
        with _lock:
            if self in _running and self.status is not None and not proc.is_runnable(self.pid):
                _running.remove(self)  # the rest of its group hangs in the kernel
            if _before is not None:
                proc.reap_adopted(_before.children | {child.pid for child in _running})
        return self.status is not None or self not in _running

    def kill(self) -> None:
        """Kill its whole process group. The caller holds the lock, and the child is not reaped yet."""
        try:
            os.kill(-self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it runs as another user
            pass

    def is_gone(self) -> bool:
        """Kill the group and reap its ended children; return whether none is left. The caller holds the lock."""
        if self not in _running:
            return True
        try:
            if self.status is None:
                self.kill()
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if not pid:
                    return False
                self.status = self._process.returncode = os.waitstatus_to_exitcode(status)
            # PID 1 has adopted the rest of the group.
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            _running.remove(self)
            return True
        return False


def _popen(path: str, words: list[str]) -> subprocess.Popen[bytes]:
    """Start a process whose blocked signals are those that were blocked at start."""
    blocked = set() if _before is None else _before.blocked
    ending = set(signals.TERMINATION_SIGNALS) - blocked  # a watcher has these blocked
    held = ending & signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    try:
        return subprocess.Popen(  # noqa: S603 - executing what was asked for is the job
            words,
            executable=path,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # All of untilup's own are closed by exec; what untilup has inherited, the child inherits.
            close_fds=False,
            # That would make SIGPIPE and SIGXFSZ the default also if they were ignored at start.
            restore_signals=False,
            # Without a group of its own, posix_spawn would start it, and keep the interpreter lock.
            process_group=0,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
