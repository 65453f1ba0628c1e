"""Events: what watchers and signal handlers report to the main thread, through the inbox."""

from __future__ import annotations

import os
import select
from _collections import deque  # without the rest of that module
from time import monotonic

from untilup.values import poll_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.status import Progress
    from untilup.targets.target import Target

# The inbox holds this many failed attempts, or one for each target if there are more targets.
MAX_UNREPORTED = 256
# As many bytes as a pipe can hold, pipe(7).
PIPE_CAPACITY = 64 * 1024


class TargetUp:
    """*target* is up: the latest attempt of *progress* has succeeded. With --down, it is down.

    It is *late* if an attempt has failed before.
    """

    def __init__(self, target: Target, progress: Progress, *, late: bool) -> None:
        self.target = target
        self.progress = progress
        self.late = late


class AttemptFailed:
    """The latest attempt of *progress* at *target* has failed.

    *changed* is true if the reason differs from that of the attempt before.
    """

    def __init__(self, target: Target, progress: Progress, *, changed: bool) -> None:
        self.target = target
        self.progress = progress
        self.changed = changed


class GaveUp:
    """The watcher of *target* has ended with *error*: an UntilupError, or another exception, a bug."""

    def __init__(self, target: Target, error: BaseException) -> None:
        self.target = target
        self.error = error


class NoCommand:
    """The lookup of the command has ended with *error*: an UntilupError, or another exception, a bug."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class SignalReceived:
    """Signal number *signum* arrived."""

    def __init__(self, signum: int) -> None:
        self.signum = signum


class Inbox:
    """A queue of events for the main thread: first those that can end the wait, then failed attempts.

    It is bounded: if the main thread is behind, a target's latest failed attempt replaces the one
    before it.

    A pipe wakes the main thread. *wakeup* is its end for writing: a signal that comes just before the
    main thread blocks has written to it by then. The pipe closes at exec.
    """

    def __init__(self) -> None:
        self._arrived: deque[object] = deque()
        self._unreported: dict[Target, deque[AttemptFailed]] = {}
        # Only the main thread uses these.
        self._decisive: deque[object] = deque()
        self._failed: deque[deque[AttemptFailed]] = deque()
        self._poll = select.poll()
        self._wakeups = self.wakeup = -1

    def open_pipe(self) -> None:
        """Open the pipe, before the main thread blocks; raise OSError if there are no descriptors."""
        self._wakeups, self.wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll.register(self._wakeups, select.POLLIN)

    def put(self, event: object) -> None:
        """Add *event*. Any thread may call this, and any signal handler."""
        if not isinstance(event, AttemptFailed):
            self._add(event)
            return
        unreported = self._unreported.setdefault(event.target, deque())
        if unreported and len(self._arrived) + len(self._failed) >= MAX_UNREPORTED:
            # It must not be empty at any moment, or the main thread would drop its entry in the queue.
            try:
                event.changed = event.changed or unreported[-1].changed
                unreported[-1] = event
            except IndexError:  # the main thread has taken it since
                pass
            else:
                return
        unreported.append(event)
        self._add(unreported)

    def _add(self, arrived: object) -> None:
        self._arrived.append(arrived)
        if self.wakeup < 0:
            return  # the main thread has not blocked yet
        try:
            os.write(self.wakeup, b"\0")
        except BlockingIOError:  # the pipe is full, so the main thread is about to wake
            pass

    def get(self, until: float) -> object:
        """Return the next event, or None if there is none *until* then, in seconds of the monotonic clock."""
        while True:
            if event := self.decisive():
                return event
            while self._failed:
                if unreported := self._failed.popleft():
                    return unreported.popleft()
            if self.wakeup < 0:
                self.open_pipe()
            elif self._poll.poll(poll_milliseconds(until - monotonic())):
                os.read(self._wakeups, PIPE_CAPACITY)
            elif monotonic() >= until:
                return None

    def decisive(self) -> object:
        """Return the next event that can end the wait, or None."""
        while self._arrived:
            self._sort(self._arrived.popleft())
        return self._decisive.popleft() if self._decisive else None

    def _sort(self, event: object) -> None:
        if isinstance(event, deque):
            self._failed.append(event)
        elif isinstance(event, SignalReceived):
            self._decisive.appendleft(event)
        else:
            # The failed attempts of its target come first.
            if isinstance(event, (TargetUp, GaveUp)):
                unreported = self._unreported.get(event.target)
                while unreported:
                    self._decisive.append(unreported.popleft())
            self._decisive.append(event)
