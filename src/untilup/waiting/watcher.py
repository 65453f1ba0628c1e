"""One watcher: makes attempts at one target, in a thread of its own, until it is up."""

from __future__ import annotations

import _thread
from math import inf
from time import monotonic, sleep

from untilup import checks, display, values
from untilup.errors import (
    ABSENT,
    ALIVE,
    DOWN,
    INCONCLUSIVE,
    CheckFailed,
    NeverReady,
    NotReady,
    answered,
)
from untilup.events import AttemptFailed, GaveUp, TargetUp
from untilup.os_errors import limit_reached
from untilup.targets.attempt import Attempt
from untilup.targets.status import Progress
from untilup.waiting import down

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.options import Settings
    from untilup.targets.target import Target

# An attempt that would outlast the deadline ends this long before it; one that would have less time
# than the other number could tell nothing but silence, and is left to be cut off.
REPORTING_MARGIN = 0.030
MIN_ATTEMPT = 0.100
# What an attempt after the deadline may take; it is made only if the process was stopped before.
LAST_CHANCE = 1.0
# With --stable: so many attempts in that time or more, because a break between two is not seen.
ATTEMPTS_TO_BE_STABLE = 4
MAX_STABLE_DELAY = 1.0

# Held by the main thread while it starts the watchers: hundreds that try again already would be in
# its way, and no target needs a second attempt before each has had a first.
first_attempts_gate = _thread.allocate_lock()


class _Stopped(Exception):
    """The wait is over, or this target is not waited for any longer."""


