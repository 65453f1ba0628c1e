"""Which events the main thread gets first, and how many can wait (docs/design.md, The command)."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

import pytest

from untilup.errors import NeverReady, NotReady
from untilup.events import MAX_UNREPORTED, AttemptFailed, GaveUp, Inbox, SignalReceived, TargetUp
from untilup.targets.attempt import Attempt
from untilup.targets.status import Progress
from untilup.targets.target import Target

DB, CACHE = Target("tcp", "db", 5432), Target("tcp", "cache", 6379)
TERM = SignalReceived(signal.SIGTERM)


def failed(target: Target, attempts: int, *, changed: bool = False) -> AttemptFailed:
    return AttemptFailed(target, progress_of(target, attempts), changed=changed)


def progress_of(target: Target, attempts: int) -> Progress:
    """Return the progress after so many *attempts*, of which the last was refused."""
    return Progress(Attempt(target, 1.0), attempts, NotReady("refused", "refused"))


def holding(*events: object) -> Inbox:
    inbox = Inbox()
    for event in events:
        inbox.put(event)
    return inbox


def taken(inbox: Inbox) -> Iterator[object]:
    while event := inbox.get(until=0.0):
        yield event


def test_a_signal_comes_first() -> None:
    """A signal is taken before all that has come before it."""
    up = TargetUp(CACHE, progress_of(CACHE, 1), late=False)
    inbox = holding(*(failed(DB, check_once) for check_once in range(1, 100)), up, TERM)
    assert inbox.get(until=0.0) is TERM
    assert inbox.get(until=0.0) is up


def test_a_signal_overtakes_what_is_being_taken() -> None:
    """A signal is taken before the rest of what the main thread has begun to take."""
    inbox = holding(*(failed(DB, check_once) for check_once in range(1, 100)))
    inbox.get(until=0.0)
    inbox.put(TERM)
    assert inbox.get(until=0.0) is TERM


def test_what_decides_comes_before_failed_attempts() -> None:
    """That a target is up, or never will be, is taken before the failed attempts of others."""
    attempts = [failed(DB, check_once) for check_once in range(1, 100)]
    up, over = (
        TargetUp(CACHE, progress_of(CACHE, 1), late=False),
        GaveUp(CACHE, NeverReady("never", "never")),
    )
    assert list(taken(holding(*attempts, up, over))) == [up, over, *attempts]


def test_a_target_s_attempts_come_before_its_end() -> None:
    """What its attempts have found is reported before the target is up, and not again after it."""
    attempts = [failed(DB, 1), failed(DB, 2)]
    other = failed(CACHE, 1)
    up = TargetUp(DB, progress_of(DB, 3), late=True)
    assert list(taken(holding(other, *attempts, up))) == [*attempts, up, other]


def test_attempts_keep_their_order() -> None:
    """Failed attempts are reported in the order in which they failed."""
    attempts = [failed(target, check_once) for check_once in range(1, 50) for target in (DB, CACHE)]
    assert list(taken(holding(*attempts))) == attempts


def test_what_waits_to_be_told_is_bounded() -> None:
    """If the main thread is behind, the latest attempt at each target is reported, and few before it."""
    attempts = [failed(DB, check_once) for check_once in range(10 * MAX_UNREPORTED)]
    others = [failed(CACHE, check_once) for check_once in range(10)]
    told = list(taken(holding(*attempts, *others)))
    assert told == [*attempts[: MAX_UNREPORTED - 1], attempts[-1], others[-1]]


def test_a_change_is_not_lost_with_the_attempt_that_found_it() -> None:
    """An attempt that takes the place of one with a new reason has a new reason, too."""
    attempts = [failed(DB, check_once) for check_once in range(MAX_UNREPORTED)]
    told = list(taken(holding(*attempts, failed(DB, 1000, changed=True), failed(DB, 1001))))
    assert isinstance(told[-1], AttemptFailed)
    assert (told[-1].progress.attempts, told[-1].changed) == (1001, True)


def test_nothing_is_nothing() -> None:
    """An empty inbox is waited for until the time that is given, and then holds nothing."""
    began = monotonic()
    assert Inbox().get(until=began + 0.05) is None
    assert monotonic() - began >= 0.05
    assert Inbox().decisive() is None


class TakenMeanwhile(deque[AttemptFailed]):
    """Attempts that the main thread takes while another thread is about to add one.

    That is as soon as the other has seen that there are some, or, if *late*, just before it appends.
    """

    def __init__(self, attempts: Iterable[AttemptFailed], *, late: bool) -> None:
        super().__init__(attempts)
        self.take: Callable[[], object] | None = None
        self._late = late

    def __bool__(self) -> bool:
        there = len(self) > 0
        if not self._late:
            self._let_the_main_thread_take()
        return there

    def append(self, attempt: AttemptFailed, /) -> None:
        self._let_the_main_thread_take()
        super().append(attempt)

    def _let_the_main_thread_take(self) -> None:
        take, self.take = self.take, None
        if take:
            take()


@pytest.mark.parametrize("late", [True, False])
def test_no_attempt_is_lost_where_the_main_thread_takes_others_meanwhile(late: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """The latest attempt is reported even if those before it are taken while it is put."""
    inbox, told = Inbox(), list[object]()
    before = TakenMeanwhile(
        (failed(DB, check_once) for check_once in range(MAX_UNREPORTED)), late=late
    )
    inbox._unreported[DB] = before
    for _ in range(MAX_UNREPORTED):
        inbox._arrived.append(before)
    before.take = lambda: told.extend(taken(inbox))
    latest = failed(DB, 1_000)
    inbox.put(latest)
    told.extend(taken(inbox))
    assert told[-1] is latest
    assert not before
