"""tcp:// - ready when a connection is accepted and survives its settling."""

from __future__ import annotations

from untilup.checks import Form
from untilup.checks._wire import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket as socket

    from untilup.target import Target

FORM = Form("db:5432", "[::1]:5432", "tcp://db:5432")
# A banner fits in this many times over; a flood is not read to its end.
MOST_DRAINED = 64 * 1024
# Mostly there is nothing to read, and memory for more would be mapped for that.
PIECE = 4 * 1024


def check(target: Target, timeout: float) -> None:
    """Return when *target* accepts connections and somebody is behind them."""
    connection = connect(target, timeout)
    try:
        _drain(connection)
    finally:
        connection.close()


def _drain(connection: socket.socket) -> None:
    """Read what the server has said: closing with unread data would send it a reset."""
    left = MOST_DRAINED
    try:
        while left > 0 and (said := connection.recv(PIECE)):
            left -= len(said)
    except OSError:  # nothing more to read for now, or reset: it was up all the same
        pass
