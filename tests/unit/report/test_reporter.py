"""The words of the report (docs/design.md, Output)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import json_log
from tests.unit.report.conftest import NOW, MakeStatus
from untilup.errors import NotReady
from untilup.options import Settings
from untilup.outcomes import TimedOut
from untilup.report.messages import seconds, short_detail, state_name
from untilup.report.reporter import Reporter
from untilup.targets.target import Target

REFUSED = NotReady("refused", "connection refused: nothing listens", "Start it.")


def reporter(*targets: Target, started: float = NOW, **values: object) -> tuple[Reporter, Settings]:
    """Return a Reporter that follows Settings of these *values* and *targets*, and the Settings."""
    settings = Settings(**values)
    settings.targets = list(targets)
    report = Reporter(started)
    report.configure(settings)
    return report, settings


def lines_of(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that were written, without the time."""
    return [line.partition("untilup: ")[2] or line for line in capfd.readouterr().err.splitlines()]


def read_line(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one JSON line that was written."""
    (line,) = json_log.read(capfd.readouterr().err)
    return line


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "waiting for tcp://db:1, tcp://cache:1 (timeout 60s)"),
        ({"any": True}, "waiting for one of tcp://db:1, tcp://cache:1 (timeout 60s)"),
        ({"down": True}, "waiting for tcp://db:1, tcp://cache:1 to be down (timeout 60s)"),
        ({"timeout": 0.0}, "waiting for tcp://db:1, tcp://cache:1 (no timeout)"),
    ],
    ids=str,
)
def test_the_first_line(
    capfd: pytest.CaptureFixture[str], asked: dict[str, Any], told: str
) -> None:
    """The first line names the targets and the timeout."""
    report, settings = reporter(Target("tcp", "db", 1), Target("tcp", "cache", 1), **asked)
    report.waiting_for(settings)
    assert lines_of(capfd) == [told]


def test_many_targets_do_not_flood_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """A line names ten targets at most, and how many more there are."""
    report, settings = reporter(*(Target("tcp", f"db{number}", 1) for number in range(12)))
    report.waiting_for(settings)
    (told,) = lines_of(capfd)
    assert "tcp://db9:1 and 2 more (timeout 60s)" in told
    assert "db10" not in told


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
def test_the_last_line_without_a_command(
    capfd: pytest.CaptureFixture[str], asked: dict[str, bool], told: str
) -> None:
    """Without a command the last line is the result."""
    report, settings = reporter(Target("tcp", "db", 1), Target("tcp", "cache", 1), **asked)
    report.waited(settings)
    assert lines_of(capfd) == [told]


def test_the_last_line_where_some_are_optional(capfd: pytest.CaptureFixture[str]) -> None:
    """A target that was skipped is not reported as up."""
    optional = Target("tcp", "cache", 1, options={"optional": True})
    for targets, told in (
        ([Target("tcp", "db", 1), optional], "all required targets are up"),
        ([optional], "all targets are optional, and none is waited for any longer"),
    ):
        report, settings = reporter(*targets)
        report.waited(settings)
        assert lines_of(capfd) == [told]


@pytest.mark.parametrize(
    ("waited", "told"),
    [
        (0.9, []),
        (1.0, ["waited 1.0s"]),
        (300, ["waited 5m"]),
    ],
)
def test_a_long_wait_is_reported_before_the_command(
    capfd: pytest.CaptureFixture[str], waited: float, told: list[str]
) -> None:
    """After a wait of a second or more, a line before the command has the total."""
    report, settings = reporter(Target("tcp", "db", 1), started=NOW - waited)
    settings.command = ["gunicorn"]
    report.waited(settings)
    assert lines_of(capfd) == told


def test_continuing_without_an_optional_target(
    status: MakeStatus, capfd: pytest.CaptureFixture[str]
) -> None:
    """A target that is skipped is reported with the reason, in short; JSON has all of it."""
    late = status("db", REFUSED, optional=True)
    reporter()[0].skipped(late)
    assert lines_of(capfd) == [
        "tcp://db:5432 is not up; continuing without it (optional): connection refused"
    ]
    reporter(log_format="json")[0].skipped(late)
    line = read_line(capfd)
    assert (line["event"], line["state"], line["reason"]) == ("skipped", "down", "refused")
    assert (line["detail"], line["hint"]) == (REFUSED.detail, REFUSED.hint)


def test_continuing_without_a_target_that_had_its_own_timeout(
    status: MakeStatus, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --any a target can be skipped because of its own timeout."""
    reporter(any=True)[0].skipped(status("db", REFUSED, timeout=10.0))
    (told,) = lines_of(capfd)
    assert told.endswith("is not up; continuing without it (timeout=10s): connection refused")


def test_continuing_without_a_target_that_has_failed(
    status: MakeStatus, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --any, and for an optional target, the wait continues if a target can never be up."""
    reporter(any=True, log_format="json")[0].gave_up(status("db", REFUSED))
    line = read_line(capfd)
    assert line["message"].startswith(
        "tcp://db:5432 can never be up; continuing without it (--any)"
    )
    assert (line["event"], line["state"]) == ("skipped", "failed")


@pytest.mark.parametrize(("age", "state"), [(0.0, "unknown"), (5.0, "down")])
def test_a_first_attempt_that_has_not_ended(
    status: MakeStatus, capfd: pytest.CaptureFixture[str], age: float, state: str
) -> None:
    """The state of an optional target whose first attempt has only just begun is unknown."""
    report, _ = reporter(log_format="json")
    report.skipped(status("db", phase="connecting", age=age, optional=True))
    line = read_line(capfd)
    assert line["state"] == state
    begins = "its first attempt has not ended (conn" if age == 0 else "no answer in 5s: "
    assert line["detail"].startswith(begins)


SHORT = [
    ("connection refused: nothing listens", "connection refused"),
    ("connection refused (the host is up)", "connection refused"),
    ("HTTP 404 Not Found; expected 200-399", "HTTP 404 Not Found; expected 200-399"),
    ("accepted, then closed: no backend", "accepted, then closed"),
    ("resolving: no answer for 3.0s", "resolving: no answer for 3.0s"),
    ("10.0.0.1, 10.0.0.2: connection refused", "10.0.0.1, 10.0.0.2: connection refused"),
    ("::1: connection refused", "::1: connection refused"),
    ("db: connection refused", "db: connection refused"),
]


@pytest.mark.parametrize(("detail", "short"), SHORT, ids=[it for it, _ in SHORT])
def test_a_detail_in_short(status: MakeStatus, detail: str, short: str) -> None:
    """In short, a detail has no explanation; that of several addresses is not cut."""
    assert short_detail(NotReady("failed", detail), status("db")) == short


@pytest.mark.parametrize(
    ("duration", "written"),
    [(0.0204, "20ms"), (0.1, "0.1s"), (60.02, "60.0s"), (119.9, "119.9s"), (3_723.4, "1h2m3s")],
)
def test_how_a_duration_is_written(duration: float, written: str) -> None:
    """A measured time has three digits at most before its unit."""
    assert seconds(duration) == written


@pytest.mark.parametrize(
    ("reason", "wanted", "state"),
    [
        ("refused", "up", "down"),
        ("up", "down", "up"),
        ("name-unknown", "down", "unknown"),
        ("not-attempted", "up", "unknown"),
    ],
)
def test_the_state_for_machines(reason: str, wanted: str, state: str) -> None:
    """The state after a failed attempt is never the wanted one, and says no more than was seen."""
    assert state_name(NotReady(reason, "in words"), wanted) == state


def test_no_strict_says_that_it_continues(
    status: MakeStatus, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --no-strict the summary ends with what happens next, and quiet means no line."""
    error = TimedOut([status("db", REFUSED)])
    reporter(Target("tcp", "db", 1))[0].continuing(error)
    told = lines_of(capfd)
    assert told[0].endswith("; 1 of 1 targets not up")
    assert told[-1] == "continuing anyway (--no-strict)"
    reporter(Target("tcp", "db", 1), quiet=True)[0].continuing(error)
    assert lines_of(capfd) == []
    reporter(Target("tcp", "db", 1), log_format="json")[0].continuing(error)
    lines = json_log.read(capfd.readouterr().err)
    assert [line["event"] for line in lines] == ["timed-out", "failed", "continuing"]
    assert {line["level"] for line in lines} == {"warning"}


def test_splay_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    """Before the delay of --splay a line has how long it is, and its limit."""
    report, settings = reporter(splay=1.0)
    report.splaying(settings, 0.973)
    assert lines_of(capfd) == ["waiting a further 973ms (--splay 1s)"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_bug_is_reported_with_its_traceback(
    capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    """A bug shows its traceback, so that it can be reported, in JSON too."""
    report, _ = reporter(log_format=log_format)
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        report.bug(error)
    told = capfd.readouterr().err
    if log_format == "json":
        (line,) = json_log.read(told)
        assert line["event"] == "error"
        told = f"{line['message']}\n{line['detail']}"
    assert "a bug in untilup" in told
    assert "Traceback" in told
    assert "ZeroDivisionError" in told
