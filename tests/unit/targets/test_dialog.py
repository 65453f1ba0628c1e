"""``#send=`` and ``#expect=``: escapes, and in which order they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.targets.dialog import unescape
from untilup.targets.syntax import DIALOG, EXPECT, SEND


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("ruok", b"ruok"),
        (r"a\r\n\tb", b"a\r\n\tb"),
        (r"\x00\xfF\x41", b"\0\xffA"),
        (r"\\n", rb"\n"),
        (r"\\\n", b"\\\n"),
        ("\u00e4", "\u00e4".encode()),
        ("\udcff", b"\xff"),
    ],
)
def test_escapes(text: str, whole: bytes) -> None:
    """An escape is one byte, and all other text is sent in UTF-8."""
    assert unescape(text) == whole


@pytest.mark.parametrize(
    "text", ["", "\\", "a\\", r"\q", r"\x", r"\x1", r"\x1g", r"\x 1", r"\R", r"\0"]
)
def test_what_is_no_escape(text: str) -> None:
    """Any other backslash is refused, and so is no text at all."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the caller's
        unescape(text)


@given(st.binary(min_size=1, max_size=20))
def test_every_byte_can_be_written(data: bytes) -> None:
    """Each byte has an escape."""
    assert unescape("".join(f"\\x{byte:02x}" for byte in data)) == data


def test_the_order_is_kept() -> None:
    """All steps of a target are kept in the order in which they are written."""
    word = r"tcp://mail:25#expect=220&send=QUIT\r\n&timeout=5s&expect=221&expect=%26%23%25"
    target = parse_target(word, 0.0, {})
    steps = [(EXPECT, b"220"), (SEND, b"QUIT\r\n"), (EXPECT, b"221"), (EXPECT, b"&#%")]
    assert target.options == {DIALOG: steps}
    assert target.timeout == 5.0


@pytest.mark.parametrize("start", ["tcp://db:1", "db:1", "tls://db:1", "unix:///run/x"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("send=x", "'send' is the end of its dialog"),
        ("expect=x&send=geheim", "add expect=TEXT"),
        (r"send=geheim\q&expect=x", r"'send': (not shown) is not accepted; write text in which"),
        (r"expect=a\q", r"a backslash begins \r, \n, \t, \xHH or \\"),
        ("expect=", "'expect': ''"),
        ("expect", "'expect': ''"),
    ],
)
def test_a_malformed_dialog(start: str, options: str, words: str) -> None:
    """A malformed dialog is a usage error with the cure, and what is sent is not shown."""
    with pytest.raises(UsageError) as raised:
        parse_target(f"{start}#{options}", 0.0, {})
    assert words in str(raised.value)
    assert "geheim" not in str(raised.value)
