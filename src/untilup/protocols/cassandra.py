"""Encodes the OPTIONS request of CQL's native protocol, and parses the response.

The source is Apache Cassandra's native_protocol_v4.spec. OPTIONS needs no credentials.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol

# Cassandra 2.2 and later, ScyllaDB, and the services of clouds know this version.
VERSION = 4
RESPONSE = 0x80
# The versions that a server may have instead; those before 3 have a shorter header.
VERSIONS = range(3, 7)
# A frame: version, flags, stream (2 bytes), opcode, length (4 bytes).
HEADER = 9
OPTIONS, ERROR, SUPPORTED = 0x05, 0x00, 0x06
# A response to no request in particular: an error that comes before the request is read.
NO_STREAM = -1
# SUPPORTED lists the versions and the compressions in some 100 bytes.
MAX_LENGTH = 64 * 1024

# Error codes, section 9: the server understands the client, or knows another version.
PROTOCOL_ERROR, BAD_CREDENTIALS, UNAUTHORIZED = 0x000A, 0x0100, 0x2100
_SERVES = (PROTOCOL_ERROR, BAD_CREDENTIALS, UNAUTHORIZED)
# code -> reason, what it means
_MEANINGS = {
    0x1000: ("not-serving", "too few replicas are up"),
    0x1001: ("not-serving", "the server is overloaded"),
    0x1002: ("not-serving", "the server is bootstrapping"),
}
_OTHERWISE = ("server-error", "the server answers with an error")


def options_request() -> bytes:
    """Return the request: no flags, stream 0, an empty body."""
    return bytes([VERSION, 0, 0, 0, OPTIONS]) + bytes(4)


def parse_response(received: bytes) -> tuple[int, bytes] | None:
    """Return the opcode and the body of the response; None if more has to come.

    Raise WrongProtocol if it is not of CQL.
    """
    if received and received[0] not in (RESPONSE | version for version in VERSIONS):
        raise WrongProtocol
    if len(received) < HEADER:
        return None
    stream = int.from_bytes(received[2:4], "big", signed=True)
    opcode, length = received[4], int.from_bytes(received[5:HEADER], "big")
    if opcode not in {ERROR, SUPPORTED} or stream not in {0, NO_STREAM} or length > MAX_LENGTH:
        raise WrongProtocol
    if len(received) < HEADER + length:
        return None
    body = received[HEADER : HEADER + length]
    # The code and the length of the text; the number of the options.
    if len(body) < (6 if opcode == ERROR else 2):
        raise WrongProtocol
    return opcode, body


def raise_unless_serving(opcode: int, body: bytes) -> None:
    """Raise NotReady for the error of a server that serves no client."""
    if opcode == SUPPORTED:
        return
    code = int.from_bytes(body[:4], "big")
    if code in _SERVES:
        return
    length = int.from_bytes(body[4:6], "big")
    text = printable(body[6 : 6 + length].decode("utf-8", "replace"))
    reason, meaning = _MEANINGS.get(code, _OTHERWISE)
    raise answered(reason, f"{meaning}: {text} (0x{code:04X})")
