"""PostgreSQL's protocol as a client speaks it before a login, and no sockets.

The numbers are those of the manual's chapter "Frontend/Backend Protocol", section "Message Formats".
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol, too_long

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What the first message of a client asks for, in place of a type.
PROTOCOL_3_0 = 196_608
SSL_REQUEST = (8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big")
TERMINATE = b"X\0\0\0\4"
# The server's answers to SSL_REQUEST: it is willing, or not.
SSL_ACCEPTED, SSL_REFUSED = b"S", b"N"

LENGTH = 4  # of the length itself, which counts
HEAD = 1 + LENGTH
# libpq takes no longer error (MAX_ERRLEN), and all else that comes before a query is far shorter.
LONGEST_MESSAGE = 30_000
# Notices and parameters before the answer included, of which servers send less than a kilobyte.
LONGEST_ANSWER = 64 * 1024
# AuthenticationOk is 0, and no request has a number beyond these. A greeting of MySQL's that begins
# like one has the digits of its version there.
AUTHENTICATED = 0
HIGHEST_REQUEST = 12
# Before and after AuthenticationOk: a notice, and what older servers do not know; then also the
# server's parameters, and the key by which a query could be cancelled.
IGNORED_MESSAGES = (b"N", b"v")
PASSED_OVER_INSIDE = (*IGNORED_MESSAGES, b"S", b"K")


def startup(parameters: Mapping[str, str]) -> bytes:
    """Return the message that begins a session."""
    body = PROTOCOL_3_0.to_bytes(4, "big")
    for name, value in parameters.items():
        body += name.encode() + b"\0" + value.encode("utf-8", "surrogateescape") + b"\0"
    return (len(body) + LENGTH + 1).to_bytes(4, "big") + body + b"\0"


def answer(said: bytes) -> StartupReply | None:
    """Return the answer to a startup message, or None where more has to come.

    Raise WrongProtocol where what was *said* is not what PostgreSQL says, NotReady where it has no end.
    """
    found = StartupReply(said[:LONGEST_ANSWER])
    if found.ended:
        return found
    if len(said) >= LONGEST_ANSWER:
        raise too_long()
    return None


class StartupReply:
    """The answer to a startup message, as far as it was *said*.

    - *ended* is true once nothing more is needed.
    - *asks* is true where it wants to know who the client is, *session* where it let it in without.
    - *code* and *text* are those of an error; one from before the session's protocol has no code.
    """

    __slots__ = ("_buffer", "_inside", "asks", "code", "ended", "session", "text")

    def __init__(self, said: bytes) -> None:
        self.ended = False
        self.asks = False
        self.session = False
        self.code = ""
        self.text = ""
        self._buffer = bytearray(said)
        self._inside = False
        while self._buffer and not self.ended and self._message():
            pass

    def _message(self) -> bool:
        """Take a message; return false where it is not complete."""
        kind = bytes(self._buffer[:1])
        passed_over = PASSED_OVER_INSIDE if self._inside else IGNORED_MESSAGES
        if kind not in (b"Z" if self._inside else b"R", b"E", *passed_over):
            raise WrongProtocol
        if len(self._buffer) < HEAD:
            return False
        end = 1 + int.from_bytes(self._buffer[1:HEAD], "big")
        if not HEAD <= end <= 1 + LONGEST_MESSAGE:
            return self._plain_error(kind)
        if len(self._buffer) < end:
            return False
        body = bytes(self._buffer[HEAD:end])
        del self._buffer[:end]
        if kind == b"E":
            self._error(body)
        elif kind == b"R":
            self._authentication(body)
        elif kind == b"Z":
            self.ended = self.session = True
        return True

    def _authentication(self, body: bytes) -> None:
        request = int.from_bytes(body[:4], "big")
        if len(body) < 4 or request > HIGHEST_REQUEST:  # noqa: PLR2004 - the length of its number
            raise WrongProtocol
        self._inside = request == AUTHENTICATED
        self.ended = self.asks = not self._inside

    def _error(self, body: bytes) -> None:
        """Read ErrorResponse: fields, each with its type as the first byte, and an empty one."""
        fields = {field[:1]: field[1:] for field in body.split(b"\0")}
        if not fields.get(b"C") or b"M" not in fields:
            raise WrongProtocol
        self.code = fields[b"C"].decode("ascii", "replace")
        self.text = fields[b"M"].decode("utf-8", "replace")
        self.ended = True

    def _plain_error(self, kind: bytes) -> bool:
        """Read what a server says that could not even start a process for the client.

        It speaks protocol 2 then, whatever it is asked in: a text that ends with a NUL.
        """
        end = self._buffer.find(b"\0", 0, LONGEST_MESSAGE)
        if kind != b"E" or (end < 0 and len(self._buffer) >= LONGEST_MESSAGE):
            raise WrongProtocol
        if end < 0:
            return False
        self.text = self._buffer[1:end].decode("utf-8", "replace").strip()
        self.ended = True
        return True
