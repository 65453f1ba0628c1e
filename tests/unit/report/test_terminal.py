"""When there is a live display, and when there is color (docs/display.md)."""

from __future__ import annotations

import pytest

from untilup.options import Settings
from untilup.report import terminal

XTERM = {"TERM": "xterm"}


@pytest.fixture(params=[True, False], ids=["terminal", "pipe"])
def is_terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Have a terminal as stderr, or none."""
    monkeypatch.setattr(terminal, "is_terminal", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize(
    ("asked", "environ", "on_a_terminal"),
    [
        ({}, XTERM, True),
        ({}, {}, False),
        ({}, {"TERM": "dumb"}, False),
        ({}, {**XTERM, "CI": "true"}, False),
        ({}, {**XTERM, "CI": ""}, True),
        ({"quiet": True}, XTERM, False),
        ({"verbose": True}, XTERM, False),
        ({"log_format": "json"}, XTERM, False),
        ({"progress": "plain"}, XTERM, False),
        ({"progress": "live"}, {**XTERM, "CI": "true"}, True),
        ({"progress": "live", "quiet": True}, XTERM, True),
        ({"progress": "live", "verbose": True}, XTERM, True),
        ({"progress": "live", "log_format": "json"}, XTERM, True),
        ({"progress": "live"}, {"TERM": "dumb"}, False),
    ],
    ids=str,
)
def test_a_live_display_is_for_people_at_a_terminal(
    asked: dict[str, object], environ: dict[str, str], *, on_a_terminal: bool, is_terminal: bool
) -> None:
    """Only a terminal that can move its cursor has a display, and --progress decides otherwise."""
    shown = terminal.shows_progress(Settings(**asked), environ)
    assert shown == (on_a_terminal and is_terminal)


@pytest.mark.parametrize(
    ("color", "environ", "on_a_terminal", "elsewhere"),
    [
        ("auto", XTERM, True, False),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {**XTERM, "NO_COLOR": "1"}, False, False),
        ("auto", {**XTERM, "NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {**XTERM, "FORCE_COLOR": "1"}, False, False),
    ],
    ids=str,
)
def test_color_is_for_terminals(
    color: str, environ: dict[str, str], *, on_a_terminal: bool, elsewhere: bool, is_terminal: bool
) -> None:
    """Text on a terminal is colored, unless NO_COLOR, FORCE_COLOR or, first of all, --color decide."""
    expected = on_a_terminal if is_terminal else elsewhere
    assert terminal.shows_color(Settings(color=color), environ) == expected
