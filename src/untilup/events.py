"""What the main thread is told, by watchers and by signals, through the inbox."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.errors import NotReady
    from untilup.target import Target


class Up:
    """*target* is up, *took* seconds after the start of its watcher's look number *looks*.

    Or it is down, where that is waited for. It is *late* where a look has failed before. What the
    look has heard stands in *said*.
    """

    __slots__ = ("late", "looks", "said", "target", "took")

    def __init__(self, target: Target, looks: int, took: float, *, late: bool) -> None:
        self.target = target
        self.looks = looks
        self.took = took
        self.late = late
        self.said = target.said


class Retrying:
    """Look number *looks* at *target* took *took* seconds and ended in *failure*.

    *changed* is true where the reason is another than that of the look before. What the look has
    heard stands in *said*.
    """

    __slots__ = ("changed", "failure", "looks", "said", "target", "took")

    def __init__(
        self, target: Target, looks: int, took: float, failure: NotReady, *, changed: bool
    ) -> None:
        self.target = target
        self.looks = looks
        self.took = took
        self.failure = failure
        self.changed = changed
        self.said = target.said


class GaveUp:
    """The watcher of *target* ended for good by *error*: an UntilupError, or a bug."""

    __slots__ = ("error", "target")

    def __init__(self, target: Target, error: BaseException) -> None:
        self.target = target
        self.error = error


class Interrupted:
    """Signal number *signum* arrived."""

    __slots__ = ("signum",)

    def __init__(self, signum: int) -> None:
        self.signum = signum
