"""The words of the report (docs/design.md, Output)."""

from __future__ import annotations

import json

import pytest

from untilup.errors import CommandNotFound, NotReady, UntilupError, UsageError
from untilup.options import Settings
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.report.messages import state_name
from untilup.report.reporter import Reporter
from untilup.targets.attempt import Attempt
from untilup.targets.status import Progress, TargetStatus
from untilup.targets.target import Target

# The moment at which everything in this file happens, in seconds of the monotonic clock.
NOW = 1_000.0


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("report.messages", "report.reporter", "targets.attempt"):
        monkeypatch.setattr(f"untilup.{module}.monotonic", lambda: NOW)


def status(
    host: str, failure: NotReady | None = None, phase: str = "", age: float = 0.0, **options: object
) -> TargetStatus:
    """Return what is known of a target whose attempt is over, or in *phase* for *age* seconds."""
    target = Target("tcp", host, 5432, options=options)
    attempt = Attempt(target, 1.0)
    attempt.phase = (phase, NOW - age)
    attempt.is_over = not phase
    progress = Progress(attempt, 7)
    return TargetStatus(target, progress.with_failure(failure) if failure else progress)


def refused() -> NotReady:
    return NotReady("refused", "connection refused: nothing listens", "start it")


def lines_of(error: Exception, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return what is printed of a failure, without the time waited."""
    report = Reporter(NOW)
    report.follow(Settings())
    assert isinstance(error, UntilupError)
    report.failed(error)
    return [line.partition("untilup: ")[2] for line in capfd.readouterr().err.splitlines()]


def test_the_summary_names_every_target_and_its_reason(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """On a timeout every target that is not up is told with its last reason, and each hint once."""
    told = lines_of(TimedOut([status("db", refused()), status("cache", refused())]), capfd)
    assert told == [
        "timed out after 0.00s: 2 targets are not up",
        "tcp://db:5432: connection refused: nothing listens (7 attempts, refused for 0.0s)",
        "tcp://cache:5432: connection refused: nothing listens (7 attempts, refused for 0.0s)",
        "hint: start it",
    ]


def test_the_summary_names_the_phase_of_what_hangs(capfd: pytest.CaptureFixture[str]) -> None:
    """A target whose first look has not ended is told by what that look is doing."""
    told = lines_of(TimedOut([status("db", phase="resolving")]), capfd)
    expected = "tcp://db:5432: resolving: the DNS server has not answered for 0.0s (7 attempts)"
    assert told[1] == expected


def test_a_long_look_is_told_before_the_last_answer(capfd: pytest.CaptureFixture[str]) -> None:
    """A look that has hung for over a second says more than the answer before it."""
    hanging = status("db", refused(), "resolving", 5.0)
    assert "has not answered for 5.0s" in lines_of(TimedOut([hanging]), capfd)[1]


def test_an_answer_that_comes_too_late(capfd: pytest.CaptureFixture[str]) -> None:
    """A look that ended well when the time was over already is told as what it is."""
    told = lines_of(TimedOut([status("db")]), capfd)
    assert told[1] == "tcp://db:5432: its answer came too late to count (7 attempts)"


def test_a_target_with_a_time_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    """Who reads that it was not up in 10 s, where all had 60 s, is told whose time that was."""
    mine = status("db", refused(), timeout=10.0)
    told = lines_of(TimedOut([mine, status("cache", refused())]), capfd)
    assert told[1].endswith("(7 attempts, refused for 0.0s, timeout=10s)")
    assert told[2].endswith("(7 attempts, refused for 0.0s)")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "all targets are up"),
        ({"any": True}, "one target is up"),
        ({"down": True}, "all targets are down"),
        ({"any": True, "down": True}, "one target is down"),
    ],
    ids=str,
)
def test_the_last_word_without_a_command(
    capfd: pytest.CaptureFixture[str], asked: dict[str, bool], told: str
) -> None:
    """Without a command the last word is what has come to be."""
    settings = Settings(**asked)
    settings.targets = [Target("tcp", "db", 1), Target("tcp", "cache", 1)]
    report = Reporter(NOW)
    report.follow(settings)
    report.all_up(settings)
    assert capfd.readouterr().err.endswith(f"untilup: {told}\n")


def test_the_last_word_where_some_are_optional(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is said to be up that was gone on without."""
    settings = Settings()
    optional = Target("tcp", "cache", 1, options={"optional": True})
    for settings.targets, told in (
        ([Target("tcp", "db", 1), optional], "all required targets are up"),
        ([optional], "all targets are optional, and none is waited for any longer"),
    ):
        Reporter(NOW).all_up(settings)
        assert capfd.readouterr().err.endswith(f"untilup: {told}\n")


def test_a_first_look_that_is_not_over(capfd: pytest.CaptureFixture[str]) -> None:
    """Of an optional target that nobody has had the time to look at, nothing is said to be known."""
    report = Reporter(NOW)
    settings = Settings(log_format="json")
    settings.targets = []
    report.follow(settings)
    new = status("db", phase="connecting", optional=True)
    report.without(new)
    line = json.loads(capfd.readouterr().err)
    assert line["state"] == "unknown"
    assert line["detail"] == "its first attempt is not over (connecting)"
    new = status("db", phase="connecting", age=5.0, optional=True)
    report.without(new)
    line = json.loads(capfd.readouterr().err)
    assert line["state"] == "down"
    assert line["detail"].startswith("no answer in 5.0s: ")


@pytest.mark.parametrize(
    ("reason", "wanted", "state"),
    [("refused", "up", "down"), ("up", "down", "up"), ("name-unknown", "down", "unknown")],
)
def test_the_state_for_machines(reason: str, wanted: str, state: str) -> None:
    """A failed look's state is never the one that is waited for, and says no more than was seen."""
    assert state_name(NotReady(reason, "in words"), wanted) == state


def test_a_signal_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """A wait that a signal has ended says which, and what was not up."""
    told = lines_of(Interrupted(15, [status("db", refused())]), capfd)
    assert told[0] == "ended by SIGTERM: 1 target is not up"
    assert told[1].startswith("tcp://db:5432: connection refused")


@pytest.mark.parametrize(("count", "more"), [(100, None), (101, 1), (2_000, 1_900)])
def test_a_signal_does_not_wait_for_thousands_of_lines(
    capfd: pytest.CaptureFixture[str], count: int, more: int | None
) -> None:
    """The summary after a signal has a hundred targets, and how many more there are; after a timeout, all."""
    pending = [status(f"db{number}", refused()) for number in range(count)]
    told = lines_of(Interrupted(15, pending), capfd)
    assert sum("connection refused" in line for line in told) == min(count, 100)
    assert [line for line in told if line.startswith("and ")] == [f"and {more} more"] * bool(more)
    assert sum("connection refused" in line for line in lines_of(TimedOut(pending), capfd)) == count


def test_when_all_have_given_up_each_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """Where no target is left to wait for, the summary names all of them, and why."""
    told = lines_of(AllTargetsFailed([status("db", refused()), status("cache", refused())]), capfd)
    assert told[0] == "no target is left that could be up"
    assert [line.partition(":5432: ")[0] for line in told[1:3]] == ["tcp://db", "tcp://cache"]
    assert told[3:] == ["hint: start it"]


def test_other_errors_are_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    """What has nothing to do with a target is told in one line."""
    assert lines_of(CommandNotFound("gunicorn: command not found"), capfd) == [
        "gunicorn: command not found"
    ]
    assert lines_of(UsageError("no target"), capfd) == ["no target"]


def test_many_targets_do_not_flood_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """A line names ten targets at most, and how many more there are."""
    settings = Settings()
    settings.targets = [Target("tcp", f"db{number}", 1) for number in range(12)]
    Reporter(NOW).waiting_for(settings)
    told = capfd.readouterr().err
    assert "tcp://db9:1 and 2 more, at most 60s" in told
    assert "db10" not in told


def test_a_bug_is_told_with_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    """A bug shows its traceback, so that it can be reported."""
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        Reporter(NOW).bug(error)
    told = capfd.readouterr().err
    assert "a bug in untilup" in told
    assert "Traceback" in told
    assert "ZeroDivisionError" in told


def test_a_reason_of_before_is_told_as_such(capfd: pytest.CaptureFixture[str]) -> None:
    """While an attempt lasts, the reason of the one before is not said to hold until now."""
    lasting = status("db", refused(), "resolving", 3.0)
    told = lines_of(TimedOut([lasting]), capfd)
    assert told[1].startswith("tcp://db:5432: resolving: ")
    assert told[1].endswith(" (7 attempts, refused before)")
