"""What the main thread is told, by watchers and by signals, through the inbox."""

from __future__ import annotations

from _queue import Empty, SimpleQueue
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from untilup.errors import NotReady
    from untilup.targets.target import Target
else:
    from _collections import deque  # without the rest of that module

# So many failed attempts at most wait to be told, unless there are more targets.
MAX_UNREPORTED = 256


class TargetUp:
    """*target* is up, *took* seconds after the start of its watcher's attempt number *attempts*.

    Or it is down, if that is waited for. It is *late* if an attempt has failed before. *output* is
    what the attempt has to show with --verbose.
    """

    __slots__ = ("attempts", "late", "output", "target", "took")

    def __init__(
        self, target: Target, attempts: int, took: float, *, late: bool, output: Sequence[str] = ()
    ) -> None:
        self.target = target
        self.attempts = attempts
        self.took = took
        self.late = late
        self.output = output


class AttemptFailed:
    """Attempt number *attempts* at *target* took *took* seconds and ended in *failure*.

    *changed* is true if the reason is another than that of the attempt before. *output* is what the
    attempt has to show with --verbose.
    """

    __slots__ = ("attempts", "changed", "failure", "output", "target", "took")

    def __init__(  # noqa: PLR0913 - one parameter for each fact
        self,
        target: Target,
        attempts: int,
        took: float,
        failure: NotReady,
        *,
        changed: bool,
        output: Sequence[str] = (),
    ) -> None:
        self.target = target
        self.attempts = attempts
        self.took = took
        self.failure = failure
        self.changed = changed
        self.output = output


class GaveUp:
    """The watcher of *target* ended for good by *error*: an UntilupError, or a bug."""

    __slots__ = ("error", "target")

    def __init__(self, target: Target, error: BaseException) -> None:
        self.target = target
        self.error = error


class NoCommand:
    """The command was looked up, and cannot be executed, or there was a bug: see *error*."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class SignalReceived:
    """Signal number *signum* arrived."""

    __slots__ = ("signum",)

    def __init__(self, signum: int) -> None:
        self.signum = signum


class Inbox:
    """What the main thread is told: first what decides something, then the failed attempts.

    It is bounded: if the main thread is behind, a target's latest failed attempt takes the place of
    the one before it.
    """

    __slots__ = ("_arrived", "_decisive", "_failed", "_untold")

    def __init__(self) -> None:
        self._arrived: SimpleQueue[object] = SimpleQueue()
        self._untold: dict[Target, deque[AttemptFailed]] = {}
        # These two are the main thread's.
        self._decisive: deque[object] = deque()
        self._failed: deque[deque[AttemptFailed]] = deque()

    def put(self, event: object) -> None:
        """Tell of *event*; for all threads, and for signal handlers."""
        if not isinstance(event, AttemptFailed):
            self._arrived.put(event)
            return
        untold = self._untold.setdefault(event.target, deque())
        if untold and self._arrived.qsize() + len(self._failed) >= MAX_UNREPORTED:
            # Never empty it for a moment: the main thread would drop its entry in the queue.
            try:
                event.changed = event.changed or untold[-1].changed
                untold[-1] = event
            except IndexError:  # the main thread has taken it since
                pass
            else:
                return
        untold.append(event)
        self._arrived.put(untold)

    def get(self, until: float) -> object:
        """Return the next event, waiting for it *until* then; None if none has come."""
        while True:
            if event := self.decisive():
                return event
            while self._failed:
                if untold := self._failed.popleft():
                    return untold.popleft()
            try:
                self._sort(self._arrived.get(timeout=max(0.0, until - monotonic())))
            except Empty:
                return None

    def decisive(self) -> object:
        """Return the next event that decides something, if one is there."""
        try:
            while True:
                self._sort(self._arrived.get_nowait())
        except Empty:
            return self._decisive.popleft() if self._decisive else None

    def _sort(self, event: object) -> None:
        if isinstance(event, deque):
            self._failed.append(event)
        elif isinstance(event, SignalReceived):
            self._decisive.appendleft(event)
        else:
            # After what its target's attempts have found before.
            if isinstance(event, TargetUp | GaveUp):
                self._tell_first(self._untold.get(event.target))
            self._decisive.append(event)

    def _tell_first(self, untold: deque[AttemptFailed] | None) -> None:
        while untold:
            self._decisive.append(untold.popleft())
