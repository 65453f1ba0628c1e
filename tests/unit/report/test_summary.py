"""The summary of a failure (docs/design.md, Output)."""

from __future__ import annotations

import pytest

from tests.unit.report.conftest import MakeStatus
from untilup.errors import (
    CommandNotFound,
    NeverReady,
    NotReady,
    UntilupError,
    UsageError,
)
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.report.messages import Message
from untilup.report.output import as_text
from untilup.report.summary import Summary
from untilup.targets.target import Target


def argument(target: Target) -> str:
    """Return the printed name, unless there are options."""
    return "" if target.options else str(target)


def refused(hint: str = "Start it.") -> NotReady:
    return NotReady("refused", "connection refused: nothing listens", hint)


def texts(error: UntilupError, count: int = 9, **options: object) -> list[str]:
    """Return what people read about *error*, 60 s after the start."""
    wanted = str(options.pop("wanted", "up"))
    summary = Summary(60.0, wanted, count, argument, **options)  # type: ignore[arg-type]
    return [as_text(line) for line in summary.lines(error)]


def messages(error: UntilupError) -> list[Message]:
    """Return what machines read about *error*."""
    return [
        line for line in Summary(60.0, "up", 9, argument).lines(error) if isinstance(line, Message)
    ]


def test_one_target(status: MakeStatus) -> None:
    """A timeout names the target, what was observed and how often, the hint, and the next step."""
    assert texts(TimedOut([status("db", refused())]), 1) == [
        "timed out after 60.0s; 1 of 1 targets not up",
        "  tcp://db:5432: connection refused: nothing listens (refused, 7 attempts, 20.0s)",
        "    hint: Start it.",
        "  For more, run: untilup --once tcp://db:5432",
    ]


def test_each_hint_follows_its_targets(status: MakeStatus) -> None:
    """Targets that share a hint are together, and the hint is there once, after them."""
    pending = [
        status("one", refused()),
        status("two", NotReady("status", "HTTP 500", "Read the log.")),
        status("three", refused()),
        status("four", NotReady("failed", "it is odd")),
    ]
    assert texts(TimedOut(pending))[1:-1] == [
        "  tcp://one:5432: connection refused: nothing listens (refused, 7 attempts, 20.0s)",
        "  tcp://three:5432: connection refused: nothing listens (refused, 7 attempts, 20.0s)",
        "    hint for these 2: Start it.",
        "  tcp://two:5432: HTTP 500 (status, 7 attempts, 20.0s)",
        "    hint: Read the log.",
        "  tcp://four:5432: it is odd (failed, 7 attempts, 20.0s)",
    ]


def test_machines_have_the_hint_with_each_target(status: MakeStatus) -> None:
    """In JSON a hint is a key of each target that it belongs to; the head has the next step."""
    head, *targets = messages(TimedOut([status("db", refused()), status("cache", refused())]))
    assert (head.event, head.target) == ("timed-out", None)
    assert head.hint == "For more, run: untilup --once tcp://db:5432 tcp://cache:5432"
    assert [(line.event, line.target, line.hint) for line in targets] == [
        ("failed", "tcp://db:5432", "Start it."),
        ("failed", "tcp://cache:5432", "Start it."),
    ]
    assert targets[0].message == (
        "tcp://db:5432 is not up: connection refused: nothing listens (refused, 7 attempts, 20.0s)"
    )


HISTORIES: list[tuple[dict[str, object], str]] = [
    ({}, "connection refused: nothing listens (refused, 7 attempts, 20.0s)"),
    (
        {"before": NotReady("name-unknown", "?")},
        "connection refused: nothing listens (refused for 10.0s, 7 attempts; before: name not found 10.0s)",
    ),
    (
        {"phase": "resolving", "age": 5.0},
        "resolving: the DNS server has not answered for 5s (resolver-unavailable, 7 attempts, refused before)",
    ),
    (
        {"timeout": 10.0},
        "connection refused: nothing listens (refused, 7 attempts, 20.0s, timeout=10s)",
    ),
]


@pytest.mark.parametrize(("known", "told"), HISTORIES, ids=[str(it) for it, _ in HISTORIES])
def test_the_times_on_a_line_agree(status: MakeStatus, known: dict[str, object], told: str) -> None:
    """The time is that of all attempts, or, if the reason has changed, that of the reason."""
    assert told in texts(TimedOut([status("db", refused(), **known)]))[1]


def test_a_first_attempt_that_hangs(status: MakeStatus) -> None:
    """A target whose first attempt has not ended is reported with what that attempt is doing."""
    told = texts(TimedOut([status("db", phase="resolving", age=3.0)]))[1]
    assert told.endswith(
        "resolving: the DNS server has not answered for 3s (resolver-unavailable, 7 attempts)"
    )


