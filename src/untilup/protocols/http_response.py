"""An incremental parser for one HTTP/1.1 response (RFC 9110, RFC 9112).

The result does not depend on how the bytes are split.
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The status line and all fields, including those of interim responses. Servers stay far below: nginx
# accepts 4 to 8 KiB from a backend, Tomcat sends 8 KiB at limit.
MAX_HEAD = 64 * 1024
# The part of a body, including the framing of its chunks, that is read to find a text.
MAX_BODY = 1024 * 1024
# A chunk's size and its extensions, which servers do not send.
MAX_CHUNK_LINE = 4 * 1024
# The hexadecimal digits of 64 bits. A longer number exceeds MAX_BODY in any case.
MAX_SIZE_DIGITS = 16

START = b"HTTP/1."
FIRST_FINAL = 200
# The only interim response that no other response follows (RFC 9110 section 15.2.2).
SWITCHING_PROTOCOLS = 101
WITHOUT_BODY = (204, 304)
HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class ResponseParser:
    """The response to one request, as far as it has come.

    - *status* is 0 until the head is complete; *phrase* is the reason phrase after it.
    - *body* is the part of the body that has come, if it is *wanted*; otherwise it stays empty.
    - *ended* is true once no more bytes are needed; *cut* if the body is longer than MAX_BODY.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.status = 0
        self.phrase = b""
        self.body = bytearray()
        self.ended = False
        self.cut = False
        self._wanted = wanted
        self._buffer = bytearray()
        self._fields: list[tuple[bytes, bytes]] = []
        self._pending = 0  # the status of an incomplete head
        self._head = MAX_HEAD  # the bytes that the head may still have
        self._room = MAX_BODY
        self._left = 0  # the bytes of the body, or of the chunk, that are still to come
        self._step: Callable[[ResponseParser], bool] = ResponseParser._status_line

    def feed(self, data: bytes) -> None:
        """Process the next bytes; no bytes mean that the server has closed.

        Raise WrongProtocol if this is not HTTP/1. A close may end the body. If *ended* is still false
        after it, the response is incomplete.
        """
        self._buffer += data
        while not self.ended and self._step(self):
            pass
        if not data and self._step is ResponseParser._until_closed:
            self.ended = True

    def field_values(self, name: bytes) -> list[bytes]:
        """Return the value of each field of the head with that *name*, which is in lower case."""
        return [value for field, value in self._fields if field == name]

    def values_of(self, name: bytes) -> list[bytes]:
        """Return the values of all fields with that *name*, also if one field has several."""
        values = b",".join(self.field_values(name))
        return [value.strip() for value in values.split(b",") if value.strip()]

    # The steps. Each takes what it can from the buffer, and returns False if it needs more. They are
    # stored as functions, because a bound method would be a reference cycle and keep the body alive.

    def _status_line(self) -> bool:
        if not START.startswith(self._buffer[: len(START)]):
            raise WrongProtocol("", bytes(self._buffer))
        line = self._line_of_head()
        if line is None:
            return False
        # HTTP/1.x 200, and a reason phrase that may be empty or missing (RFC 9112 section 4).
        version, _, rest = line[len(START) :].partition(b" ")
        status, _, phrase = rest.partition(b" ")
        if not (len(version) == 1 and version.isdigit() and len(status) == 3 and status.isdigit()):  # noqa: PLR2004 - the digits of a status code
            raise WrongProtocol("", line)
        self._pending, self.phrase = int(status), phrase
        self._fields.clear()
        self._step = ResponseParser._field_line
        return True

    def _field_line(self) -> bool:
        line = self._line_of_head()
        if line is None:
            return False
        if line:
            name, _, value = line.partition(b":")
            self._fields.append((name.lower(), value.strip()))
        elif self._pending < FIRST_FINAL and self._pending != SWITCHING_PROTOCOLS:
            self._step = ResponseParser._status_line
        else:
            self.status = self._pending
            self._begin_body()
        return True

    def _begin_body(self) -> None:
        """Choose the step that finds the end of the body (RFC 9112 section 6.3)."""
        codings = self.values_of(b"transfer-encoding")
        lengths = set(self.values_of(b"content-length"))
        if not self._wanted or self.status in WITHOUT_BODY:
            self.ended = True
        elif codings:
            chunked = codings[-1].lower() == b"chunked"
            self._step = ResponseParser._chunk_size if chunked else ResponseParser._until_closed
        elif lengths:
            if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
                raise WrongProtocol("the content-length is not a number")
            self._left = int(lengths.pop().lstrip(b"0")[:MAX_SIZE_DIGITS] or b"0")
            self.ended = not self._left
            self._step = ResponseParser._counted
        else:
            self._step = ResponseParser._until_closed

    def _until_closed(self) -> bool:
        self._take(len(self._buffer))
        return False

    def _counted(self) -> bool:
        self._take(self._left)
        self.ended = self.ended or not self._left
        return False

    def _chunk_size(self) -> bool:
        line = self._line_of_body(MAX_CHUNK_LINE)
        if line is None:
            return False
        size = line.partition(b";")[0].strip()
        if not 0 < len(size) <= MAX_SIZE_DIGITS or not HEXADECIMAL.issuperset(size):
            raise WrongProtocol("the size of a chunk is not a number")
        self._left = int(size, 16)
        self.ended = self.ended or not self._left  # trailer fields may follow, which change nothing
        self._step = ResponseParser._chunk
        return True

    def _chunk(self) -> bool:
        self._take(self._left)
        if not self._left:
            self._step = ResponseParser._chunk_end
        return not self._left

    def _chunk_end(self) -> bool:
        line = self._line_of_body(len(b"\r\n"))
        if line is None:
            return False
        if line:
            raise WrongProtocol("a chunk does not end where its size says")
        self._step = ResponseParser._chunk_size
        return True

    # Used by the steps.

    def _take(self, limit: int) -> None:
        """Move up to *limit* bytes of the body out of the buffer."""
        piece = self._buffer[: min(limit, self._room)]
        del self._buffer[: len(piece)]
        self.body += piece
        self._left -= len(piece)
        self._count(len(piece))

    def _count(self, length: int) -> None:
        """Count *length* more bytes of the body or of its framing."""
        self._room = max(0, self._room - length)
        if not self._room and self._left:
            self.ended = self.cut = True

    def _line_of_head(self) -> bytes | None:
        line, length = self._line(
            self._head, f"its head does not end within {MAX_HEAD // 1024} KiB"
        )
        self._head -= length
        return line

    def _line_of_body(self, limit: int) -> bytes | None:
        line, length = self._line(limit, "a chunk does not end where its size says")
        self._count(length)
        return line

    def _line(self, limit: int, problem: str) -> tuple[bytes | None, int]:
        """Take a line; return it without its end, and its length; None and 0 if it is incomplete."""
        end = self._buffer.find(b"\n") + 1
        if (end or len(self._buffer)) > limit:
            raise WrongProtocol(problem)
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line.rstrip(b"\r\n") if end else None, end