class Watcher:
    """Makes attempts at one target until it is up, or down if that is waited for.

    The watcher's thread replaces *progress*, which is what its attempts have found so far, and
    *failed*, when the latest failed attempt started. The main thread moves *deadline*, which is the
    target's own or that of the whole wait, and sets *stopped*: then there are no more attempts.
    """

    __slots__ = (
        "_has_answered",
        "_late",
        "_memory",
        "_publish",
        "_settings",
        "deadline",
        "failed",
        "last_chance",
        "progress",
        "stopped",
        "target",
    )

    def __init__(
        self, target: Target, settings: Settings, deadline: float, publish: Callable[[object], None]
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.progress = Progress(Attempt(target, 0.0))  # the first attempt has not started
        self.failed = 0.0
        self.last_chance = inf
        self.stopped = False
        self._late = False
        self._memory: dict[object, Any] = {}
        self._settings = settings
        self._publish = publish
        self._has_answered = False

    def watch(self) -> None:
        """Publish to the inbox what happens. Never joined: getaddrinfo cannot be interrupted."""
        try:
            self._attempt_until_ready()
        except _Stopped:
            pass
        except NeverReady as error:
            error.target_name = str(self.target)
            self._publish(GaveUp(self.target, error))
        except (OSError, ImportError, MemoryError) as error:  # of tenacity's files, perhaps
            self._publish(GaveUp(self.target, limit_reached(error) or error))
        except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
            self._publish(GaveUp(self.target, error))

    def _attempt_until_ready(self) -> None:
        try:
            self._attempt_and_require_stable()
        except NotReady as first:
            if self._settings.once:
                return
            with first_attempts_gate:  # one at a time: hundreds would be in each other's way
                if self.stopped:
                    raise _Stopped from None
                from untilup.waiting import backoff

                attempts = backoff.retrying(self._settings, self.deadline)
            for attempt in attempts:
                with attempt:
                    if attempt.retry_state.attempt_number == 1:
                        raise first  # noqa: TRY201 - the attempt that led here is the loop's first
                    self._attempt_and_require_stable()

    def _attempt_and_require_stable(self) -> None:
        """Make an attempt; with --stable, more of them for so long; publish that the target is up."""
        self._attempt()
        if self._settings.stable:
            self._require_stable(self._settings.stable)
        progress = self.progress
        attempt = progress.attempt
        self._publish(
            TargetUp(
                *(self.target, progress.attempts, attempt.took),
                late=self._late,
                output=attempt.output,
            )
        )

    def _require_stable(self, stable: float) -> None:
        began = monotonic()
        wanted = "down" if self._settings.down else "up"
        self._note(
            NotReady(
                "not-stable",
                f"it has been {wanted} for less than {values.format_duration(stable)} (--stable)",
            )
        )
        pause = min(MAX_STABLE_DELAY, self._settings.max_delay, stable / ATTEMPTS_TO_BE_STABLE)
        while (left := began + stable - monotonic()) > 0:
            sleep(min(pause, left))
            self._attempt()

    def _attempt(self) -> None:
        if self.stopped:
            raise _Stopped
        attempt = Attempt(
            *(self.target, self._attempt_timeout(monotonic())),
            deadline=self.deadline,
            exhaustive=self._settings.once,
            memory=self._memory,
        )
        self.progress = self.progress.with_attempt(attempt)
        check = self._check_down if self._settings.down else self._check_up
        try:
            try:
                check(attempt)
            finally:
                attempt.end()
        except NotReady as failure:
            self._late = True
            self._note(failure)
            self.failed = attempt.began
            raise

    def _check_up(self, attempt: Attempt) -> None:
        try:
            self._run_check(attempt)
        except CheckFailed as failure:
            if failure.evidence == ALIVE:
                failure.detail = self._without_passwords(failure.detail)
            raise
        finally:
            if attempt.output:
                attempt.output = [self._without_passwords(line) for line in attempt.output]

    def _without_passwords(self, text: str) -> str:
        """Return *text*, unless a server repeats a password of the target in it."""
        for target in (self.target, *self.target.either.values()):
            text = display.without_password(target.user, text)
        return text

    def _run_check(self, attempt: Attempt) -> None:
        check = checks.check_for(self.target.scheme)
        if self.target.either:  # also of a check that knows one host
            from untilup.net import multihost

            multihost.check_any_host(attempt, check)
        else:
            check(attempt)

    def _check_down(self, attempt: Attempt) -> None:
        """Return if the check's failure proves down (docs/design.md, Results of an attempt)."""
        try:
            self._check_up(attempt)
        except NotReady as failure:
            if failure.reason == "no-answer":
                raise down.silent(failure) from None
            if failure.evidence == INCONCLUSIVE:
                raise
            if failure.evidence == ABSENT and not self._has_answered:
                raise down.inconclusive(failure) from None
            self._has_answered = True
            if failure.evidence in (DOWN, ABSENT):
                return
        except NeverReady as error:  # as it is now: it may go down all the same
            if error.evidence != ALIVE:
                raise
        self._has_answered = True
        raise answered("up", "it is still up")

    def _attempt_timeout(self, now: float) -> float:
        """Return the attempt timeout, or less: so that an attempt's reason is known by the deadline."""
        left = self.deadline - now - REPORTING_MARGIN
        return (
            left
            if MIN_ATTEMPT <= left < self._settings.attempt_timeout
            else self._settings.attempt_timeout
        )

    def give_one_more_attempt(self, now: float) -> None:
        """Move the deadline for one attempt that begins after *now*, if there is no time for it."""
        if self.deadline < now + MIN_ATTEMPT:
            self.last_chance = now
            self.deadline = now + min(LAST_CHANCE, self._settings.attempt_timeout)

    def is_due(self, now: float) -> bool:
        """Tell whether the target's time is over: its deadline has come, or its last chance gone."""
        return now >= self.deadline or self.failed >= self.last_chance

    def _note(self, failure: NotReady) -> None:
        changed = self.progress.is_change(failure)
        self.progress = progress = self.progress.with_failure(failure)
        if changed or self._settings.verbose:
            attempt = progress.attempt
            self._publish(
                AttemptFailed(
                    *(self.target, progress.attempts, attempt.took, failure),
                    changed=changed,
                    output=attempt.output,
                )
            )
