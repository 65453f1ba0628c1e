"""What a memcached answers when it is asked for its version, and what that means; no sockets.

By its text protocol (doc/protocol.txt in its source), or the binary one (doc/protocol-binary.xml),
which servers with SASL speak alone.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line, is_prefix_of_any

VERSION = b"version\r\n"
# Magic 0x80, opcode 0x0b (Version), and nothing in it.
REQUEST, RESPONSE, OPCODE = 0x80, 0x81, 0x0B
HEADER = 24
BINARY_VERSION = bytes([REQUEST, OPCODE]).ljust(HEADER, b"\0")
# Its lines have at most 2,048 bytes (memcached.h, KEY_MAX_LENGTH and what stands beside a key).
LONGEST_LINE = 2 * 1024

# How answers begin (section "Error strings").
_ANSWERS = (b"VERSION ", b"ERROR", b"CLIENT_ERROR ", b"SERVER_ERROR ")
# With -Y a client is told nothing before it has authenticated: the server serves those that do.
_SERVES = ("VERSION ", "CLIENT_ERROR unauthenticated")
_FULL = "ERROR Too many open connections"
# Status of a response: fine, and "authentication error".
_SERVING = (0x00, 0x20)


def is_serving(said: bytes) -> bool:
    """Return whether *said*, all that has come so far, is the answer of a server that serves.

    False where more has to come. Raise NotReady for an answer that may become another,
    WrongProtocol for none of this protocol.
    """
    if not is_prefix_of_any(said, _ANSWERS):
        raise WrongProtocol
    line = first_line(said, LONGEST_LINE)
    if line is None:
        return False
    if line.startswith(_SERVES):
        return True
    if line == _FULL:
        raise answered(
            "too-many-clients",
            "the server answers, but its connection limit is reached",
            "Raise its -c, or find the client that keeps connections open.",
        )
    raise _error(printable(line))


def serves_binary(said: bytes) -> bool:
    """Return the same of an answer in the binary protocol."""
    if not is_prefix_of_any(said, (bytes([RESPONSE, OPCODE]),)):
        raise WrongProtocol
    if len(said) < HEADER:
        return False
    length = int.from_bytes(said[8:12], "big")
    if length > LONGEST_LINE:
        raise WrongProtocol
    if len(said) < HEADER + length:
        return False
    status = int.from_bytes(said[6:8], "big")
    if status not in _SERVING:
        raise _error(f"status 0x{status:04x}")
    return True


def _error(what: str) -> NotReady:
    detail = f"the server answers with an error: {what}"
    return answered("server-error", detail)
