"""amqps:// - ready when the broker answers so over TLS, and its certificate verifies."""

from __future__ import annotations

from untilup.checks import Form, _tls
from untilup.checks._broker import greet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

# Registered with IANA.
FORM = Form(
    "amqps://mq",
    "amqps://user:password@mq/vhost#ca=/run/secrets/ca.pem",
    port=5671,
    path=True,
    user=True,
    raw=True,
    choices=_tls.CHOICES,
)


validate = _tls.validate


def check(target: Target, timeout: float) -> None:
    """Return when the broker begins to negotiate, and is who it should be."""
    _tls.ask(target, timeout, greet)
