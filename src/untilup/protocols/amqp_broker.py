"""What amqp:// and amqps:// have in common: the header, and who answers it."""

from __future__ import annotations

from untilup.net.exchange import ask
from untilup.protocols import amqp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.targets.target import Target


def greet(target: Target, talk: Talk) -> None:
    """Return when the server has answered as a broker does.

    It is left then by closing the connection. RabbitMQ logs that as a warning, "client unexpectedly
    closed TCP connection", and there is no politer way without credentials: connection.close before
    start-ok is an error in its log, and holds the connection for three seconds more.
    """
    spoken = ask(target, talk, amqp.HEADER, amqp.version, "AMQP")
    target.said = [f"speaks {spoken}"]
