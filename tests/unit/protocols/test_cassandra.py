"""OPTIONS and its answers, byte for byte, by native_protocol_v4.spec; the request is what cassandra-driver sends first."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import cassandra


def frame(opcode: int, body: bytes, *, version: int = 0x84, stream: int = 0) -> bytes:
    """Return what a server sends: version, no flags, stream, *opcode*, length and *body*."""
    head = bytes([version, 0]) + stream.to_bytes(2, "big", signed=True) + bytes([opcode])
    return head + len(body).to_bytes(4, "big") + body


def error(code: int, text: bytes) -> bytes:
    return code.to_bytes(4, "big") + len(text).to_bytes(2, "big") + text


# One option, CQL_VERSION, with one value.
SUPPORTED = frame(6, b"\0\1\0\x0bCQL_VERSION\0\1\0\x053.4.5")
WHOLE = [
    SUPPORTED,
    frame(6, b"\0\0", version=0x85),
    # A server that knows another version says so in a version that it has.
    frame(0, error(0x000A, b"Invalid or unsupported protocol version (4)"), version=0x83),
    frame(0, error(0x0100, b"Username and/or password are incorrect")),
]
ERRORS = [
    (frame(0, error(0x1001, b"busy")), "not-serving: the server is overloaded: busy (0x1001)"),
    (
        frame(0, error(0x1002, b""), stream=-1),
        "not-serving: the server is bootstrapping:  (0x1002)",
    ),
    (
        frame(0, error(0x0000, b"oops")),
        "server-error: the server answers with an error: oops (0x0000)",
    ),
]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    cassandra.options_request(),  # an echo
    frame(2, b""),  # READY
    frame(6, b"\0\0", stream=1),
    frame(6, b""),
    frame(0, b"\0\0\0\0"),
    SUPPORTED[:5] + b"\xff\xff\xff\xff",
]


def judge(received: bytes) -> str | None:
    answer = cassandra.parse_response(received)
    if answer is None:
        return None
    cassandra.raise_unless_serving(*answer)
    return "up"


outcome = partial(outcome_of, judge)


def test_the_question() -> None:
    """The request is an empty OPTIONS in version 4."""
    assert cassandra.options_request() == bytes.fromhex("04 00 0000 05 00000000")


@pytest.mark.parametrize("received", WHOLE, ids=range(len(WHOLE)))
def test_an_answer(received: bytes) -> None:
    """SUPPORTED is up, and so is another version or a refused login; the answer is complete with its last byte."""
    assert outcome([received]) == outcome([received + b"more"]) == "up"
    assert {outcome([received[:end]]) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize(("received", "told"), ERRORS, ids=range(len(ERRORS)))
def test_an_error_is_told(received: bytes, told: str) -> None:
    """A server that is overloaded or bootstrapping is not up, and its text is shown."""
    assert outcome([received]) == told


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_another_protocol(received: bytes) -> None:
    """What no server of CQL sends is known as such."""
    assert outcome([received]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [*WHOLE, *OTHER_PROTOCOLS, *(received for received, _ in ERRORS)]
