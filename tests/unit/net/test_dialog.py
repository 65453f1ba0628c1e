"""A dialog with a server: what it has to send, and what is shown of anything else."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.cli.targets import parse_target
from untilup.errors import DOWN, NeverReady, NotReady
from untilup.net.dialog import ask
from untilup.net.stream import silent
from untilup.protocols.dialog import MAX_UNREAD


def outcome(options: str, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for a server that sends *pieces*; None if the target is up."""
    target = parse_target(f"tcp://db:1#{options}", 0.0, {})
    return failure_of(lambda stream: ask(target, stream), *pieces)


def test_what_is_expected_is_up() -> None:
    """The server is up once it has sent each text, in its order, and however it is cut."""
    assert outcome("expect=220", b"220 mail ESMTP\r\n") is None
    assert outcome("expect=220", b"2", b"2", b"0") is None
    assert outcome("expect=220&send=x&expect=250", b"220 mail\r\n", b"250 ok") is None
    assert outcome("expect=220&send=x&expect=250", b"250 mail\r\n220 ok").reason == "missing-text"  # type: ignore[union-attr]


def test_everything_is_sent() -> None:
    """Each text is sent once the one before it has come."""
    stream = ScriptedStream(b"220 mail", b"221 bye")
    ask(
        parse_target(r"tcp://db:1#expect=220&send=QUIT\r\n&expect=221&send=x&expect=bye", 0.0, {}),
        stream,
    )
    assert stream.sent == b"QUIT\r\nx"


def test_what_came_instead_is_shown() -> None:
    """The failure has the beginning of what came, as far as it is printable."""
    failure = assert_failed(outcome("expect=imok", b"not serving\r\n\x00\xff"), "missing-text")
    assert failure.detail == (
        "the server closed the connection without the text of expect=; "
        r"instead came: not serving\r\n\x00\xff"
    )
    second = assert_failed(outcome("expect=a&expect=b", b"a", b"c"), "missing-text")
    assert "expect= (2 of 2); instead came: c" in second.detail
    assert_failed(outcome("expect=a", b"\r\n"), "missing-text", "nothing that can be shown")


def test_too_much() -> None:
    """A server that sends 64 KiB without the text is not up, and untilup stops reading."""
    assert_failed(outcome("expect=x", b"-" * MAX_UNREAD, b"x"), "missing-text", "64 KiB without")


def test_a_close() -> None:
    """A close without any answer may be that of a proxy without a backend; after one the server is there."""
    for options in ("expect=a", "send=b&expect=a"):
        assert_failed(outcome(options), "closed", evidence=DOWN)
    assert_failed(outcome("expect=a&send=b&expect=c", b"a"), "closed", "before the dialog ended")


class SilentStream(ScriptedStream):
    """A server that is silent at the end, instead of closing."""

    def receive(self, until: float | None = None) -> bytes:
        if received := super().receive(until):
            return received
        raise silent(1.0, self.answer_size)


def test_silence() -> None:
    """A server that is silent is not up, and what it sent before is shown."""
    target = parse_target("tcp://db:1#send=x&expect=imok", 0.0, {})
    for pieces, reason, words in (
        ((), "silent", "connected, but no answer"),
        (
            (b"NO",),
            "missing-text",
            "s the server did not send the text of expect=; instead came: NO",
        ),
    ):
        with pytest.raises(NotReady, match=words) as raised:
            ask(target, SilentStream(*pieces))
        assert_failed(raised.value, reason)


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("AUTH geheim", "unknown command 'AUTH geheim'"),
        ("AUTH geheim", "unknown command AUTH with GEHEIM"),
        (r"AUTH joe:geheim\r\n", "no password geheim for joe"),
        ("geheim", "xgeheimx"),
        ("AUTH geheim", "unknown command: AUTH gehe"),
        ("geheim&expect=ok&send=x", "ok no geheim"),
    ],
)
def test_what_was_sent_is_not_shown(sent: str, received: str) -> None:
    """A server that repeats what it was sent, in whole or in part, is quoted without it."""
    failure = outcome(f"send={sent}&expect=imok", received.encode())
    assert failure
    assert "gehe" not in f"{failure!r} {failure} {failure.hint}".lower()
    assert "(not shown)" in failure.detail


# See test_any_bytes.py.
OPTIONS = r"expect=220&send=EHLO x\r\n&expect=250"
ANSWERS = [b"220 mail\r\n", b"250 ok\r\n", b"421 no\r\n", b"\x15\x03\x01\x00\x02\x02\x46"]
