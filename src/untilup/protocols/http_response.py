"""HTTP/1.1 as a client hears it (RFC 9110, RFC 9112): the response to one request, and no sockets.

Its bytes go in as they come, in whatever pieces; the pieces never change what comes out.
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The status line and all fields, those of interim responses too. Servers stay far below: nginx
# takes 4 to 8 KiB from who is behind it, Tomcat sends 8 at most, and http.client reads such a line.
MOST_HEAD = 64 * 1024
# Of a body, with what frames its chunks. A text that is searched for is near the beginning.
MOST_BODY = 1024 * 1024
# A chunk's length and its extensions, which servers do not send.
MOST_CHUNK_LINE = 4 * 1024
# Digits of a length that fits into 64 bits; what is longer is more than MOST_BODY in any case.
LONGEST_SIZE = 16

START = b"HTTP/1."
FIRST_FINAL = 200
# The one interim response that nothing follows (RFC 9110 section 15.2.2).
SWITCHING_PROTOCOLS = 101
WITHOUT_BODY = (204, 304)
HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class ResponseParser:
    """The response to one request, as far as it has come.

    - *status* is 0 until all of the head is there; *phrase* is what the server wrote behind it.
    - *body* is what there is of the body, where it is *wanted*; otherwise it stays empty.
    - *ended* is true once nothing more is needed, *cut* if there is more than MOST_BODY of a body.
    """

    __slots__ = (
        *("_buffer", "_fields", "_head", "_left", "_pending", "_room", "_step", "_wanted"),
        *("body", "cut", "ended", "phrase", "status"),
    )

    def __init__(self, *, wanted: bool) -> None:
        self.status = 0
        self.phrase = b""
        self.body = bytearray()
        self.ended = False
        self.cut = False
        self._wanted = wanted
        self._buffer = bytearray()
        self._fields: list[tuple[bytes, bytes]] = []
        self._pending = 0  # the status of a head that is not complete
        self._head = MOST_HEAD  # how much longer it may be
        self._room = MOST_BODY
        self._left = 0  # what is still to come of a body, or of a chunk, whose length is known
        self._step: Callable[[ResponseParser], bool] = ResponseParser._status_line

    def feed(self, data: bytes) -> None:
        """Take in what came next; nothing means that the server has closed.

        Raise WrongProtocol where it cannot be understood. A body may end by the close; where *ended* is
        still false after it, the response is incomplete.
        """
        self._buffer += data
        while not self.ended and self._step(self):
            pass
        if not data and self._step is ResponseParser._until_closed:
            self.ended = True

    # The steps. Each takes what it can from the buffer, and returns false where it needs more. They
    # are kept as functions: a bound method would be a cycle, and keep a body alive for a while.

    def _status_line(self) -> bool:
        if not START.startswith(self._buffer[: len(START)]):
            raise WrongProtocol("", bytes(self._buffer))
        line = self._line_of_head()
        if line is None:
            return False
        # HTTP/1.x 200, and a phrase that may be empty or missing (RFC 9112 section 4).
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
        """Find out where the body ends (RFC 9112 section 6.3)."""
        codings = self._values_of(b"transfer-encoding")
        lengths = set(self._values_of(b"content-length"))
        if not self._wanted or self.status in WITHOUT_BODY:
            self.ended = True
        elif codings:
            chunked = codings[-1].lower() == b"chunked"
            self._step = ResponseParser._chunk_size if chunked else ResponseParser._until_closed
        elif lengths:
            if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
                raise WrongProtocol("the length that it gives its body is no number")
            self._left = int(lengths.pop().lstrip(b"0")[:LONGEST_SIZE] or b"0")
            self.ended = not self._left
            self._step = ResponseParser._counted
        else:
            self._step = ResponseParser._until_closed

    def _values_of(self, name: bytes) -> list[bytes]:
        """Return what the fields of that *name* hold, together: commas separate, as lines do."""
        values = b",".join(value for field, value in self._fields if field == name)
        return [value.strip() for value in values.split(b",") if value.strip()]

    def _until_closed(self) -> bool:
        self._take(len(self._buffer))
        return False

    def _counted(self) -> bool:
        self._take(self._left)
        self.ended = self.ended or not self._left
        return False

    def _chunk_size(self) -> bool:
        line = self._line_of_body(MOST_CHUNK_LINE)
        if line is None:
            return False
        size = line.partition(b";")[0].strip()
        if not 0 < len(size) <= LONGEST_SIZE or not HEXADECIMAL.issuperset(size):
            raise WrongProtocol("the length of a chunk is no number")
        self._left = int(size, 16)
        self.ended = self.ended or not self._left  # fields may follow, which change nothing
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
            raise WrongProtocol("a chunk does not end where it should")
        self._step = ResponseParser._chunk_size
        return True

    # What they take it by.

    def _take(self, most: int) -> None:
        """Move what there is of the body, up to *most* bytes, out of the buffer."""
        piece = self._buffer[: min(most, self._room)]
        del self._buffer[: len(piece)]
        self.body += piece
        self._left -= len(piece)
        self._count(len(piece))

    def _count(self, length: int) -> None:
        """Count *length* more bytes of the body, or of what frames it."""
        self._room = max(0, self._room - length)
        if not self._room and self._left:
            self.ended = self.cut = True

    def _line_of_head(self) -> bytes | None:
        line, length = self._line(self._head)
        if length > self._head:
            raise WrongProtocol(f"its head has no end within {MOST_HEAD // 1024} KiB")
        if line is not None:
            self._head -= length
        return line

    def _line_of_body(self, most: int) -> bytes | None:
        line, length = self._line(most)
        if length > most:
            raise WrongProtocol("a chunk does not end where it should")
        if line is not None:
            self._count(length)
        return line

    def _line(self, most: int) -> tuple[bytes | None, int]:
        """Take a line; return it without its end, or None, and how long it is, or is already."""
        end = self._buffer.find(b"\n") + 1
        if not end or end > most:
            return None, end or len(self._buffer)
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line.rstrip(b"\r\n"), end
