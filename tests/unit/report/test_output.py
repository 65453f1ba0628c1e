"""Text on a terminal, in files and in pipes (docs/design.md, Output)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.report import stderr
from untilup.report.messages import Message
from untilup.report.output import LAST_PATIENCE, MIN_COLUMNS, Output, fold

LINE = "  tcp://db:5432: connection refused: the address is up and nothing listens on the port"


def test_a_long_line_is_folded_at_the_width_of_the_terminal() -> None:
    """A folded line breaks at spaces, and goes on further to the right."""
    assert fold(LINE, 60).splitlines() == [
        "  tcp://db:5432: connection refused: the address is up and",
        "      nothing listens on the port",
    ]


@pytest.mark.parametrize("columns", [0, MIN_COLUMNS - 1, len(LINE)])
def test_a_line_that_fits_is_kept(columns: int) -> None:
    """A line is not folded without a terminal, on a tiny one, or if there is room for it."""
    assert fold(LINE, columns) == LINE


def test_a_command_to_copy_is_not_folded() -> None:
    """A shell would run a folded command as two."""
    command = f"  For more, run: untilup --once {'tcp://db:5432 ' * 9}"
    assert fold(command, 60) == command


@given(st.text(st.sampled_from("ab  \t")), st.integers(MIN_COLUMNS, 60))
def test_folding_loses_no_word(text: str, columns: int) -> None:
    """Folding changes only spaces, and a line is longer than the terminal only for one word."""
    folded = fold(text, columns)
    assert folded.split() == text.split()
    for line in folded.splitlines():
        assert len(line) <= columns or len(line.split()) <= 1


def written(output: Output, line: Message | str, capfd: pytest.CaptureFixture[str]) -> str:
    """Return what *output* writes of *line*."""
    output.write(line)
    return capfd.readouterr().err


def test_a_line_begins_with_the_time(now: float, capfd: pytest.CaptureFixture[str]) -> None:
    """A message has the seconds since the start; a line that belongs to it has none."""
    output = Output(now - 12.345)
    assert written(output, Message("start", "waiting"), capfd) == "12.35s untilup: waiting\n"
    assert written(output, "  hint: Start it.", capfd) == "  hint: Start it.\n"


def test_a_usage_error_has_no_time(now: float, capfd: pytest.CaptureFixture[str]) -> None:
    """Before any attempt there is no time to report."""
    line = written(Output(now - 1), Message("usage-error", "no targets"), capfd)
    assert line == "untilup: no targets\n"


def test_text_for_people_is_not_in_json(now: float, capfd: pytest.CaptureFixture[str]) -> None:
    """Lines without an event are text only."""
    output = Output(now)
    output.json = True
    assert written(output, "  hint: Start it.", capfd) == ""
    assert written(output, Message("start", "waiting"), capfd).startswith('{"schema": 1, ')


def test_quiet_writes_what_is_wanted(now: float, capfd: pytest.CaptureFixture[str]) -> None:
    """With --quiet only errors are written."""
    output = Output(now)
    output.quiet = True
    assert written(output, Message("start", "waiting"), capfd) == ""
    output.write(Message("error", "no memory"), wanted=True)
    assert capfd.readouterr().err == "0.00s untilup: no memory\n"


def test_quiet_json_has_errors_alone(now: float, capfd: pytest.CaptureFixture[str]) -> None:
    """With --quiet, a JSON line is an error; a text for people that belongs to it is whole."""
    output = Output(now)
    output.quiet = True
    lines = (Message("once", "1 up", level="error"), Message("up", "db is up", state="up"))
    output.write(*lines, wanted=True)
    assert capfd.readouterr().err.count("\n") == 2
    output.json = True
    output.write(*lines, wanted=True)
    (line,) = capfd.readouterr().err.splitlines()
    assert '"event": "once"' in line


def test_the_last_lines_wait_for_a_slow_reader(now: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary and the table wait for room, but not for long; all other lines are dropped at once."""
    written: list[float] = []
    monkeypatch.setattr(stderr, "write", lambda _, until: written.append(until))
    Output(now).write(Message("start", "waiting"))
    Output(now).write(Message("timed-out", "timed out"), is_last=True)
    assert written == [0.0, now + LAST_PATIENCE]


def test_a_traceback_is_not_folded(
    now: float, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that has lines already is written as it is, on a terminal too."""
    monkeypatch.setattr(stderr, "columns", lambda: MIN_COLUMNS)
    text = f"a bug:\n{'x ' * 40}"
    assert text in written(Output(now), Message("error", "a bug", text=text), capfd)