def test_an_answer_that_comes_too_late(status: MakeStatus) -> None:
    """An attempt that ended well after the deadline is reported as too late."""
    told = texts(TimedOut([status("db")]))[1]
    assert told == "  tcp://db:5432: its answer came too late to count (too-late, 7 attempts)"


def test_an_optional_target_is_named_as_such(status: MakeStatus) -> None:
    """The summary tells which targets are optional."""
    told = texts(TimedOut([status("db", refused(), optional=True)]))[1]
    assert told.startswith("  tcp://db:5432 (optional): connection refused")


def test_a_signal_is_named(status: MakeStatus) -> None:
    """A wait that a signal has ended says which, and what was not up; no next step is needed."""
    assert texts(Interrupted(15, [status("db", refused())]), 3) == [
        "ended by SIGTERM after 60.0s; 1 of 3 targets not up",
        "  tcp://db:5432: connection refused: nothing listens (refused, 7 attempts, 20.0s)",
        "    hint: Start it.",
    ]
    assert texts(Interrupted(15, [])) == ["ended by SIGTERM after 60.0s"]


@pytest.mark.parametrize(("count", "more"), [(100, None), (101, 1), (2_000, 1_900)])
def test_a_signal_does_not_wait_for_thousands_of_lines(
    status: MakeStatus, count: int, more: int | None
) -> None:
    """After a signal a hundred targets are reported, and how many more there are; after a timeout, all."""
    pending = [status(f"db{number}", refused()) for number in range(count)]
    told = texts(Interrupted(15, pending))
    assert sum("connection refused" in line for line in told) == min(count, 100)
    assert [line for line in told if "more" in line] == [f"  and {more} more"] * bool(more)
    assert sum("connection refused" in line for line in texts(TimedOut(pending))) == count


def test_fewer_targets_leave_room_for_hints(status: MakeStatus) -> None:
    """The termination log has the first targets, how many more there are, and the hint."""
    told = texts(TimedOut([status(f"db{number}", refused()) for number in range(200)]), most=20)
    assert len(told) == 24
    assert told[21:] == [
        "    hint for these 20: Start it.",
        "  and 180 more",
        "  For more, run: untilup --once TARGET...",
    ]


def test_when_all_have_failed_each_is_reported(status: MakeStatus) -> None:
    """If no target is left that could be up, the summary names all of them, and why."""
    error = AllTargetsFailed([status("db", refused()), status("cache", refused())])
    assert texts(error)[0] == "no target is left that could be up"
    head, *targets = messages(error)
    assert (head.event, head.reason) == ("error", "never-ready")
    assert {(line.event, line.state) for line in targets} == {("failed", "failed")}


def test_a_target_that_can_never_be_up() -> None:
    """A target that ends the wait is reported in one line, with its hint after it."""
    error = NeverReady("unauthorized", "it wants a password", "Give one.")
    error.target_name = "http://api:80/"
    assert texts(error) == [
        "http://api:80/ can never be up: it wants a password",
        "    hint: Give one.",
    ]
    (line,) = messages(error)
    assert (line.event, line.target, line.state) == ("failed", "http://api:80/", "failed")
    assert (line.detail, line.hint) == ("it wants a password", "Give one.")


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (CommandNotFound("gunicorn: command not found"), "error"),
        (UsageError("no target"), "usage-error"),
    ],
)
def test_other_errors_are_one_line(error: UntilupError, event: str) -> None:
    """An error that is not about a target is one line, without a target."""
    (line,) = messages(error)
    assert (line.event, line.message, line.reason) == (event, str(error), error.reason)
    assert line.target is None


def test_down_is_named_where_it_is_wanted(status: MakeStatus) -> None:
    """With --down the summary and its next step say so."""
    told = texts(TimedOut([status("db", refused())]), wanted="down")
    assert told[0].endswith("1 of 9 targets not down")
    assert told[-1] == "  For more, run: untilup --once --down tcp://db:5432"


def test_there_is_no_next_step_for_targets_that_cannot_be_named(status: MakeStatus) -> None:
    """If no target can be named, there is no next step; otherwise it counts those that cannot be."""
    hidden = status("db", refused(), status="204")
    assert not any("untilup --once" in line for line in texts(TimedOut([hidden])))
    told = "with a user, a query or options left out), run: untilup --once tcp://cache:5432"
    for count, named in ((1, "1 target"), (2, "2 targets")):
        some = texts(TimedOut([*[hidden] * count, status("cache", refused())]))
        assert some[-1] == f"  For more ({named} {told}"


def test_the_level_of_a_summary_that_is_no_failure(status: MakeStatus) -> None:
    """With --no-strict the summary of a timeout is a warning."""
    lines = Summary(1.0, "up", 1, argument, level="warning").lines(
        TimedOut([status("db", refused())])
    )
    assert {line.level for line in lines if isinstance(line, Message)} == {"warning"}
