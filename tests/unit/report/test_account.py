"""Where the time of a wait went (docs/logging.md, The account)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.report.conftest import NOW, MakeStatus
from untilup.errors import NeverReady, NotReady
from untilup.report import account
from untilup.report.account import Entry
from untilup.targets.attempt import Attempt
from untilup.targets.status import ABANDONED, UP, Progress, TargetStatus
from untilup.targets.target import Target

if TYPE_CHECKING:
    from untilup.targets.status import Phases

UNKNOWN, REFUSED = NotReady("name-unknown", "name not found"), NotReady("refused", "refused")
STARTED = NOW - 30.0


def told(status: TargetStatus, wanted: str = "up") -> str:
    """Return the entry of *status* in words, 30 s after the start."""
    return str(account.entry(status, wanted, STARTED))


def test_each_reason_has_its_time(status: MakeStatus) -> None:
    """A target that is up has the time that it took, and how long each reason lasted."""
    late = status("db", REFUSED, before=UNKNOWN)
    late.end(UP)
    assert told(late) == "tcp://db:5432 30.0s (name not found 10.0s, refused 10.0s)"


def test_one_reason_for_the_whole_time_has_no_time_of_its_own() -> None:
    """The time of a reason that was the only one is that of the target."""
    assert str(Entry("db", "up", "up", 3.0, (("not-serving", 2.99),))) == "db 3.0s (starting)"
    assert str(Entry("db", "up", "up", 3.0, (("refused", 1.0),))) == "db 3.0s (refused 1.0s)"
    assert str(Entry("db", "up", "up", 3.0, ())) == "db 3.0s"


def test_what_lasted_for_a_moment_is_left_out() -> None:
    """A reason that lasted for less than 0.1 s is left out, unless there is no other."""
    phases: Phases = (("closed", 0.01), ("refused", 2.0), ("not-stable", 0.02))
    assert str(Entry("db", "up", "up", 3.0, phases)) == "db 3.0s (refused 2.0s)"
    assert account.phases_in_words(phases[::2]) == "not stable 20ms"


@pytest.mark.parametrize(
    ("state", "end"),
    [(ABANDONED, "refused 10.0s; not up)"), ("", "refused 10.0s; not up)")],
)
def test_a_target_that_is_not_up_is_named_as_such(status: MakeStatus, state: str, end: str) -> None:
    """The account tells which targets were not up at the end."""
    late = status("db", REFUSED, before=UNKNOWN)
    if state:
        late.end(state)
    assert told(late).endswith(end)


def test_a_target_that_has_failed(status: MakeStatus) -> None:
    """A target that can never be up has this as its state."""
    failed = status("db", REFUSED)
    failed.give_up(NeverReady("unauthorized", "HTTP 401"))
    assert account.entry(failed, "up", STARTED).as_json() == {
        "target": "tcp://db:5432",
        "state": "failed",
        "took_s": 30.0,
        "phases": [
            {"reason": "refused", "took_s": 0.0},
            {"reason": "unauthorized", "took_s": 20.0},
        ],
    }


def test_down_is_told_as_what_is_waited_for(status: MakeStatus) -> None:
    """With --down, the reason is that the target was still up."""
    late = status("db", NotReady("up", "it is still up"))
    late.end(UP)
    assert told(late, "down") == "tcp://db:5432 30.0s (up 20.0s)"


def test_the_longest_come_first_and_many_are_counted(status: MakeStatus) -> None:
    """The account names the ten targets that took longest, longest first, and counts the others."""
    statuses = [status(f"db{number}", REFUSED) for number in range(12)]
    for number, each in enumerate(statuses):
        each.end(UP)
        each.ended = STARTED + number
    found = account.entries(statuses, "up", STARTED)
    assert [entry.target for entry in found] == [f"tcp://db{at}:5432" for at in range(11, 1, -1)]
    assert account.in_words(found, 12).endswith(" and 2 more")


def test_a_reason_that_comes_back_adds_to_its_time() -> None:
    """However often reasons alternate, there is one time for each of them."""
    attempt = Attempt(Target("tcp", "db", 1), 1.0)
    progress = Progress(attempt)
    for second in range(1_000):
        attempt.began = STARTED + second
        progress = progress.with_failure((UNKNOWN, REFUSED)[second % 2])
    assert progress.phases(STARTED + 1_000) == (("name-unknown", 500.0), ("refused", 500.0))
