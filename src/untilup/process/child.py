"""Children: commands in process groups of their own, none of which outlives the process.

A child sees what the command of untilup will see (directory, environment, privileges, signals, open
descriptors), but its stdin is empty and its output goes to untilup. It is killed together with all
that it started and left in its group, and reaped after that: until then the kernel gives its number
to no other process.

`subprocess` starts it. While the kernel executes the program, which takes as long as its file system
takes, only the thread that started it waits.
"""

from __future__ import annotations

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
    import signal
    from typing import Any
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

# What is kept of a child's output; the rest is read, so that it can go on, and dropped.
MOST_HEARD = 4 * 1024
# What a pipe holds (pipe(7)).
PIECE = 64 * 1024
# Without a pidfd (before Linux 5.3, or under an old seccomp filter) the end of a child wakes nothing.
POLL_DELAY = 0.010
# A killed process is gone in less than a millisecond, unless the machine is busy, or the process is
# stuck in the kernel. An attempt has time for that; a signal has to end untilup within 50 ms.
LONGEST_DEATH = 0.500
LAST_DEATH = 0.040
# On a busy machine a killed process waits for a processor to die on.
LONGEST_WAIT_FOR_A_PROCESSOR = 5.0
DEATH_DELAY = 0.001

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
    """Make the process one that can have children. For the main thread, before there are any."""
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
    until = monotonic() + LAST_DEATH
    longest = until + LONGEST_WAIT_FOR_A_PROCESSOR
    while left := _end_all():
        now = monotonic()
        if now >= until:
            if now >= longest or not any(proc.is_runnable(group) for group in left):
                _end_all()  # they may have ended since
                break
            until = now + LAST_DEATH
        sleep(DEATH_DELAY)
    if _before is not None:
        _before.restore_sigchld()


def _end_all() -> list[int]:
    """Kill and reap all children; return the groups of those that have not ended."""
    with _lock:
        for child in _running.copy():
            child.kill()
            child.is_gone()
        groups = [child.pid for child in _running]
        for thread in _starting:
            # If the thread has no child yet, it waits for a processor itself.
            itself = os.getpgrp() if proc.lists_children() else 0
            groups += proc.kill_children(thread) or [itself]
    return groups


def others_run() -> bool:
    """Return whether there are children, whose ends will return descriptors."""
    return bool(_running or _starting)


class Child:
    """A command that runs, as process *pid*. *status* is its exit status, or a signal's number below 0, once it is known.

    Its output so far is in *heard*. The thread that starts it has to *end* it.
    """

    __slots__ = ("_output", "_process", "heard", "pid", "status")

    def __init__(self, path: str, words: list[str]) -> None:
        """Start *path* as the command *words*; raise OSError where that fails."""
        self.heard = b""
        self.status: int | None = None
        thread = get_native_id()
        with _lock:
            if _stopped:
                raise NotReady("stopped", "untilup ends, and makes no more attempts")
            _starting.append(thread)
        try:
            self._process, self._output = _popen(path, words)
            self.pid = self._process.pid
            with _lock:
                _running.append(self)
        finally:
            with _lock:
                _starting.remove(thread)
        os.set_blocking(self._output.fileno(), False)

    def wait(self, deadline: float) -> bool:
        """Hear what it says until it has ended, or the *deadline* (monotonic clock) has come first.

        Tell whether it has ended. Its output need not: a child of its own may hold on to that.
        """
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
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
                    if descriptor != pidfd and not self._hear():
                        poll.unregister(descriptor)
        finally:
            if pidfd is not None:
                os.close(pidfd)
        while len(self.heard) <= MOST_HEARD and self._hear():
            pass
        return True

    def _has_ended(self) -> bool:
        """Tell whether it has, without reaping it: its group could get another meaning."""
        try:
            return bool(os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        except ChildProcessError:  # stop_children() was faster
            return True

    def _hear(self) -> bool:
        """Read a piece of the output, if there is one; keep one byte more than is shown."""
        piece = self._output.read(PIECE)
        if piece is None:
            return False
        self.heard += piece[: MOST_HEARD + 1 - len(self.heard)]
        return bool(piece)

    def end(self) -> bool:
        """Kill what is left of it, reap it, and hear no more; tell whether it is gone."""
        self._output.close()
        until = monotonic() + LONGEST_DEATH
        with _lock:
            self.kill()
        while not (is_gone := self._is_gone_now()) and monotonic() < until:
            sleep(DEATH_DELAY)
        with _lock:
            if self in _running and self.status is not None and not proc.is_runnable(self.pid):
                _running.remove(self)  # what it has left in its group is stuck in the kernel
            if _before is not None:
                proc.reap_adopted(_before.children | {child.pid for child in _running})
        return is_gone or self.status is not None

    def _is_gone_now(self) -> bool:
        with _lock:
            return self.is_gone()

    def kill(self) -> None:
        """Kill its whole process group, unless it has been reaped. The caller holds the lock."""
        if self not in _running or self.status is not None:
            return
        try:
            os.kill(-self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it runs as another user
            pass

    def is_gone(self) -> bool:
        """Reap what is this process's to reap; tell whether that was all. The caller holds the lock."""
        if self not in _running:
            return True
        try:
            if self.status is None:
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


def _popen(path: str, words: list[str]) -> tuple[subprocess.Popen[bytes], Any]:
    """Start a process whose blocked signals are those that were blocked at start.

    Return it, and the file from which its output can be read, unbuffered.
    """
    blocked = set() if _before is None else _before.blocked
    ending = set(signals.TERMINATION_SIGNALS) - blocked  # a watcher has these blocked
    held = ending & signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    try:
        process = subprocess.Popen(  # noqa: S603 - executing what was asked for is the job
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
    return process, process.stdout
