"""A byte stream to a server, bounded by the time of one attempt and by the bytes received.

A server may be silent, slow, endless or gone: a stream then raises NotReady in time. It does not
interpret bytes; the functions of protocols/ do.
"""

from __future__ import annotations

import _socket as socket
import select
from time import monotonic

from untilup import display, values
from untilup.errors import ALIVE, DOWN, NotReady, answered
from untilup.net import failures, tcp
from untilup.protocols import framing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from untilup.targets.attempt import Attempt

    class Stream(Protocol):
        """The interface that a check uses, in plaintext or over TLS."""

        answer_size: int

        @property
        def attempt(self) -> Attempt: ...

        def send(self, data: bytes) -> None: ...
        def receive(self, until: float | None = None) -> bytes: ...
        def closed_early(self) -> NotReady: ...
        def close(self) -> None: ...


# The size of a TLS record (RFC 8446 section 5.1); longer data comes in several pieces.
PIECE = 16 * 1024
# An HTTP body of 1 MiB that is searched, with room for its framing.
MAX_RECEIVED = 2 * 1024 * 1024

_NO_ANSWER = (
    "Check that this is the server's port, then look at the server's log. "
    "If the server needs longer to answer, raise --attempt-timeout."
)
# MySQL and NATS send their greeting before the client sends anything.
_SPEAKS_FIRST = "connected, but the server, which speaks first in this protocol,"
_OTHER_PROTOCOL = "it speaks another protocol, or is starting, overloaded, stuck or paused"
_PORT = "Check that this is the right port for the scheme, and look at the server's log."
_BACKEND = "Check that the service behind the published port or proxy is running, and that this is its port. If the server expects TLS, use TLS for the target."


def connect(attempt: Attempt, unix_path: str = "") -> SocketStream:
    """Return a stream to the target; the caller closes it, and relies only on an answer from the server.

    A closed connection gives no answer. So there is a settle time only where it chooses between addresses.

    Connect to the socket at *unix_path*, to the one of the target's option ``unix``, or to a host that
    is a path. Raise NotReady as tcp.connect() does. The attempt's timeout bounds the whole stream; it
    starts when the target's name is resolved.
    """
    target = attempt.target
    if target.host.startswith("/"):
        unix_path = unix_path or target.host
    unix_path = unix_path or target.options.get("unix", "")
    if not unix_path:
        return SocketStream(attempt, *tcp.connect(attempt, answers=True))
    from untilup.net import unix_socket

    deadline = monotonic() + attempt.timeout
    try:
        return SocketStream(
            attempt, unix_socket.connect(attempt, unix_path, answers=True), deadline
        )
    except NotReady as failure:
        failure.detail = f"the socket {display.path(unix_path)}: {failure.detail}"
        raise


class SocketStream:
    """A stream on *connection* until *deadline*, in seconds of the monotonic clock.

    It receives at most *limit* bytes in all. *answer_size* is the number of bytes that have come
    since the last *send*.
    """

    def __init__(
        self,
        attempt: Attempt,
        connection: socket.socket,
        deadline: float,
        *,
        limit: int = MAX_RECEIVED,
    ) -> None:
        self.answer_size = 0
        self._left = limit
        self._began = monotonic()
        self._asked = False
        self._connection = connection
        self._deadline = deadline
        self._poll = select.poll()
        self.attempt = attempt

    def send(self, data: bytes) -> None:
        """Send *data*; raise NotReady if the server does not accept it in time.

        If the server has closed, *receive* tells that, after the data that the server sent before.
        """
        self.attempt.enter("asking")
        self._began = monotonic()
        self._asked = True
        self.answer_size = 0
        left = memoryview(data)
        while left:
            try:
                left = left[self._connection.send(left, socket.MSG_NOSIGNAL) :]
            except BlockingIOError:
                self._await(select.POLLOUT)
            except OSError:
                return

    def receive(self, until: float | None = None) -> bytes:
        """Return the next bytes from the server, or none if it has closed.

        Raise NotReady if nothing comes before the deadline, or more than the limit has come. With
        *until*, in seconds of the monotonic clock, raise TimeoutError then, or at the deadline.
        """
        self._await(select.POLLIN, until)
        try:
            received = self._connection.recv(PIECE)
        except BlockingIOError:  # poll(2) was wrong: the segment had a wrong checksum
            return self.receive(until)
        except ConnectionError:
            return b""
        except OSError as error:  # the route is gone
            raise failures.connect_failure(error, monotonic() - self._began) from error
        self.answer_size += len(received)
        self._left -= len(received)
        if self._left < 0:
            raise framing.too_long()
        return received

    def closed_early(self) -> NotReady:
        """Return the failure of a server that closed the connection before its answer was complete."""
        return closed_early(self.answer_size, asked=self._asked)

    def close(self) -> None:
        """Read what is left, then close: unread data would send the server a reset."""
        tcp.drain(self._connection)
        self._connection.close()

    def _await(self, event: int, until: float | None = None) -> None:
        """Wait until the connection is ready for *event*."""
        self._poll.register(self._connection.fileno(), event)
        end = self._deadline if until is None else min(until, self._deadline)
        # With *until* in the past, check once, as a settle time does after its end.
        while (left := end - monotonic()) > 0 or until is not None:
            if self._poll.poll(values.poll_milliseconds(left)):
                return
            if left <= 0:
                break
        if until is not None:
            raise TimeoutError
        took = monotonic() - self._began
        raise silent(took, self.answer_size, asked=self._asked)


def silent(took: float, received: int, *, asked: bool = True) -> NotReady:
    """Return the failure of a server that has sent *received* bytes of an answer in *took* seconds.

    *asked* is false if the server has to speak first.
    """
    hint = _NO_ANSWER
    if received:
        detail = f"the server began its answer, but has not completed it in {took:.1f}s"
    elif asked:
        detail = f"connected, but no answer in {took:.1f}s: the server is starting, overloaded, stuck or paused, or it speaks another protocol"
    else:
        detail, hint = f"{_SPEAKS_FIRST} sent nothing in {took:.1f}s: {_OTHER_PROTOCOL}", _PORT
    return answered("silent", detail, hint)


def closed_early(received: int, *, asked: bool = True) -> NotReady:
    """Return the failure of a server that closed after *received* bytes of an answer.

    If nothing was received, it may be a proxy that was slow to find that it has no backend.
    """
    if received:
        detail = "the server closed the connection before its answer was complete"
    else:
        before = "connected, then closed without an answer"
        if not asked:
            before = f"{_SPEAKS_FIRST} closed the connection without a greeting"
        detail = f"{before}: a proxy without a backend (docker-proxy, a load balancer), or a server of another protocol"
    return NotReady("closed", detail, _BACKEND, evidence=ALIVE if received else DOWN)
