"""Durations as people write them (docs/design.md, The command line)."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from untilup import values

DAY = 86_400

ACCEPTED = [
    ("500ms", 0.5),
    ("1ms", 0.001),
    ("5s", 5),
    ("2m", 120),
    ("1h30m", 5_400),
    ("1d2h3m4s5ms", DAY + 2 * 3_600 + 3 * 60 + 4.005),
    ("1m500ms", 60.5),
    ("5", 5),
    ("0.001", 0.001),
    (".5", 0.5),
    ("1.5h", 5_400),
    ("90m", 5_400),
    ("365d", 365 * DAY),
    ("364d24h", 365 * DAY),
    ("31536000", 365 * DAY),
    ("0", 0),
    ("0s", 0),
    ("0ms", 0),
    ("0.0", 0),
]

REFUSED = {
    "nothing": "",
    "a blank": " ",
    "a unit alone": "s",
    "a point alone": ".",
    "two points": "1.2.3",
    "an unknown unit": "5x",
    "a unit in capitals": "5S",
    "two units as one": "5mh",
    "a number after a unit": "1h30",
    "units in the wrong order": "30m1h",
    "a unit twice": "1s1s",
    "a blank inside": "1h 30m",
    "a blank before": " 5s",
    "a line end": "5s\n",
    "a minus": "-5s",
    "a plus": "+5s",
    "an exponent": "1e3",
    "an underscore": "1_000",
    "a comma": "1,5s",
    "not a number": "nan",
    "infinity": "inf",
    "digits of another script": "\N{ARABIC-INDIC DIGIT FIVE}s",
    "a superscript": "5\N{SUPERSCRIPT TWO}",
    "less than 1 ms": "0.9ms",
    "less than 1 ms, bare": "0.0009",
    "less than a float holds": "0." + "0" * 400 + "1",
    "more than 365 days": "365d1ms",
    "more than 365 days, bare": "31536001",
    "more than a float holds": "9" * 400,
    "more than a float holds, with a unit": "9" * 5_000 + "d",
}


@pytest.mark.parametrize(("text", "seconds"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_accepted(text: str, seconds: float) -> None:
    """A duration is numbers with d, h, m, s and ms, in that order, or plain seconds."""
    assert values.parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    """Everything else is refused, never replaced by something near it."""
    with pytest.raises(ValueError):  # noqa: PT011 - which text is refused is the caller's to say
        values.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0.9ms", "is too short; the shortest duration is 1ms"),
        ("0.0009", "is too short; the shortest duration is 1ms"),
        ("366d", "is too long; the longest duration is 365d"),
        ("9" * 400, "is too long; the longest duration is 365d"),
        ("30 s", "has a space; write 30s or 1h30m"),
    ],
)
def test_a_bad_duration(text: str, problem: str) -> None:
    """A duration that is too short, too long or in pieces is refused with what to write."""
    with pytest.raises(values.BadDuration) as caught:
        values.parse_duration(text)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("2xx", (range(200, 300),)),
        ("2XX,404", (range(200, 300), range(404, 405))),
        ("200-299", (range(200, 300),)),
    ],
)
def test_ranges(text: str, ranges: tuple[range, ...]) -> None:
    """Statuses of HTTP are numbers, ranges of them, and classes such as 2xx."""
    assert values.ranges_of(range(100, 600), classes=True)(text) == ranges


@pytest.mark.parametrize("text", ["6xx", "0xx", "xxx", "2x", "2xxx", "2xx-3xx", "axx"])
def test_no_ranges(text: str) -> None:
    """A class is a digit and xx, and all of its statuses are allowed."""
    with pytest.raises(ValueError):  # noqa: PT011 - which text is refused is the caller's to say
        values.ranges_of(range(100, 600), classes=True)(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the same
        values.ranges_of(range(256))("1xx")


@given(st.text() | st.text("0123456789.dhms -+e_", max_size=12))
def test_any_text_is_refused_or_in_range(text: str) -> None:
    """Whatever the text, it is refused, or it is 0, or it is from 1 ms to 365 days."""
    try:
        seconds = values.parse_duration(text)
    except ValueError:
        return
    assert isinstance(seconds, float)
    assert seconds == 0 or 0.001 <= seconds <= 365 * DAY


WRITTEN = st.tuples(*(st.none() | st.integers(0, 400) for _ in range(5))).filter(any)


@given(WRITTEN)
def test_every_part_counts(counts: tuple[int | None, ...]) -> None:
    """A duration is the sum of its parts, each of which may be left out."""
    parts = [
        (count, unit)
        for count, unit in zip(counts, values.SECONDS_PER_UNIT, strict=True)
        if count is not None
    ]
    text = "".join(f"{count}{unit}" for count, unit in parts)
    expected = math.fsum(count * values.SECONDS_PER_UNIT[unit] for count, unit in parts)
    if expected > 365 * DAY:
        with pytest.raises(values.BadDuration, match="is too long; the longest duration is 365d"):
            values.parse_duration(text)
    else:
        assert values.parse_duration(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0s"),
        (0.001, "1ms"),
        (0.010, "10ms"),
        (0.25, "250ms"),
        (1.0, "1s"),
        (1.5, "1.5s"),
        (60.0, "60s"),
        (120.0, "2m"),
        (150.0, "2m30s"),
        (5_400.0, "1h30m"),
        (365.0 * DAY, "365d"),
    ],
)
def test_spoken(seconds: float, words: str) -> None:
    """A duration is spoken as it would be written on the command line."""
    assert values.format_duration(seconds) == words


@given(
    st.just(0.0)
    | st.floats(0.001, 1.0)
    | st.floats(0.99, 125.0)
    | st.floats(120.0, 365.0 * DAY)
    | st.integers(1, 365 * DAY).map(float)
)
@example(0.9996)
@example(119.99)
def test_what_is_spoken_can_be_written(seconds: float) -> None:
    """Spoken words are an accepted spelling of the same duration, but for rounding."""
    assert values.parse_duration(values.format_duration(seconds)) == pytest.approx(
        seconds, rel=0.006
    )


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(-1.0, 0), (0.0, 0), (0.0001, 1), (0.0415, 42), (5.0, 5001), (3e7, 2**31 - 1)],
)
def test_for_poll(seconds: float, milliseconds: int) -> None:
    """poll(2) is given whole milliseconds, rounded up, as many as it can be told."""
    assert values.poll_milliseconds(seconds) == milliseconds
