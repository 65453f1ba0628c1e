"""nats:// - up when the server sends INFO, and does not reject the client after it."""

from __future__ import annotations

from untilup.net import settle
from untilup.net.exchange import read_until
from untilup.protocols import nats
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = TargetSyntax(
    "nats://bus",
    "nats://user:password@bus1:4222,bus2",
    port=4222,
    multi_host=True,
    allows_raw_password=True,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has sent INFO, and no error within the settle time.

    Nothing is sent: without credentials anything would be an error in the server's log.
    """
    stream.attempt.enter("listening")
    received = read_until(target, stream, "NATS", nats.is_serving)
    if not target.settle:
        return
    stream.attempt.enter("settling")
    piece = settle.wait(stream.receive, target.settle, stream.attempt.left())
    if piece is None:
        return
    if not piece:
        raise stream.closed_early()
    read_until(target, stream, "NATS", nats.is_serving, received + piece)
