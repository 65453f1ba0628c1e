"""redis:// - ready when PING is answered by PONG, or by a demand for a password."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import multihost
from untilup.protocols import http_request, redis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
FORM = Form(
    "redis://cache",
    "redis://user:password@cache1:6379,cache2/0",
    "redis://localhost#unix=/run/redis/redis.sock",
    port=6379,
    path=True,
    user=True,
    hosts=True,
    raw=True,
    choices=http_request.UNIX,
)


validate = http_request.validate_socket


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* says that it serves; user and password are never sent."""
    multihost.ask(target, timeout, redis.ping)
