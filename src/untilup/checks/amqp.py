"""amqp:// - up when the broker answers the AMQP protocol header, without a login."""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import amqp
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = TargetSyntax(
    "amqp://mq",
    "amqp://user:password@mq/vhost",
    port=5672,
    allows_raw_password=True,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the broker has answered.

    RabbitMQ logs the close that follows as a warning, "client unexpectedly closed TCP connection".
    Without credentials nothing is better: connection.close before start-ok is logged as an error, and
    keeps the connection for three more seconds.
    """
    version = request(target, stream, amqp.HEADER, amqp.parse_greeting, "AMQP")
    stream.attempt.output = [f"speaks {version}"]
