"""The report as JSON lines (docs/design.md, Output)."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from tests.support import json_log
from untilup import __version__
from untilup.report import json_lines
from untilup.report.messages import EVENTS, Message
from untilup.targets.target import Target

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.fixture
def _far_from_greenwich() -> Iterator[None]:
    """Live 14 hours east, where a local time would show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "EAST-14")
        time.tzset()
        yield
    time.tzset()


def encoded(message: Message, elapsed: float = 0.0) -> dict[str, Any]:
    """Return *message* as a program would read it."""
    return json_log.read_line(json_lines.encode(message, elapsed))


def test_a_full_line() -> None:
    """A line has what was observed in words and numbers, what to do, and untilup's version."""
    line = Message(
        "attempt-failed",
        "tcp://db:5432 is not up: connection refused",
        target=Target("tcp", "db", 5432),
        state="down",
        reason="refused",
        detail="connection refused",
        hint="Start it.",
        attempts=3,
    )
    told = encoded(line, 1.23456)
    assert datetime.fromisoformat(told.pop("time")).tzinfo == UTC
    assert told == {
        "schema": 1,
        "level": "info",
        "event": "attempt-failed",
        "message": "tcp://db:5432 is not up: connection refused",
        "target": "tcp://db:5432",
        "state": "down",
        "reason": "refused",
        "detail": "connection refused",
        "hint": "Start it.",
        "attempts": 3,
        "account": None,
        "elapsed_s": 1.235,
        "version": __version__,
    }


def test_a_key_that_does_not_apply_is_null() -> None:
    """A line has the same keys every time, and null where a key does not apply."""
    told = encoded(Message("exec", "running true"))
    assert told["message"] == "running true"
    nulls = ["target", "state", "reason", "detail", "hint", "attempts", "account"]
    assert [key for key in told if told[key] is None] == nulls


def test_the_schema_has_what_the_code_has() -> None:
    """The schema's keys, their order, the events, the levels and the version are those of the code."""
    written = list(json.loads(json_lines.encode(Message("exec", "running true"), 0.0)))
    properties = json_log.SCHEMA["properties"]
    assert list(properties) == json_log.SCHEMA["required"] == written
    assert json_log.SCHEMA["additionalProperties"] is False
    assert [each["const"] for each in properties["event"]["oneOf"]] == list(EVENTS)
    assert set(EVENTS.values()) == set(properties["level"]["enum"])
    assert properties["schema"]["const"] == json_lines.SCHEMA


def test_every_event_is_used() -> None:
    """The report writes every event of the table, and no other."""
    report = Path(json_lines.__file__).parent
    used = {
        node.args[0].value
        for file in report.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Message"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    # These two are a variable there: what is wanted is the event.
    assert used | {"up", "down"} == set(EVENTS)


def test_the_page_documents_every_key_and_event() -> None:
    """docs/logging.md has a row for each key, event and level, in the order of the schema."""
    page = (Path(__file__).parents[3] / "docs" / "logging.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)
    levels = json_log.SCHEMA["properties"]["level"]["enum"]
    assert rows == [*json_log.SCHEMA["required"], *EVENTS, *levels]


def test_a_wrong_line_would_be_noticed() -> None:
    """The validation that all tests use refuses a line with another key, or an event of another target."""
    line = json.loads(json_lines.encode(Message("exec", "running true"), 0.0))
    for wrong in ({"extra": 1}, {"target": "tcp://db:1"}, {"event": "other"}, {"schema": 2}):
        with pytest.raises(ValidationError):
            json_log.read_line(json.dumps(line | wrong))


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
        told = encoded(Message("waiting", "still waiting"))
    assert told["time"] == written


@given(ANY_TEXT, ANY_TEXT, st.floats(0, 1e8))
def test_any_text_fits_in_a_line(message: str, hint: str, elapsed: float) -> None:
    """A line is one line of ASCII whatever its texts are, and a program reads them as they were."""
    text = json_lines.encode(Message("start", message, hint=hint), elapsed)
    assert re.fullmatch(r"[ -~]+", text)
    told = json.loads(text)
    assert told["message"] == message
    assert told["hint"] == (hint or None)
    assert told["elapsed_s"] == round(elapsed, 3)
