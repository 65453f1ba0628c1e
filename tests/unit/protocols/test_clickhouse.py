"""The hello of ClickHouse's native protocol, with the bytes that version 18.16 sends."""

from __future__ import annotations

import pytest

from untilup.errors import NotReady
from untilup.protocols import clickhouse
from untilup.protocols.framing import WrongProtocol

# By hand: hello, the client, 1.0, revision 54032, no database, the user and no password.
QUESTION = b"\0" + b"\x07untilup" + b"\1\0" + b"\x90\xa6\x03" + b"\0" + b"\x07default" + b"\0"
HELLO = b"\0\nClickHouse\x12\x10\x8c\xa9\x03"
TRACE = b"\x92\n0. /lib/x86_64-linux-gnu/libclickhouse.so.18.16(StackTrace::StackTrace()+0x16)"


def exception(code: int, text: str, trace: bytes = TRACE) -> bytes:
    """Return the packet of an exception, as far as its stack trace is here."""
    words = f"DB::Exception: {text}".encode()
    return (
        b"\2"
        + code.to_bytes(4, "little")
        + b"\rDB::Exception"
        + bytes([len(words)])
        + words
        + trace
    )


UNKNOWN_USER = exception(192, "Unknown user nobody")
ANSWERS = [
    HELLO,
    HELLO + b"\x0dEurope/Berlin\3ch1\5",
    UNKNOWN_USER,
    exception(516, "default: Authentication failed"),
    exception(202, "Too many simultaneous queries"),
    exception(210, "x", b""),
    b"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program.\r\n",
    b"\x15\x03\x01\0\x02\x02\x46",
    b"\0\0\1\1\1",
    b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\2\0\0\0\0\rDB::Exception\1x",
    b"\2\1\0\0\0\3abc\1x",
    b"\2\1\0\0\0\rDB::Exception\xff\xff\x7f",
]


def outcome(pieces: list[bytes]) -> str:
    """Return what is understood when an answer comes in these *pieces*, as far as is needed."""
    received = b""
    for piece in pieces:
        received += piece
        try:
            if (answer := clickhouse.parse_answer(received)) is not None:
                clickhouse.raise_unless_serving(answer)
                return "ready"
        except WrongProtocol:
            return "foreign"
        except NotReady as failure:
            return f"{failure.reason}, {failure.evidence}: {failure.detail}"
    return "incomplete"


def test_the_question() -> None:
    """The hello is the one of the protocol, as the user of a new server and without a password."""
    assert clickhouse.hello_request() == QUESTION


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (HELLO, "ready"),
        (ANSWERS[1], "ready"),
        (UNKNOWN_USER, "ready"),
        (ANSWERS[3], "ready"),
        (ANSWERS[4], "too-many-clients, answers: the server answers with error 202: Too many"),
        (ANSWERS[5], "server-error, answers: the server answers with error 210: x"),
        (HELLO[:-1], "incomplete"),
        (UNKNOWN_USER[:20], "incomplete"),
        (ANSWERS[12], "too-long, answers: "),
        *((received, "foreign") for received in ANSWERS[6:12]),
    ],
)
def test_what_servers_say(received: bytes, expected: str) -> None:
    """A hello is up, and so is a refusal of the user; other errors and other protocols are not."""
    assert outcome([received]).startswith(expected)
