"""The frames of the live display (docs/display.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from untilup.report import frames
from untilup.report.account import Entry
from untilup.report.picture import Picture, Row

if TYPE_CHECKING:
    from untilup.targets.status import Phases


@pytest.fixture(autouse=True)
def _ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a locale without other characters."""
    monkeypatch.setenv("LC_ALL", "C")


SGR = re.compile(r"\x1b\[[0-9;]*m")
REFUSED = "connection refused: the address is up and nothing listens on the port"


def row(  # noqa: PLR0913 - a column each
    target: str = "postgres://db:5432",
    state: str = "down",
    took: float = 12.0,
    phases: Phases = (("name-unknown", 3.0), ("refused", 9.0)),
    reason: str = REFUSED,
    *,
    is_attempting: bool = True,
) -> Row:
    """Return a row of a wait for targets to be up."""
    return Row(Entry(target, state, "up", took, phases), reason, is_attempting=is_attempting)


ROWS = [
    row(),
    row("redis://cache:6379", "up", 3.0, (("refused", 3.0),), "", is_attempting=False),
    row("tcp://mq:5672", "unknown", 12.0, (), "connecting"),
]


def drawn(columns: int, *rows: Row, color: bool = False, **more: int) -> list[str]:
    """Return the lines of a frame, 12 s after the start."""
    return frames.lines(Picture(rows or ROWS, more, 12.0, columns, 1), color=color)


def test_a_line_for_each_target() -> None:
    """A line has a spinner, the state, the name, the time, a bar of the states, and the reason."""
    assert drawn(100) == [
        "/ down    postgres://db:5432  12.0s  nnnnnnrrrrrrrrrrrrrrrrrr  connection refused: the address i...",
        "  up      redis://cache:6379   3.0s  rrrrrruuuuuuuuuuuuuuuuuu",
        "/ unknown tcp://mq:5672       12.0s  ........................  connecting",
    ]


def test_a_narrow_terminal_has_less() -> None:
    """Below 65 columns there is no bar, and below 41 no reason; the state stays."""
    assert drawn(60)[0] == "/ down    postgres://db:5432  12.0s  connection refused:..."
    assert drawn(40)[0] == "/ down postgres://db:5432  12.0s"
    assert drawn(20)[0] == "/ down po...  12.0s"


@pytest.mark.parametrize("columns", [*range(20, 81, 5), 120, 200])
def test_no_line_is_as_wide_as_the_terminal(columns: int) -> None:
    """A line leaves the last column free, in color too, and with characters that are two cells wide."""
    wide = row("file:///" + "\u4f8b" * 100, reason="\u4f8b" * 100)
    for color in (False, True):
        for line in drawn(columns, *ROWS, wide, color=color, down=180):
            assert cell_len(SGR.sub("", line)) < columns


def test_color_adds_nothing_but_color() -> None:
    """What color says, words and letters say as well: without color the text is the same."""
    plain = drawn(100)
    colored = drawn(100, color=True)
    assert [SGR.sub("", line).rstrip() for line in colored] == plain
    assert all("\x1b[" in line for line in colored)
    assert not any("\x1b" in line for line in plain)


def test_targets_without_a_line_are_counted() -> None:
    """The last line counts the targets that have no line, by their state."""
    more = {"not up": 3, "up": 180}
    (_, last) = frames.lines(Picture([row()], more, 12.0, 80, 1), color=False)
    assert last == "  and 183 more (3 not up, 180 up)"


def test_a_bar_is_as_long_as_the_wait() -> None:
    """All bars have the same scale, whatever rounding does to their parts."""
    for width in range(1, 30):
        phases: Phases = tuple((reason, 12 / 7) for reason in ("a", "b", "c", "d", "e", "f", "g"))
        bar = frames._bar(row(phases=phases), 12.0, width)
        assert sum(segment.cell_length for segment in bar) == width


@pytest.mark.parametrize(
    ("variables", "pictures"),
    [
        ({"LANG": "C.UTF-8"}, 10),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, 4),
        ({"LC_CTYPE": "en_US.utf8", "LANG": "C"}, 10),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, 4),
        ({}, 4),
    ],
)
def test_the_spinner_is_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], pictures: int
) -> None:
    """The spinner is in ASCII unless the locale and the terminal have more characters."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    assert len(frames._spinner()) == pictures
