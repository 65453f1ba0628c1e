"""connect() and drain(): what every check that speaks over a connection begins and ends with."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NotReady
from untilup.net import resolver
from untilup.net.happy_eyeballs import HappyEyeballs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket as socket

    from untilup.targets.attempt import Attempt

# A banner fits in this many times over; a flood is not read to its end.
MOST_DRAINED = 64 * 1024
# Mostly there is nothing to read, and memory for more would be mapped for that.
PIECE = 4 * 1024


def connect(attempt: Attempt) -> socket.socket:
    """Return a connection to the target that has settled, non-blocking; the caller closes it.

    Raise NotReady with what each address answered. The attempt's timeout starts when the name is
    resolved.
    """
    return connect_with_deadline(attempt)[0]


def connect_with_deadline(attempt: Attempt) -> tuple[socket.socket, float]:
    """Return the same, and when the timeout is over: in seconds of the monotonic clock."""
    target = attempt.target
    attempt.enter("resolving")
    name = resolver.host_entry(target.host)
    began = monotonic()
    try:
        addresses = name.addresses(target.port)
        deadline = monotonic() + attempt.timeout
        resolver.note(attempt, addresses, monotonic() - began)
        attempt.enter("connecting")
        connection = HappyEyeballs(attempt, addresses).run()
    except NotReady as failure:
        name.answered(target.port, failure.reason)
        raise
    name.answered(target.port, "")
    return connection, deadline


def drain(connection: socket.socket) -> None:
    """Read what the server has said: closing with unread data would send it a reset."""
    left = MOST_DRAINED
    try:
        while left > 0 and (said := connection.recv(PIECE)):
            left -= len(said)
    except OSError:  # nothing more to read for now, or reset: it was up all the same
        pass
