"""connect() and drain(): what every check that speaks over a connection begins and ends with."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NotReady
from untilup.net import resolver
from untilup.net.happy_eyeballs import HappyEyeballs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket as socket

    from untilup.targets.target import Target

# A banner fits in this many times over; a flood is not read to its end.
MOST_DRAINED = 64 * 1024
# Mostly there is nothing to read, and memory for more would be mapped for that.
PIECE = 4 * 1024


def connect(target: Target, timeout: float) -> socket.socket:
    """Return a connection to *target* that has settled, non-blocking, the caller's to close.

    Raise NotReady with what each address answered, *timeout* seconds after the name was resolved
    at the latest.
    """
    return connect_with_deadline(target, timeout)[0]


def connect_with_deadline(target: Target, timeout: float) -> tuple[socket.socket, float]:
    """Return the same, and when *timeout* is over: in seconds of the monotonic clock."""
    target.enter("resolving")
    name = resolver.host_entry(target.host)
    began = monotonic()
    try:
        addresses = name.addresses(target.port)
        deadline = monotonic() + timeout
        resolver.note(target, addresses, monotonic() - began)
        target.enter("connecting")
        connection = HappyEyeballs(target, addresses, timeout).run()
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
