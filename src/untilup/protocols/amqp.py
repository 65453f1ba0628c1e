"""Parses a broker's answer to the AMQP protocol header.

The sources are the specifications of AMQP 0-9-1 (sections 4.2.2 to 4.2.4) and 1.0 (part 2 section 2.2).
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol

NAME = b"AMQP"
HEADER = b"AMQP\0\0\x09\x01"
# A broker that does not speak the client's version sends a header with its own, and closes.
# RabbitMQ and Qpid know the old ones; the three headers of 1.0 are for AMQP itself, TLS and SASL
# (part 5).
OTHER_VERSIONS = {
    b"AMQP\1\1\x08\0": "AMQP 0-8",
    b"AMQP\1\1\0\x09": "AMQP 0-9",
    b"AMQP\1\1\0\x0a": "AMQP 0-10",
    b"AMQP\0\1\0\0": "AMQP 1.0",
    b"AMQP\2\1\0\0": "AMQP 1.0",
    b"AMQP\3\1\0\0": "AMQP 1.0",
}

# A frame: type, channel (2 bytes), size of the payload (4 bytes), payload, frame end.
METHOD_ON_CHANNEL_0 = b"\1\0\0"
FRAME_HEADER = 7
FRAME_END = 0xCE
# A frame has at most 4,096 bytes before connection.tune changes frame-max. RabbitMQ's has 500; a
# broker that exceeds the rule is still understood.
MAX_PAYLOAD = 64 * 1024
# The payload of a method frame begins with the class (2 bytes) and the method (2 bytes).
START = b"\0\x0a\0\x0a"
CLOSE = b"\0\x0a\0\x32"
METHOD = len(START)
# connection.close: after the method a reply code (2 bytes), the length of the reply text (1 byte),
# the text.
CLOSE_TEXT = METHOD + 3


def parse_greeting(received: bytes) -> str | None:
    """Return the AMQP version of the server that has sent *received*; None if more has to come.

    Raise WrongProtocol if this is not AMQP, NotReady if the server sends connection.close.
    """
    if NAME.startswith(received[: len(NAME)]):
        return _header_version(received)
    payload = _frame_payload(received)
    if payload is None:
        return None
    if payload.startswith(CLOSE):
        raise _server_error(payload)
    if not payload.startswith(START):
        raise WrongProtocol
    return "AMQP 0-9-1"


def _header_version(received: bytes) -> str | None:
    if len(received) < len(HEADER):
        return None
    try:
        return OTHER_VERSIONS[received[: len(HEADER)]]
    except KeyError:  # a text, or an echo of the request
        header = _quoted(received[: len(HEADER)])
        raise WrongProtocol(f"no version of AMQP has the header {header}") from None


def _frame_payload(received: bytes) -> bytes | None:
    """Return the payload of the first frame; None if it is incomplete."""
    if not METHOD_ON_CHANNEL_0.startswith(received[: len(METHOD_ON_CHANNEL_0)]):
        raise WrongProtocol
    if len(received) < FRAME_HEADER:
        return None
    end = FRAME_HEADER + int.from_bytes(received[len(METHOD_ON_CHANNEL_0) : FRAME_HEADER], "big")
    if not METHOD <= end - FRAME_HEADER <= MAX_PAYLOAD:
        raise WrongProtocol
    if len(received) <= end:
        return None
    if received[end] != FRAME_END:
        raise WrongProtocol
    return received[FRAME_HEADER:end]


def _server_error(payload: bytes) -> NotReady:
    """Return the failure of a broker that answers with connection.close."""
    code = int.from_bytes(payload[METHOD : METHOD + 2], "big")
    length = int.from_bytes(payload[CLOSE_TEXT - 1 : CLOSE_TEXT], "big")
    text = _quoted(payload[CLOSE_TEXT : CLOSE_TEXT + length])
    return answered("server-error", f"the broker closes the connection: {code} {text}")


def _quoted(received: bytes) -> str:
    return printable(received.decode("utf-8", "replace"))
