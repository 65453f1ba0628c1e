"""Connecting to a target by TCP, and reading what is left before a connection is closed."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NotReady
from untilup.net import resolver
from untilup.net.happy_eyeballs import HappyEyeballs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket as socket

    from untilup.targets.attempt import Attempt

# Many times the size of a banner; a server that sends more is not read to its end.
MAX_DRAINED = 64 * 1024
# There is mostly nothing to read, and a larger buffer would be mapped first.
PIECE = 4 * 1024


def connect(attempt: Attempt, *, answers: bool = False) -> tuple[socket.socket, float]:
    """Return a non-blocking connection that has stayed open for the settle time; the caller closes it.

    With *answers* the caller needs an answer from the server, which proves more. Then the settle time
    may be left out. Also return the end of the attempt's timeout, in seconds of the monotonic clock: it starts when the
    name is resolved. Raise NotReady with the failure of each address.
    """
    target = attempt.target
    attempt.enter("resolving")
    name = resolver.host_entry(target.host)
    began = monotonic()
    try:
        addresses = name.addresses(target.port)
        deadline = monotonic() + attempt.timeout
        resolver.observe_addresses(attempt, addresses, monotonic() - began)
        attempt.enter("connecting")
        connection = HappyEyeballs(attempt, addresses, answers=answers).run()
    except NotReady as failure:
        name.record_outcome(target.port, failure.reason)
        raise
    name.record_outcome(target.port, "")
    return connection, deadline


def drain(connection: socket.socket) -> None:
    """Read what the server has sent: closing with unread data would send it a reset."""
    left = MAX_DRAINED
    try:
        while left > 0 and (received := connection.recv(PIECE)):
            left -= len(received)
    except OSError:  # nothing more to read now, or a reset, which does not matter any more
        pass
