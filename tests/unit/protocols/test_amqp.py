"""What a server says to AMQP's protocol header, byte for byte (AMQP 0-9-1, sections 4.2.2 to 4.2.4)."""

from __future__ import annotations

import pytest

from untilup.errors import NotReady
from untilup.protocols.amqp import HEADER, MAX_PAYLOAD, OTHER_VERSIONS, parse_greeting
from untilup.protocols.framing import WrongProtocol


def frame(held: bytes, *, kind: int = 1, channel: int = 0, end: int = 0xCE) -> bytes:
    size = len(held).to_bytes(4, "big")
    return bytes([kind]) + channel.to_bytes(2, "big") + size + held + bytes([end])


# connection.start: class 10, method 10, AMQP 0-9, a table of the server's properties, which has
# one field here, the mechanisms and the locales.
PROPERTIES = b"\x07productS\0\0\0\x08RabbitMQ"
START = frame(
    b"\0\x0a\0\x0a\0\x09"
    + len(PROPERTIES).to_bytes(4, "big")
    + PROPERTIES
    + b"\0\0\0\x0ePLAIN AMQPLAIN\0\0\0\x05en_US"
)
# connection.close: class 10, method 50, a code, its text, and the method that is to blame: none.
CLOSE = frame(b"\0\x0a\0\x32\x01\x40\x08too many\0\0\0\0")

OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"220 mail ESMTP\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    b"\0",
    b"\1\0\1",
    b"\1\0\0" + (3).to_bytes(4, "big"),
    b"\1\0\0" + (MAX_PAYLOAD + 1).to_bytes(4, "big"),
    b"\1\0\0\xff\xff\xff\xff",
    frame(b"\0\x0a\0\x0a\0\x09", end=0),
    frame(b"\0\x0a\0\x0b\0\x09"),  # connection.start-ok is the client's to say
    frame(b"\0\x14\0\x0a\0\x09"),
]


def outcome(pieces: list[bytes]) -> str:
    """Return what is understood when an answer comes in these *pieces*, as far as is needed."""
    received = b""
    for piece in pieces:
        received += piece
        try:
            if found := parse_greeting(received):
                return found
        except WrongProtocol as error:
            return f"foreign: {error.problem}".rstrip(": ")
        except NotReady as failure:
            return f"{failure.reason}, {failure.evidence}: {failure.detail}"
    return "incomplete"


def test_start_is_an_answer() -> None:
    """A broker answers by connection.start, and it is complete with the last byte of its frame."""
    assert outcome([START]) == "AMQP 0-9-1"
    assert outcome([START + b"more"]) == "AMQP 0-9-1"
    assert {outcome([START[:end]]) for end in range(len(START))} == {"incomplete"}


@pytest.mark.parametrize("header", OTHER_VERSIONS, ids=bytes.hex)
def test_the_header_of_another_version_is_an_answer(header: bytes) -> None:
    """A broker that speaks another AMQP says which, as both specifications have it."""
    assert outcome([header]).startswith("AMQP ")
    assert outcome([header + b"\0\0\0\x08"]) == outcome([header])
    assert {outcome([header[:end]]) for end in range(8)} == {"incomplete"}


def test_a_broker_that_closes_is_quoted() -> None:
    """A broker that answers by connection.close has its code and its words shown, escaped."""
    assert (
        outcome([CLOSE]) == "server-error, answers: the broker closes the connection: 320 too many"
    )
    rude = frame(b"\0\x0a\0\x32\x01\x40\xff\x1b[2J" + b"x" * 300)
    assert "\\x1b[2J" in outcome([rude])
    assert len(outcome([rude])) < 200
    assert outcome([frame(b"\0\x0a\0\x32")]).endswith("the connection: 0 ")


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_what_is_no_amqp(received: bytes) -> None:
    """What no broker says is known as such by the first byte that is wrong."""
    assert outcome([received]) == "foreign"
    assert outcome([received[at : at + 1] for at in range(len(received))]) == "foreign"


@pytest.mark.parametrize("received", [HEADER, b"AMQP broker\r\n"], ids=["an echo", "a text"])
def test_a_header_that_no_version_has(received: bytes) -> None:
    """What begins as an answer of AMQP and is none, an echo too, is shown."""
    assert outcome([received]).startswith("foreign: no version of AMQP has the header AMQP")
    assert outcome([received]).isprintable()


def test_a_frame_of_the_greatest_size() -> None:
    """A frame may hold as much as is allowed for."""
    held = b"\0\x0a\0\x0a".ljust(MAX_PAYLOAD, b"x")
    assert outcome([frame(held)]) == "AMQP 0-9-1"
    assert outcome([frame(held + b"x")]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [START, CLOSE, *OTHER_VERSIONS, *OTHER_PROTOCOLS, b"AMQP", b"\1\0\0\0\0\0\x06"]
