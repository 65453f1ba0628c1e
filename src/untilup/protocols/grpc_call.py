"""Calls of gRPC over HTTP/2, one after the other, by h2: bytes in, bytes out.

h2 is given one frame at a time, so that the result does not depend on how the bytes are split.
"""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error

from untilup import __version__
from untilup.errors import answered
from untilup.protocols import framing
from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2.events import Event

# RFC 9113 section 4.1: a length of three bytes, then the type; 4 is SETTINGS, a server's first frame.
HEADER = 9
_TYPE = 3
_SETTINGS = 4
# RFC 9113 section 4.2: what a client accepts unless it says otherwise.
MAX_FRAME = 16 * 1024
# A state has a few bytes.
MAX_ANSWER = 1024
HTTP_OK = "200"


class Call:
    """A call of the method at *path* with one *message*.

    - *ended* is true once no more bytes are needed.
    - *answer* is what has come of the answer's messages, each with its prefix.
    - *http_status* is empty until the server has answered.
    """

    def __init__(self, scheme: str, authority: str, path: str, message: bytes) -> None:
        self._scheme = scheme
        self._authority = authority
        self._received = b""
        self._is_first = True
        self._stream = -1
        self._connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._connection.initiate_connection()
        self.begin(path, message)

    def begin(self, path: str, message: bytes) -> None:
        """Begin a call on the same connection, in place of one that has *ended*."""
        self.ended = False
        self.answer = b""
        self.http_status = ""
        self._fields: dict[str, str] = {}
        self._problem = ""
        self._stream += 2  # RFC 9113 section 5.1.1: a client's streams have odd numbers
        headers = {
            ":method": "POST",
            ":scheme": self._scheme,
            ":authority": self._authority,
            ":path": path,
            "te": "trailers",
            "content-type": "application/grpc",
            "user-agent": f"untilup/{__version__}",
        }
        try:
            self._connection.send_headers(self._stream, list(headers.items()))
            self._connection.send_data(self._stream, message, end_stream=True)
        except H2Error:  # the server has ended the connection
            self._problem = "the server accepts no further call"
            self.ended = True

    def to_send(self) -> bytes:
        """Return the bytes that have to be sent now, perhaps none."""
        return bytes(self._connection.data_to_send())

    def feed(self, data: bytes) -> None:
        """Process the next bytes; raise WrongProtocol if this is not HTTP/2, NotReady if it is too much."""
        self._received += data
        while not self.ended and (frame := self._frame()):
            try:
                events = self._connection.receive_data(frame)
            except H2Error as error:
                raise WrongProtocol("a frame of HTTP/2 is malformed") from error
            for event in events:
                self._process(event)

    def _frame(self) -> bytes:
        """Take the next whole frame; return nothing if it is incomplete."""
        received = self._received
        if self._is_first and received[_TYPE : _TYPE + 1] not in {b"", bytes([_SETTINGS])}:
            raise WrongProtocol("", received)
        length = int.from_bytes(received[:_TYPE], "big")
        if len(received) >= _TYPE and length > MAX_FRAME:
            raise WrongProtocol("" if self._is_first else "a frame of HTTP/2 is too long", received)
        if len(received) < HEADER + length:
            return b""
        self._is_first = False
        self._received = received[HEADER + length :]
        return received[: HEADER + length]

    def _process(self, event: Event) -> None:
        if getattr(event, "stream_id", None) not in (None, self._stream):
            return  # of a call before this one
        if isinstance(event, ResponseReceived | TrailersReceived):
            self._take_fields(event.headers or ())
        elif isinstance(event, DataReceived):
            self.answer += event.data or b""
            if len(self.answer) > MAX_ANSWER:
                raise framing.too_long()
        elif isinstance(event, StreamReset | ConnectionTerminated):
            what = "the call" if isinstance(event, StreamReset) else "the connection"
            self._problem = f"the server ends {what} ({_named(event.error_code)})"
            self.ended = True
        elif isinstance(event, StreamEnded):
            self.ended = True

    def _take_fields(self, headers: Iterable[tuple[bytes | str, bytes | str]]) -> None:
        for name, value in headers:
            self._fields[_text(name)] = _text(value)
        self.http_status = self._fields.get(":status", "")

    def result(self) -> tuple[int, str]:
        """Return the status and message of gRPC once the call has *ended*.

        Raise NotReady if the server has ended the call without, and WrongProtocol if it does not speak
        gRPC.
        """
        status = self._fields.get("grpc-status", "")
        if status.isascii() and status.isdecimal() and len(status) <= len("16"):
            return int(status), self._fields.get("grpc-message", "")
        if self._problem:
            raise answered("not-serving", self._problem)
        if self.http_status == HTTP_OK:
            raise WrongProtocol("HTTP/2, but the answer has no gRPC status")
        detail = f"HTTP {self.http_status} without a gRPC status: a proxy answers, or a web server"
        raise answered("status", detail, "Look at the log of the proxy, and at that of the server.")


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


def _named(code: int | ErrorCodes | None) -> str:
    return code.name if isinstance(code, ErrorCodes) else f"error {code}"
