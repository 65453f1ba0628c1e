"""The report as JSON lines (docs/design.md, Output)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup import __version__
from untilup.report import json_lines
from untilup.report.messages import Message
from untilup.targets.target import Target

ANY_TEXT = st.text(st.characters(exclude_categories=()))
KEYS = ["time", "event", "target", "state", "reason", "detail", "elapsed_s", "attempts", "version"]


@pytest.fixture
def _far_from_greenwich() -> Iterator[None]:
    """Live 14 hours east, where a local time would show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "EAST-14")
        time.tzset()
        yield
    time.tzset()


def test_a_full_line() -> None:
    """A line has what was seen in words and numbers, and untilup's version."""
    line = Message(
        "change",
        "tcp://db:5432 is not up: connection refused",
        target=Target("tcp", "db", 5432),
        state="down",
        reason="refused",
        detail="connection refused",
        attempts=3,
    )
    said = json.loads(json_lines.encode(line, 1.23456))
    assert datetime.fromisoformat(said.pop("time")).tzinfo == UTC
    assert said == {
        "event": "change",
        "target": "tcp://db:5432",
        "state": "down",
        "reason": "refused",
        "detail": "connection refused",
        "elapsed_s": 1.235,
        "attempts": 3,
        "version": __version__,
    }


def test_what_is_not_said_is_null() -> None:
    """A line has the same keys every time: null where there is nothing to say."""
    said = json.loads(json_lines.encode(Message("handover", "done"), 0.0))
    assert list(said) == KEYS
    assert said["detail"] == "done"
    assert [key for key in KEYS if said[key] is None] == ["target", "state", "reason", "attempts"]


@pytest.mark.usefixtures("_far_from_greenwich")
@pytest.mark.parametrize(
    ("now", "written"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_709_164_799.999, "2024-02-28T23:59:59.999Z"),
        (1_709_251_199.9999, "2024-02-29T23:59:59.999Z"),
        (1_735_689_600.0074, "2025-01-01T00:00:00.007Z"),
    ],
)
def test_the_time_is_rfc_3339_in_utc(
    now: float, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is in UTC, to the millisecond, and has three digits for them."""
    with monkeypatch.context() as patch:
        patch.setattr("time.time", lambda: now)
        said = json.loads(json_lines.encode(Message("waiting", "waiting"), 0.0))
    assert said["time"] == written


@given(ANY_TEXT, ANY_TEXT, st.floats(0, 1e8))
def test_any_text_fits_in_a_line(message: str, reason: str, elapsed: float) -> None:
    """Whatever is said, it is one line of ASCII, and comes out of it as it was."""
    text = json_lines.encode(Message("attempt", message, reason=reason), elapsed)
    assert re.fullmatch(r"[ -~]+", text)
    said = json.loads(text)
    assert said["detail"] == message
    assert said["reason"] == (reason or None)
    assert said["elapsed_s"] == round(elapsed, 3)
