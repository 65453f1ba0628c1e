"""The watcher of one target: makes attempts in its own thread until the target is up."""

from __future__ import annotations

import _thread
from time import monotonic, sleep

from untilup import checks, values
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
from untilup.values import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.options import Settings
    from untilup.targets.target import Target

# An attempt that would outlast the deadline ends this long before it. If that leaves less than the
# second number, the attempt could observe nothing but silence; the main thread cuts it off instead.
REPORTING_MARGIN = 0.030
MIN_ATTEMPT = 0.100
# The limit for an attempt after the deadline, which follows only if the process was stopped.
LAST_CHANCE = 1.0
# With --stable, at least this many attempts in that time: an interruption between two is not observed.
ATTEMPTS_TO_BE_STABLE = 4
MAX_STABLE_DELAY = 1.0

# With --down, why a failure does not prove that the target is down.
_SILENCE = "silence does not prove that the target is down"
_NO_ANSWER_YET = "no server has answered there since the wait began, so this proves nothing"
_SPELLING = "Check the spelling of the target. An unknown name proves down only if the target has answered in this wait."

# The main thread holds this lock while it starts the watchers: no target gets a second attempt
# before each has had a first, because hundreds of them would slow down the start.
first_attempts_gate = _thread.allocate_lock()


class _Stopped(Exception):
    """The main thread has stopped this watcher."""


class Watcher:
    """Makes attempts at one target until it is up (with --down: down).

    The watcher's thread replaces *progress*, the result of the attempts so far, and *failed*, the start
    of the latest failed attempt. The main thread moves *deadline*, the target's or that of the whole
    wait, and sets *stopped*, after which no more attempts are made.
    """

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
        self._check: checks.Check | None = None
        self._memory: dict[object, Any] = {}
        self._settings = settings
        self._publish = publish
        self._has_answered = False
        # The end of the latest attempt that reached the server.
        self._reached = -inf

    def watch(self) -> None:
        """Make attempts, and publish events. Never joined: getaddrinfo cannot be interrupted."""
        try:
            self._attempt_until_ready()
        except _Stopped:
            pass
        except NeverReady as error:
            error.target_name, error.attempts = str(self.target), self.progress.attempts
            self._publish(GaveUp(self.target, error))
        except (OSError, ImportError, MemoryError) as error:  # perhaps while tenacity was imported
            self._publish(GaveUp(self.target, limit_reached(error) or error))
        except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
            self._publish(GaveUp(self.target, error))

    def _attempt_until_ready(self) -> None:
        try:
            self._attempt_and_require_stable()
        except NotReady as first:
            if self._settings.once:
                return
            with first_attempts_gate:  # one at a time: hundreds would slow each other down
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
        """Make an attempt; with --stable, repeat it for that time; publish that the target is up."""
        self._attempt()
        if self._settings.stable:
            self._require_stable(self._settings.stable)
        self._publish(TargetUp(self.target, self.progress, late=self._late))

    def _require_stable(self, stable: float) -> None:
        began = monotonic()
        wanted = "down" if self._settings.down else "up"
        detail = f"it has been {wanted} for less than {values.format_duration(stable)} (--stable)"
        self._record(NotReady("not-stable", detail))
        delay = min(MAX_STABLE_DELAY, self._settings.max_delay, stable / ATTEMPTS_TO_BE_STABLE)
        while (left := began + stable - monotonic()) > 0:
            sleep(min(delay, left))
            self._attempt()

    def _attempt(self) -> None:
        self._keep_interval()
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
                self._reached = monotonic()
            finally:
                attempt.end()
        except NotReady as failure:
            if not failure.cheap:
                self._reached = monotonic()
            self._late = True
            self._record(failure)
            self.failed = attempt.began
            raise

    def _keep_interval(self) -> None:
        """Wait until the server, if the latest attempt reached it, may be contacted again."""
        if self._reached > -inf:
            syntax = checks.syntax_of(self.target.scheme)
            interval = syntax.interval if syntax else 0.0
            left = self._reached + interval - monotonic()
            if interval and left > 0:
                sleep(left)

    def _check_up(self, attempt: Attempt) -> None:
        try:
            self._check = self._check or checks.check_for(self.target.scheme)
            self._check(attempt)
        except CheckFailed as failure:
            if failure.evidence == ALIVE:
                failure.detail = self.target.without_passwords(failure.detail)
            raise
        finally:
            if attempt.output:
                attempt.output = [self.target.without_passwords(line) for line in attempt.output]

    def _check_down(self, attempt: Attempt) -> None:
        """Return if the failure of the check proves down (docs/design.md, Results of an attempt)."""
        try:
            self._check_up(attempt)
        except NotReady as failure:
            if failure.reason == "no-answer":
                raise _proving_nothing(failure, _SILENCE, failure.hint) from None
            if failure.evidence == INCONCLUSIVE:
                raise
            if failure.evidence == ABSENT and not self._has_answered:
                raise _proving_nothing(failure, _NO_ANSWER_YET, _SPELLING) from None
            self._has_answered = True
            if failure.evidence in (DOWN, ABSENT):
                return
        except NeverReady as error:  # it is up now, and may go down
            if error.evidence != ALIVE:
                raise
        self._has_answered = True
        raise answered("up", "it is still up")

    def _attempt_timeout(self, now: float) -> float:
        """Return the attempt timeout, shortened so that a reason is known by the deadline."""
        longest = self._settings.attempt_timeout
        left = self.deadline - now - REPORTING_MARGIN
        return left if MIN_ATTEMPT <= left < longest else longest

    def give_one_more_attempt(self, now: float) -> bool:
        """Move the deadline, if it is too near, for one attempt that starts after *now*; tell whether it was."""
        if self.deadline >= now + MIN_ATTEMPT:
            return False
        self.last_chance = now
        self.deadline = now + min(LAST_CHANCE, self._settings.attempt_timeout)
        return True

    def is_due(self, now: float) -> bool:
        """Tell whether the deadline has come, or the attempt of the last chance has failed."""
        return now >= self.deadline or self.failed >= self.last_chance

    def _record(self, failure: NotReady) -> None:
        changed = self.progress.is_change(failure)
        self.progress = progress = self.progress.with_failure(failure)
        if changed or self._settings.verbose:
            self._publish(AttemptFailed(self.target, progress, changed=changed))


def _proving_nothing(failure: NotReady, why: str, hint: str) -> NotReady:
    """Return *failure* with the reason *why* it does not prove that the target is down."""
    return NotReady(failure.reason, f"{failure.detail}; {why}", hint, cheap=failure.cheap)
