"""Messages of the PostgreSQL protocol, up to a login.

The source is the manual's chapter "Frontend/Backend Protocol", section "Message Formats".
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol, too_long

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# The first message of a client has a request code instead of a type.
PROTOCOL_3_0 = 196_608
SSL_REQUEST = (8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big")
TERMINATE = b"X\0\0\0\4"
# The server's answers to SSL_REQUEST.
SSL_ACCEPTED, SSL_REFUSED = b"S", b"N"

LENGTH = 4  # bytes; the length counts itself
HEAD = 1 + LENGTH
# libpq accepts no longer error (MAX_ERRLEN); all other messages before a query are far shorter.
MAX_MESSAGE = 30_000
# Includes notices and parameters before the answer, of which servers send less than a kilobyte.
MAX_ANSWER = 64 * 1024
# AuthenticationOk is 0, and 12 is the highest authentication request. A MySQL greeting that begins
# like such a message has the digits of its version there.
AUTHENTICATED = 0
MAX_REQUEST = 12
# NoticeResponse and NegotiateProtocolVersion; after AuthenticationOk also ParameterStatus and
# BackendKeyData.
IGNORED_BEFORE_AUTH = (b"N", b"v")
IGNORED_AFTER_AUTH = (*IGNORED_BEFORE_AUTH, b"S", b"K")


def startup_message(parameters: Mapping[str, str]) -> bytes:
    """Return the message that begins a session."""
    body = PROTOCOL_3_0.to_bytes(4, "big")
    for name, value in parameters.items():
        body += name.encode() + b"\0" + value.encode("utf-8", "surrogateescape") + b"\0"
    return (len(body) + LENGTH + 1).to_bytes(4, "big") + body + b"\0"


def parse_startup_reply(received: bytes) -> StartupReply | None:
    """Return the answer to a startup message; None if more has to come.

    Raise WrongProtocol if *received* is not PostgreSQL's protocol, NotReady if the answer does not end.
    """
    found = StartupReply(received[:MAX_ANSWER])
    if found.ended:
        return found
    if len(received) >= MAX_ANSWER:
        raise too_long()
    return None


class StartupReply:
    """The answer to a startup message, as far as it was *received*.

    - *ended* is true once no more bytes are needed.
    - *asks* is true if the server requests authentication, *session* if it began a session without.
    - *code* and *text* are those of an error; an error in protocol 2 has no code.
    """

    def __init__(self, received: bytes) -> None:
        self.ended = False
        self.asks = False
        self.session = False
        self.code = ""
        self.text = ""
        self._buffer = bytearray(received)
        self._authenticated = False
        while self._buffer and not self.ended and self._message():
            pass

    def _message(self) -> bool:
        """Take a message; return False if it is incomplete."""
        kind = bytes(self._buffer[:1])
        ignored = IGNORED_AFTER_AUTH if self._authenticated else IGNORED_BEFORE_AUTH
        if kind not in (b"Z" if self._authenticated else b"R", b"E", *ignored):
            raise WrongProtocol
        if len(self._buffer) < HEAD:
            return False
        end = 1 + int.from_bytes(self._buffer[1:HEAD], "big")
        if not HEAD <= end <= 1 + MAX_MESSAGE:
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
        if len(body) < 4 or request > MAX_REQUEST:  # noqa: PLR2004 - the length of the request code
            raise WrongProtocol
        self._authenticated = request == AUTHENTICATED
        self.ended = self.asks = not self._authenticated

    def _error(self, body: bytes) -> None:
        """Read ErrorResponse: fields, each with its type as the first byte, ended by an empty one."""
        fields = {field[:1]: field[1:] for field in body.split(b"\0")}
        if not fields.get(b"C") or b"M" not in fields:
            raise WrongProtocol
        self.code = fields[b"C"].decode("ascii", "replace")
        self.text = fields[b"M"].decode("utf-8", "replace")
        self.ended = True

    def _plain_error(self, kind: bytes) -> bool:
        """Read the error of a server that could not start a process for the client.

        It is in protocol 2, whatever the client speaks: a text that ends with a NUL.
        """
        end = self._buffer.find(b"\0", 0, MAX_MESSAGE)
        if kind != b"E" or (end < 0 and len(self._buffer) >= MAX_MESSAGE):
            raise WrongProtocol
        if end < 0:
            return False
        self.text = self._buffer[1:end].decode("utf-8", "replace").strip()
        self.ended = True
        return True
