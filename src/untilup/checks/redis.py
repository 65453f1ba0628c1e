"""redis:// - ready when PING is answered by PONG, or by a demand for a password."""

from __future__ import annotations

from untilup.net.exchange import read_until
from untilup.protocols import redis
from untilup.targets import path
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = TargetSyntax(
    "redis://cache",
    "redis://user:password@cache1:6379,cache2/0",
    "redis://localhost#unix=/run/redis/redis.sock",
    port=6379,
    path=True,
    userinfo=True,
    multi_host=True,
    allows_raw_password=True,
    options=path.UNIX_OPTION,
)
validate = path.validate_socket_option


def ask(target: Target, stream: Stream) -> None:
    """Return when the answer to a PING says that the server serves; user and password are never sent."""
    stream.send(redis.PING)
    read_until(target, stream, "Redis", redis.is_serving)
