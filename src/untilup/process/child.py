"""Children: commands in process groups of their own, none of which outlives the process.

A child sees what the command of untilup will see (folder, environment, rights, signals), but for
its stdin, which is empty, and its output, which is heard. It is killed with all that it has started
and left in its group, before it is reaped: until then its number is nobody else's.
"""

from __future__ import annotations

import os
import select
from _thread import allocate_lock
from time import monotonic, sleep

from untilup import values
from untilup.errors import NotReady
from untilup.process import command, handover, orphans
from untilup.process.proc import is_runnable, pidfd_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

# What is kept of a child's output; the rest is read, so that it can go on, and dropped.
MOST_HEARD = 4 * 1024
# What a pipe holds (pipe(7)).
PIECE = 64 * 1024
# Without a pidfd (before Linux 5.3, or under an old seccomp filter) nothing wakes who waits.
POLL_PAUSE = 0.010
# A killed process is gone in less than a millisecond, unless the machine is busy, or it is stuck in
# the kernel; others can see it until its parent reaps it. A look has time for that; a signal is to
# end untilup within 50 ms.
LONGEST_DEATH = 0.500
LAST_DEATH = 0.040
# On a busy machine a killed process waits for a processor to die on.
LONGEST_WAIT_FOR_A_PROCESSOR = 5.0
LONGEST_BURIAL = 0.003
DEATH_PAUSE = 0.001

# CPython ignores these; the child is to have their default, as the command will.
_IGNORED_BY_CPYTHON = (signal.SIGPIPE, signal.SIGXFSZ)

# Held by whoever makes, kills or reaps a child: so none can be made that stop() would not see, and no
# number is signalled that has become another process's. It is held for long only by who executes a
# program that is stuck in the kernel.
_lock = allocate_lock()
_running: list[Child] = []
_stopped = False
# The signals that were blocked at start. Watchers have more of them blocked.
_mask: set[int] | None = None
_were_ignored = False
# Children from before untilup was executed: the command's to reap.
_older: set[int] = set()


def prepare() -> None:
    """Note what the children are to be given. For the main thread, before any is started."""
    global _mask, _older, _were_ignored  # noqa: PLW0603 - there is one process
    if _mask is None:
        handover.before_the_end(stop_children)
        _older = orphans.children()
        _mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
            # The kernel would throw their exit statuses away (waitpid(2)). stop() takes it back.
            _were_ignored = True
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def stop_children() -> None:
    """Kill and reap all children, and have no more. For the main thread, before exec or exit.

    Takes 40 ms for who is stuck in the kernel, more for who only waits for a processor.
    """
    global _stopped  # noqa: PLW0603 - there is one process
    _stopped = True
    until = monotonic() + LAST_DEATH
    if _lock.acquire(timeout=LAST_DEATH):
        children = _running.copy()
        for child in children:
            child.kill()
        _lock.release()
        longest = until + LONGEST_WAIT_FOR_A_PROCESSOR
        for child in children:
            while not child.reap(until) and until < longest and is_runnable(child.pid):
                until = monotonic() + LAST_DEATH
            child.reap(until)  # it may have ended since
    if _were_ignored:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)


class Child:
    """A command that runs, as process *pid*. *status* is its exit status, or a signal's number below 0, once it is known.

    Its output so far is in *heard*. Whoever has started it has to *end* it.
    """

    __slots__ = ("_output", "heard", "pid", "status")

    def __init__(self, path: str, words: list[str]) -> None:
        """Start *path* as the command *words*; raise OSError where that fails."""
        self.heard = b""
        self.status: int | None = None
        self._output, write = os.pipe()
        try:
            os.set_blocking(self._output, False)
            self._spawn(path, words, write)
        except BaseException:
            os.close(self._output)
            raise
        finally:
            os.close(write)

    def _spawn(self, path: str, words: list[str], output: int) -> None:
        standard = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ]
        environment = command.environment()
        with _lock:
            if _stopped:
                raise NotReady("stopped", "untilup ends, and looks no more")
            self.pid = os.posix_spawn(
                path,
                words,
                environment,
                # All other descriptors of untilup's own are closed by exec.
                file_actions=standard,
                setpgroup=0,
                setsigmask=signal.pthread_sigmask(signal.SIG_BLOCK, ()) if _mask is None else _mask,
                setsigdef=_IGNORED_BY_CPYTHON,
            )
            _running.append(self)

    def wait(self, deadline: float) -> bool:
        """Hear what it says until it has ended, or the *deadline* (monotonic clock) has come first.

        Tell whether it has ended. Its output need not: a child of its own may hold on to that.
        """
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        pidfd = pidfd_of(self.pid)
        try:
            if pidfd is not None:
                poll.register(pidfd, select.POLLIN)
            while not self._has_ended():
                left = deadline - monotonic()
                if left <= 0:
                    return False
                pause = left if pidfd is not None else min(left, POLL_PAUSE)
                for descriptor, _ in poll.poll(values.poll_milliseconds(pause)):
                    if descriptor == self._output and not self._hear():
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
        except ChildProcessError:  # stop() was faster
            return True

    def _hear(self) -> bool:
        """Read a piece of the output, if there is one; keep one byte more than is shown."""
        try:
            piece = os.read(self._output, PIECE)
        except BlockingIOError:
            return False
        self.heard += piece[: MOST_HEARD + 1 - len(self.heard)]
        return bool(piece)

    def end(self) -> bool:
        """Kill what is left of it, reap it, and hear no more; tell whether it is gone."""
        if self._output >= 0:
            os.close(self._output)
            self._output = -1
        with _lock:
            self.kill()
        is_gone = self.reap(monotonic() + LONGEST_DEATH)
        with _lock:
            orphans.reap(_older | {child.pid for child in _running})
        return is_gone

    def kill(self) -> None:
        """Kill its whole process group, unless it has been reaped. For who holds the lock."""
        if self not in _running or self.status is not None:
            return
        try:
            os.kill(-self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it has become another user
            pass

    def reap(self, until: float) -> bool:
        """Leave nothing of a killed one, but for what is not gone by *until*; tell whether it is."""
        while True:
            now = monotonic()
            with _lock:
                if self not in _running:
                    return True
                if self._is_reaped():
                    until = min(until, now + LONGEST_BURIAL)
                    gone = now >= until or not self._is_seen()
                else:
                    gone = now >= until and self.status is not None and not is_runnable(self.pid)
                if gone:
                    _running.remove(self)
                    return True
            if now >= until:
                return False
            sleep(DEATH_PAUSE)

    def _is_reaped(self) -> bool:
        """Reap what is this process's to reap; tell whether that was all."""
        try:
            if self.status is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if not pid:
                    return False
                self.status = os.waitstatus_to_exitcode(status)
            # PID 1 has adopted the rest of the group.
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False

    def _is_seen(self) -> bool:
        """Tell whether there still is somebody in its group, be it a zombie."""
        try:
            os.kill(-self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True
