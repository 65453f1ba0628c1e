"""amqp:// - ready when the broker answers AMQP's protocol header; nobody logs in."""

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
    path=True,
    userinfo=True,
    allows_raw_password=True,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has answered as a broker does.

    Then the connection is closed. RabbitMQ logs that as a warning, "client unexpectedly closed TCP
    connection", and without credentials there is no politer way: connection.close before start-ok
    is an error in its log, and holds the connection for three seconds more.
    """
    version = request(target, stream, amqp.HEADER, amqp.parse_greeting, "AMQP")
    stream.attempt.output = [f"speaks {version}"]
