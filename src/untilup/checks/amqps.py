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


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    _tls.validate(target)


def check(target: Target, timeout: float) -> None:
    """Return when the broker begins to negotiate, and is who it should be."""
    target.said = []
    conversation = _tls.connect(target, timeout, _tls.name(target.host))
    try:
        greet(target, conversation)
    finally:
        conversation.close()
