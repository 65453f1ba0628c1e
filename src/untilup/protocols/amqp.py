"""AMQP as a client first hears it: what answers its protocol header, and no sockets.

By the specification of AMQP 0-9-1, sections 4.2.2 to 4.2.4, and that of 1.0, part 2 section 2.2.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol

NAME = b"AMQP"
HEADER = b"AMQP\0\0\x09\x01"
# Who does not speak what a client asks for says by such a header what it does speak, and closes.
# RabbitMQ and Qpid know the old ones; those of 1.0 are by itself, for TLS and for SASL (part 5).
OTHER_VERSIONS = {
    b"AMQP\1\1\x08\0": "AMQP 0-8",
    b"AMQP\1\1\0\x09": "AMQP 0-9",
    b"AMQP\1\1\0\x0a": "AMQP 0-10",
    b"AMQP\0\1\0\0": "AMQP 1.0",
    b"AMQP\2\1\0\0": "AMQP 1.0",
    b"AMQP\3\1\0\0": "AMQP 1.0",
}

# A frame: its type, its channel (2 bytes), the size of what it holds (4), that, and its end.
METHOD_ON_CHANNEL_0 = b"\1\0\0"
FRAME_HEADER = 7
FRAME_END = 0xCE
# Before another size is agreed upon a frame has at most 4096 bytes (connection.tune, frame-max).
# RabbitMQ says 500; who says more than the rule allows is still understood.
MOST_HELD = 64 * 1024
# What a method's frame holds begins with its class (2 bytes) and itself (2).
START = b"\0\x0a\0\x0a"
CLOSE = b"\0\x0a\0\x32"
METHOD = len(START)
# After the method the code why (2 bytes), and the length (1) of a text that says it.
CLOSE_TEXT = METHOD + 3


def parse_greeting(said: bytes) -> str | None:
    """Return which AMQP a server speaks that has *said* so much, or None where more has to come.

    Raise WrongProtocol where this is no AMQP, NotReady where the server closes in its own words.
    """
    if NAME.startswith(said[: len(NAME)]):
        return _of_header(said)
    held = _of_frame(said)
    if held is None:
        return None
    if held.startswith(CLOSE):
        raise _server_error(held)
    if not held.startswith(START):
        raise WrongProtocol
    return "AMQP 0-9-1"


def _of_header(said: bytes) -> str | None:
    if len(said) < len(HEADER):
        return None
    try:
        return OTHER_VERSIONS[said[: len(HEADER)]]
    except KeyError:  # a text, or an echo of what was asked
        header = _quoted(said[: len(HEADER)])
        raise WrongProtocol(f"no version of AMQP has the header {header}") from None


def _of_frame(said: bytes) -> bytes | None:
    """Return what the first frame holds, or None while it is not complete."""
    if not METHOD_ON_CHANNEL_0.startswith(said[: len(METHOD_ON_CHANNEL_0)]):
        raise WrongProtocol
    if len(said) < FRAME_HEADER:
        return None
    end = FRAME_HEADER + int.from_bytes(said[len(METHOD_ON_CHANNEL_0) : FRAME_HEADER], "big")
    if not METHOD <= end - FRAME_HEADER <= MOST_HELD:
        raise WrongProtocol
    if len(said) <= end:
        return None
    if said[end] != FRAME_END:
        raise WrongProtocol
    return said[FRAME_HEADER:end]


def _server_error(held: bytes) -> NotReady:
    """Return the reason for a broker that answers by connection.close."""
    code = int.from_bytes(held[METHOD : METHOD + 2], "big")
    length = int.from_bytes(held[CLOSE_TEXT - 1 : CLOSE_TEXT], "big")
    text = _quoted(held[CLOSE_TEXT : CLOSE_TEXT + length])
    return answered("server-error", f"the broker closes the connection: {code} {text}")


def _quoted(said: bytes) -> str:
    return printable(said.decode("utf-8", "replace"))
