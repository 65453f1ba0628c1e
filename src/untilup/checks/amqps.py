"""amqps:// - ready when the broker answers so over TLS, and its certificate verifies."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import tls
from untilup.protocols.amqp_broker import greet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
FORM = Form(
    "amqps://mq",
    "amqps://user:password@mq/vhost#ca=/run/secrets/ca.pem",
    port=5671,
    path=True,
    user=True,
    raw=True,
    choices=tls.CHOICES,
)


validate = tls.validate


def check(target: Target, timeout: float) -> None:
    """Return when the broker begins to negotiate, and is who it should be."""
    tls.ask(target, timeout, greet)
