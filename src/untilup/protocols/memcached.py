"""memcached's version request, and the parsers of the answer.

The sources are doc/protocol.txt and, for the binary protocol, doc/protocol-binary.xml in memcached's
source. Servers with SASL speak only the binary protocol.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line, is_prefix_of_any

VERSION = b"version\r\n"
# Magic 0x80, opcode 0x0b (Version), no body.
REQUEST, RESPONSE, OPCODE = 0x80, 0x81, 0x0B
HEADER = 24
BINARY_VERSION = bytes([REQUEST, OPCODE]).ljust(HEADER, b"\0")
# Lines have at most 2,048 bytes (memcached.h: KEY_MAX_LENGTH, and the rest of a line with a key).
MAX_LINE = 2 * 1024

# The beginnings of answers (section "Error strings").
_ANSWERS = (b"VERSION ", b"ERROR", b"CLIENT_ERROR ", b"SERVER_ERROR ")
# With -Y a client must authenticate first: the server serves clients that do.
_SERVES = ("VERSION ", "CLIENT_ERROR unauthenticated")
_FULL = "ERROR Too many open connections"
# The status of a response: success, and "authentication error".
_SERVING = (0x00, 0x20)


def is_serving(received: bytes) -> bool:
    """Tell whether *received* is the answer of a server that serves; False if more has to come.

    Raise NotReady for an error, WrongProtocol for an answer of another protocol.
    """
    if not is_prefix_of_any(received, _ANSWERS):
        raise WrongProtocol
    line = first_line(received, MAX_LINE)
    if line is None:
        return False
    if line.startswith(_SERVES):
        return True
    if line == _FULL:
        raise answered(
            "too-many-clients",
            "the server answers, but its connection limit is reached",
            "Raise memcached's -c option, or find the client that keeps connections open.",
        )
    raise _error(printable(line))


def serves_binary(received: bytes) -> bool:
    """Do the same for an answer in the binary protocol."""
    if not is_prefix_of_any(received, (bytes([RESPONSE, OPCODE]),)):
        raise WrongProtocol
    if len(received) < HEADER:
        return False
    length = int.from_bytes(received[8:12], "big")
    if length > MAX_LINE:
        raise WrongProtocol
    if len(received) < HEADER + length:
        return False
    status = int.from_bytes(received[6:8], "big")
    if status not in _SERVING:
        raise _error(f"status 0x{status:04x}")
    return True


def _error(what: str) -> NotReady:
    detail = f"the server answers with an error: {what}"
    return answered("server-error", detail)
