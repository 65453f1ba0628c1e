"""Color in the lines of the report (docs/display.md, Color)."""

from __future__ import annotations

import re

import pytest

from tests.unit.report.conftest import MakeStatus
from untilup.errors import NotReady
from untilup.outcomes import TimedOut
from untilup.report import color, table
from untilup.report.color import END, GREEN, RED, YELLOW, painted
from untilup.report.messages import Message
from untilup.report.output import fold
from untilup.report.summary import Summary

DETAIL = "connection refused: the address is up and nothing listens on the port"
NOT_UP = Message(
    "attempt-failed",
    f"tcp://db:5432 is not up: {DETAIL}",
    target="tcp://db:5432",
    state="down",
    reason="refused",
    detail=DETAIL,
)


def test_the_state_and_the_reason_are_in_color() -> None:
    """A failed attempt has its state and what was observed in yellow."""
    assert painted(NOT_UP, NOT_UP.text) == (
        f"tcp://db:5432 is {YELLOW}not up{END}: {YELLOW}connection refused{END}"
        ": the address is up and nothing listens on the port"
    )


@pytest.mark.parametrize(
    ("message", "colored"),
    [
        (Message("up", "tcp://db:1 is up after 3 attempts", state="up"), f"{GREEN}up{END}"),
        (Message("timed-out", "timed out after 60.0s"), f"{RED}timed out{END}"),
        (Message("interrupted", "ended by SIGTERM after 1s"), f"{RED}ended by{END}"),
        (
            Message(
                "failed", "http://a can never be up: HTTP 401", state="failed", detail="HTTP 401"
            ),
            f"{RED}never be up{END}: {RED}HTTP 401{END}",
        ),
    ],
    ids=lambda it: getattr(it, "event", ""),
)
def test_colors(message: Message, colored: str) -> None:
    """Green is up, yellow is not up yet, and red is an end."""
    assert colored in painted(message, message.text)


@pytest.mark.parametrize("columns", [40, 50, 60, 70])
def test_a_folded_line_has_the_same_colors(columns: int) -> None:
    """A phrase that is folded has its color on both lines, and color changes no character."""
    folded = fold(f"0.00s untilup: {NOT_UP.text}", columns)
    found = painted(NOT_UP, folded)
    assert re.sub(r"\x1b\[\d+m", "", found) == folded
    assert (found.count(YELLOW), found.count(END)) == (2, 2)


def test_reason_codes_of_the_summary_and_of_the_table(status: MakeStatus) -> None:
    """The reason code is colored where it stands, in the summary and in the table."""
    failed = status("db", NotReady("refused", DETAIL))
    _, line, *_ = Summary(60.0, "up", 1, str).lines(TimedOut([failed]))
    assert isinstance(line, Message)
    assert f"({YELLOW}refused{END}, 7 attempts" in painted(line, line.text)
    _, _, row, *_ = table.table([failed], "up", enough=False)
    assert isinstance(row, Message)
    assert f"  {YELLOW}refused{END}  " in painted(row, row.text)


def test_what_is_not_needed_is_no_error(status: MakeStatus) -> None:
    """If enough targets are up (--once --any), the table has warnings instead of errors."""
    failed = status("db", NotReady("refused", DETAIL))
    for enough, level in ((True, "warning"), (False, "error")):
        lines = table.table([failed], "up", enough=enough)
        assert [line.level for line in lines if isinstance(line, Message)][1:] == [level]


def test_a_line_without_a_state_stays_as_it_is() -> None:
    """The other lines have no color."""
    message = Message("exec", "running app")
    assert painted(message, message.text) == message.text
    assert color.painted(Message("once", "checked 1 target once"), "x") == "x"
