"""A conversation: what a check asks a server, and what it is told, within the time of one attempt.

Bytes go out by *send* and come in by *receive*; what they mean is the check's business, best in a
function of its own that knows no sockets. A server may be silent, slow, endless, or gone: whatever
it does, a conversation ends in time, and with the reason in words.
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
        """What a check needs to know of a conversation, in plaintext or over TLS."""

        @property
        def attempt(self) -> Attempt: ...

        def send(self, question: bytes) -> None: ...
        def receive(self, until: float | None = None) -> bytes: ...
        def hung_up(self) -> NotReady: ...
        def close(self) -> None: ...


# As much as a TLS record holds (RFC 8446 section 5.1); what is longer comes in several pieces.
PIECE = 16 * 1024
# A megabyte of a body that is searched, with room for all that is said around it.
MAX_RECEIVED = 2 * 1024 * 1024

_AT_WORK = "what does the server's log say? If it needs longer to answer, raise --attempt-timeout"
# MySQL and NATS greet a client that has said nothing yet.
_SPEAKS_FIRST = "connected, and in this protocol the server speaks first"
_WAITS_TOO = "it waits to be asked, as servers of other protocols do, or is starting, overloaded, stuck or paused"
_PORT = "Check that this is the right port for the scheme, and what the server's log says."
_BEHIND = "is the service behind the published port or proxy started, and is this its port?"


def connect(attempt: Attempt, unix_path: str = "") -> SocketStream:
    """Return a conversation with the target over a connection that has settled; the caller closes it.

    *unix_path* leads to a socket in the file system; then nothing is resolved. Raise NotReady as
    tcp.connect() does. The attempt's timeout is what all of it may take, once the target's name is
    resolved.
    """
    if not unix_path:
        return SocketStream(attempt, *tcp.connect_with_deadline(attempt))
    from untilup.net import unix_socket

    deadline = monotonic() + attempt.timeout
    try:
        return SocketStream(attempt, unix_socket.connect(attempt, unix_path), deadline)
    except NotReady as failure:
        failure.detail = f"the socket {display.path(unix_path)}: {failure.detail}"
        raise


class SocketStream:
    """Speaks with the attempt's target on *connection* until *deadline*, in seconds of the monotonic clock.

    The server may say *most* bytes in all; *heard* is how many bytes of its last answer have come.
    """

    __slots__ = (
        "_asked",
        "_began",
        "_connection",
        "_deadline",
        "_left",
        "_poll",
        "attempt",
        "heard",
    )

    def __init__(
        self,
        attempt: Attempt,
        connection: socket.socket,
        deadline: float,
        *,
        most: int = MAX_RECEIVED,
    ) -> None:
        self.heard = 0
        self._left = most
        self._began = monotonic()
        self._asked = False
        self._connection = connection
        self._deadline = deadline
        self._poll = select.poll()
        self.attempt = attempt

    def send(self, question: bytes) -> None:
        """Say *question*; raise NotReady where the server does not take it in time.

        That it has closed is told by *receive*, after what it said before: why, perhaps.
        """
        self.attempt.enter("asking")
        self._began = monotonic()
        self._asked = True
        self.heard = 0
        left = memoryview(question)
        while left:
            try:
                left = left[self._connection.send(left, socket.MSG_NOSIGNAL) :]
            except BlockingIOError:
                self._await(select.POLLOUT)
            except OSError:
                return

    def receive(self, until: float | None = None) -> bytes:
        """Return what the server says next, or nothing where it has closed.

        Raise NotReady where it says nothing before the deadline, or more than a check can use.
        With *until*, in seconds of the monotonic clock, silence is an answer too: TimeoutError is
        raised then, or at the deadline.
        """
        self._await(select.POLLIN, until)
        try:
            said = self._connection.recv(PIECE)
        except BlockingIOError:  # it was nothing: a segment with a wrong checksum
            return self.receive(until)
        except ConnectionError:
            return b""
        except OSError as error:  # the way there is gone
            raise failures.connect_failure(error, monotonic() - self._began) from error
        self.heard += len(said)
        self._left -= len(said)
        if self._left < 0:
            raise framing.too_long()
        return said

    def hung_up(self) -> NotReady:
        """Return the reason for a server that closed before it had answered."""
        return closed_early(self.heard, asked=self._asked)

    def close(self) -> None:
        """End it, politely: unread data would send the server a reset."""
        tcp.drain(self._connection)
        self._connection.close()

    def _await(self, event: int, until: float | None = None) -> None:
        """Wait until the connection is ready for *event*."""
        self._poll.register(self._connection.fileno(), event)
        end = self._deadline if until is None else min(until, self._deadline)
        # A settle time checks once more after its end, whether the peer has closed.
        while (left := end - monotonic()) > 0 or until is not None:
            if self._poll.poll(values.poll_milliseconds(left)):
                return
            if left <= 0:
                break
        if until is not None:
            raise TimeoutError
        took = monotonic() - self._began
        raise silent(took, self.heard, asked=self._asked)


def silent(took: float, heard: int, *, asked: bool = True) -> NotReady:
    """Return the reason for a server that has said *heard* bytes of an answer in *took* seconds.

    *asked* is false where it has to speak first.
    """
    hint = _AT_WORK
    if heard:
        detail = f"the server began to answer, and has not come to an end in {took:.1f}s"
    elif asked:
        detail = f"connected, and asked, but no answer in {took:.1f}s: the server is starting, overloaded, stuck or paused"
    else:
        detail, hint = f"{_SPEAKS_FIRST}, but said nothing in {took:.1f}s: {_WAITS_TOO}", _PORT
    return answered("silent", detail, hint)


def closed_early(heard: int, *, asked: bool = True) -> NotReady:
    """Return the reason for a server that closed, having said *heard* bytes of an answer.

    A server that has said nothing may be a proxy that took its time to find no backend.
    """
    if heard:
        detail = "the server closed the connection before its answer was complete"
    else:
        before = "connected, and asked, then closed without an answer"
        if not asked:
            before = f"{_SPEAKS_FIRST}, but closed without a word"
        detail = f"{before}: a forwarder (docker-proxy, a load balancer) with nobody behind it, or a server of another protocol"
    return NotReady("closed", detail, _BEHIND, evidence=ALIVE if heard else DOWN)
