"""Values in JSON by their path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.protocols.json_path import MAX_DEPTH, NotJSON, is_equal, parse, shown, value_at

DOCUMENT = b"""\xef\xbb\xbf{"status": "UP", "a": [{"ready": true}, {"ready": false}], "n": 1.0, "none": null,
  "text": "true", "0": "zero", "": "no name", "brackets": "[[{{ \\" [ \\\\", "list": [], "u": "\xc3\xa4"}"""


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("status", "UP"),
        ("status", '"UP"'),
        ("a.0.ready", "true"),
        ("a.1.ready", "false"),
        ("n", "1"),
        ("n", "1.0"),
        ("n", "1e0"),
        ("none", "null"),
        ("text", "true"),
        ("text", '"true"'),
        ("0", "zero"),
        ("list", "[]"),
        ("a.1", '{"ready":false}'),
        ("u", "\u00e4"),
        ("u", '"\\u00e4"'),
    ],
)
def test_equal(path: str, wanted: str) -> None:
    """A value is equal to its JSON, however that is written, and a string to its text."""
    assert is_equal(value_at(parse(DOCUMENT), tuple(path.split("."))), wanted)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("status", "up"),
        ("a.0.ready", "1"),
        ("a.0.ready", "True"),
        ("n", "true"),
        ("none", "None"),
        ("none", ""),
        ("none", '"null"'),
        ("n", '"1.0"'),
        ("list", ""),
        ("status", '"UP'),
    ],
)
def test_unequal(path: str, wanted: str) -> None:
    """Another value, or one of another type, is not equal."""
    assert not is_equal(value_at(parse(DOCUMENT), tuple(path.split("."))), wanted)


@pytest.mark.parametrize(
    "path",
    ["no", "a.2", "a.-1", "a.x", "a.\u0661", f"a.{'9' * 5000}", "status.0", "n.0", "a.0.ready.x"],
)
def test_nothing(path: str) -> None:
    """A path may lead to nothing."""
    with pytest.raises(LookupError):
        value_at(parse(DOCUMENT), tuple(path.split(".")))


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"OK", b"{", b"[1", b"'a'", b"NaN", b"[Infinity]", b'{"a":\xff}', b"{}{}"),
        *(b"9" * 5000, b'"\xff"', b'{"a":1}'.decode().encode("utf-16")),
    ],
)
def test_no_json(text: bytes) -> None:
    """A text that is not JSON in UTF-8 is not parsed."""
    with pytest.raises(NotJSON):
        parse(text)


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_depth(bracket: bytes) -> None:
    """A text that is nested too deeply is refused before it could exhaust the stack."""
    close = b"]" if bracket == b"[" else b"}"
    parse(bracket * MAX_DEPTH + b"1" + close * MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 300_000):
        with pytest.raises(NotJSON):
            parse(bracket * depth + b"1" + close * depth)
        with pytest.raises(NotJSON):
            parse(bracket * depth)
    assert parse(b'["' + b"[" * 1000 + rb"\"[[" + b'"]') == ["[" * 1000 + '"[[']


@given(st.binary(max_size=30) | st.text(alphabet='[]{}",:\\0ae', max_size=30).map(str.encode))
def test_any_bytes(text: bytes) -> None:
    """Any bytes are a value, or no JSON."""
    value: object
    try:
        value = parse(text)
    except NotJSON:
        return
    assert value == json.loads(text)


def test_shown() -> None:
    """A value is shown in JSON, unless it has others in it."""
    values: list[object] = ["a", True, None, 1.5, [1], {}]
    assert [shown(value) for value in values] == [
        '"a"', "true", "null", "1.5", "a list", "an object",
    ]  # fmt: skip
