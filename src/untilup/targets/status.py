"""What is known so far about a target: published by its watcher, and kept by the main thread."""

from __future__ import annotations

from time import monotonic

from untilup.errors import CheckFailed, NotReady, UntilupError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

    # Reason codes, each with the seconds for which it was the reason.
    Phases = tuple[tuple[str, float], ...]

# The state of a target, for the main thread: it is waited for, it is up (or down, if that is waited
# for), its time is over, or it can never be up.
PENDING, UP, ABANDONED, GAVE_UP = "pending", "up", "abandoned", "gave up"

# With its hint, because the default one would import reasons.py.
NONE_YET = NotReady("not-attempted", "no attempt has ended", "Raise --timeout.")


class Progress:
    """What a watcher's attempts have found so far. It never changes: the next one replaces it.

    *attempt* is the latest of *attempts*, and may still be running. Once one *has_failed*, *failure*
    is why the latest one that ended did, and *since* is when the reason became that one. *before* has
    the earlier reasons, in the order in which they first came, and the seconds that each lasted in all.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each fact
        self,
        attempt: Attempt,
        attempts: int = 0,
        failure: CheckFailed = NONE_YET,
        since: float = 0.0,
        *,
        has_failed: bool = False,
        before: Phases = (),
    ) -> None:
        self.attempt = attempt
        self.attempts = attempts
        self.failure = failure
        self.since = since
        self.has_failed = has_failed
        self.before = before

    def with_attempt(self, attempt: Attempt) -> Progress:
        """Return the progress once *attempt* has started."""
        return Progress(
            *(attempt, self.attempts + 1, self.failure, self.since),
            has_failed=self.has_failed,
            before=self.before,
        )

    def is_change(self, failure: CheckFailed) -> bool:
        """Return whether the reason of *failure* is a new one."""
        return not self.has_failed or failure.reason != self.failure.reason

    def with_failure(self, failure: CheckFailed) -> Progress:
        """Return the progress once the latest attempt has ended in *failure*."""
        # As far as can be told, a new reason holds since the start of the attempt that found it.
        is_change = self.is_change(failure)
        since = self.attempt.began if is_change else self.since
        return Progress(
            *(self.attempt, self.attempts, failure, since),
            has_failed=True,
            before=self.phases(since) if is_change else self.before,
        )

    def phases(self, until: float) -> Phases:
        """Return all reasons so far, and the seconds that each lasted *until* then.

        There are at most as many as there are reason codes, however often the reason changes.
        """
        if not self.has_failed:
            return ()
        lasted = dict(self.before)
        reason = self.failure.reason
        lasted[reason] = lasted.get(reason, 0.0) + max(0.0, until - self.since)
        return tuple(lasted.items())


class TargetStatus:
    """What the main thread knows about *target*; no other thread reads it or writes to it.

    *state* is one of the four words above; once it is no longer the first, *ended* is when it became
    so, in seconds of the monotonic clock. The rest is as of the watcher's latest *progress*, but for a
    target that gave up: then the failure says why.
    """

    def __init__(self, target: Target, progress: Progress) -> None:
        self.target = target
        self.progress = progress
        self.state = PENDING
        self.ended = 0.0

    def update(self, progress: Progress) -> None:
        """Take over what the watcher has published last."""
        if self.state != GAVE_UP:
            self.progress = progress

    def give_up(self, error: BaseException) -> None:
        """Note the *error* by which the watcher has ended for good."""
        failure: CheckFailed
        if isinstance(error, CheckFailed):
            failure = error
        elif isinstance(error, UntilupError):
            failure = NotReady(error.reason, str(error))
        else:
            failure = NotReady("failed", "a bug in untilup")
        self.progress = self.progress.with_failure(failure)
        self.end(GAVE_UP)

    def end(self, state: str) -> None:
        """Note that the target is not waited for any longer, and why: the *state*."""
        self.state = state
        self.ended = monotonic()

    @property
    def is_up(self) -> bool:
        """Whether the target is as it is waited for: up, or down."""
        return self.state == UP

    @property
    def is_attempting(self) -> bool:
        """Whether an attempt is running, or the first one has not started."""
        return not self.progress.attempt.is_over
