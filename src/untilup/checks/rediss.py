"""rediss:// - ready when PING over TLS is answered so, and the server's certificate verifies."""

from __future__ import annotations

from untilup.checks import Form, _redis, _tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

# Redis has no port of its own for TLS, and clients take the same.
FORM = Form(
    "rediss://cache",
    "rediss://user:password@cache:6380/0#ca=/run/secrets/ca.pem",
    port=6379,
    path=True,
    user=True,
    hosts=True,
    raw=True,
    choices=_tls.CHOICES,
)

validate = _tls.validate


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* says that it serves, and is who it should be."""
    _tls.ask(target, timeout, _redis.ping)
