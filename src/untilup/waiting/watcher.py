"""One watcher: looks at one target, in a thread of its own, until what is waited for is so."""

from __future__ import annotations

import _thread
from math import inf
from time import monotonic, sleep

from untilup import checks, values
from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NeverReady, NotReady, UntilupError
from untilup.events import AttemptFailed, GaveUp, TargetUp
from untilup.os_errors import limit_reached
from untilup.targets.attempt import Attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.options import Settings
    from untilup.targets.target import Target

# A look that would outlast the deadline ends this long before it; one that would have less time
# than the other number could tell nothing but silence, and is left to be cut off.
REPORTING_MARGIN = 0.030
MIN_ATTEMPT = 0.100
# What an attempt after the deadline may take; it is made only if the process was stopped before.
LAST_CHANCE = 1.0
# With --stable: so many looks in that time or more, because a break between two is not seen.
ATTEMPTS_TO_BE_STABLE = 4
MAX_STABLE_DELAY = 1.0

# Held by the main thread while it starts the watchers: hundreds that look again already would be in
# its way, and nobody needs a second look before everybody has had a first.
first_attempts_gate = _thread.allocate_lock()


class Watcher:
    """Looks at one target until it is up, or down where that is waited for.

    What was seen last stands in *failure*, *since* when its reason has been the same (seconds of
    the monotonic clock), *looks* how many there were, *attempt* the last of them; *late* is true
    once one has failed. Only the watcher's thread writes them, until it has given up. The main
    thread notes in *counts* that it was told in time what it waited for; once it has set *over*,
    there are no more looks. *deadline* is the target's own, or that of the whole wait.
    """

    __slots__ = (
        *(
            "_has_answered",
            "_memory",
            "_settings",
            "_tell",
            "attempt",
            "counts",
            "deadline",
            "failed",
            "failure",
        ),
        *("last_chance", "late", "looks", "over", "since", "target"),
    )

    def __init__(
        self, target: Target, settings: Settings, deadline: float, tell: Callable[[object], None]
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.looks = 0
        self.failure: NotReady | None = None
        self.failed = 0.0
        self.last_chance = inf
        self.since = 0.0
        self.late = False
        self.counts = False
        self.over = False
        self._settings = settings
        self._tell = tell
        self._has_answered = False
        self._memory: dict[object, Any] = {}
        self.attempt = Attempt(target, 0.0)

    def watch(self) -> None:
        """Tell the inbox how it goes. Never joined: getaddrinfo cannot be interrupted."""
        try:
            self._look_until_it_counts()
        except SystemExit:  # raised by a look that would come when it is over
            pass
        except NeverReady as error:
            error.target_name = str(self.target)
            self._tell(GaveUp(self.target, error))
        except (OSError, ImportError, MemoryError) as error:  # of tenacity's files, perhaps
            self._tell(GaveUp(self.target, limit_reached(error) or error))
        except BaseException as error:  # noqa: BLE001 - a bug included: the main thread raises it
            self._tell(GaveUp(self.target, error))

    def _look_until_it_counts(self) -> None:
        try:
            self._look_and_see_it_stay()
        except NotReady as first:
            if self._settings.once:
                return
            with first_attempts_gate:  # one at a time: hundreds would be in each other's way
                if self.over:
                    raise SystemExit from None
                from untilup.waiting import backoff

                attempts = backoff.retrying(self._settings, self.deadline)
            for attempt in attempts:
                with attempt:
                    if attempt.retry_state.attempt_number == 1:
                        raise first  # noqa: TRY201 - the look that led here is the loop's first
                    self._look_and_see_it_stay()

    def _look_and_see_it_stay(self) -> None:
        """Look; with --stable, go on looking for so long; tell that it counts."""
        self._look()
        if self._settings.stable:
            self._see_it_stay(self._settings.stable)
        self._tell(
            TargetUp(
                *(self.target, self.looks, self.attempt.took),
                late=self.late,
                output=self.attempt.output,
            )
        )

    def _see_it_stay(self, stable: float) -> None:
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
            self._look()

    def _look(self) -> None:
        if self.over:
            raise SystemExit
        attempt = Attempt(
            *(self.target, self._time_for_a_look(monotonic())),
            exhaustive=self._settings.once,
            memory=self._memory,
        )
        self.attempt = attempt
        self.looks += 1
        look = self._look_whether_down if self._settings.down else self._look_whether_up
        try:
            try:
                look(attempt)
            finally:
                attempt.end()
        except NotReady as failure:
            self.late = True
            self._note(failure)
            self.failed = attempt.began
            raise

    def _look_whether_up(self, attempt: Attempt) -> None:
        check = checks.check_for(self.target.scheme)
        if self.target.either:  # also of a check that knows one host
            from untilup.net import multihost

            multihost.check_any_host(attempt, check)
        else:
            check(attempt)

    def _look_whether_down(self, attempt: Attempt) -> None:
        """Return if the check's failure proves down (docs/design.md, Results of an attempt)."""
        from untilup.waiting import down

        try:
            self._look_whether_up(attempt)
        except NotReady as failure:
            if failure.reason == "no-answer":
                raise down.silent(failure) from None
            if failure.says == INCONCLUSIVE:
                raise
            if failure.says == ABSENT and not self._has_answered:
                raise down.inconclusive(failure) from None
            self._has_answered = True
            if failure.says in (DOWN, ABSENT):
                return
        except NeverReady as error:  # as it is now: it may go down all the same
            if not error.answers:
                raise
        self._has_answered = True
        raise NotReady("up", "it is still up", free=False, says=ALIVE)

    def _time_for_a_look(self, now: float) -> float:
        """Return the attempt timeout, or less: so that a look's reason is known by the deadline."""
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

    def keep(self, failure: NotReady) -> bool:
        """Keep *failure* as what was seen last; tell whether its reason is a new one."""
        changed = self.failure is None or failure.reason != self.failure.reason
        if changed:  # it was so from the beginning of the attempt on, as far as can be told
            self.since = self.attempt.began
        self.failure = failure
        return changed

    def keep_end(self, error: BaseException) -> None:
        """Keep what the *error* by which the watcher gave up leaves to say of its target."""
        if isinstance(error, NeverReady):
            self.keep(NotReady(error.reason, error.detail, error.hint))
        elif isinstance(error, UntilupError):
            self.keep(NotReady(error.reason, str(error)))
        else:
            self.keep(NotReady("failed", "a bug in untilup"))

    def _note(self, failure: NotReady) -> None:
        changed = self.keep(failure)
        if changed or self._settings.verbose:
            self._tell(
                AttemptFailed(
                    *(self.target, self.looks, self.attempt.took, failure),
                    changed=changed,
                    output=self.attempt.output,
                )
            )
