"""nats:// - ready when the server says INFO, and then does not turn the client away."""

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
    path=True,
    userinfo=True,
    multi_host=True,
    allows_raw_password=True,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has sent its INFO, and no error has followed.

    Nothing is said to it: without credentials anything else would be an error in its log.
    """
    stream.attempt.enter("listening")
    said = read_until(target, stream, "NATS", nats.is_serving)
    if not target.settle:
        return
    stream.attempt.enter("settling")
    piece = settle.wait(stream.receive, target.settle, stream.attempt.left())
    if piece is None:
        return
    if not piece:
        raise stream.hung_up()
    read_until(target, stream, "NATS", nats.is_serving, said + piece)
