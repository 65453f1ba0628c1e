"""https:// - ready when the same is so over TLS, with a certificate that verifies."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import tls
from untilup.protocols import http_request
from untilup.protocols.http_exchange import exchange
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# RFC 7301: who speaks HTTP/2 too is told that this does not.
PROTOCOL = "http/1.1"

FORM = Form(
    "https://api/health",
    "https://10.0.0.5:8443/health#host=api.example.com&ca=/run/secrets/ca.pem",
    port=443,
    path=True,
    params=True,
    user=True,
    choices={**http_request.CHOICES, **tls.CHOICES},
)


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    http_request.validate(target)
    tls.validate(target)


def check(target: Target, timeout: float) -> None:
    """Return when the server answers as *target* asks for, and is who it should be."""
    asked = target.options.get("host")
    name = tls.name(hostport.split(asked)[0] if asked else target.host)
    conversation = tls.connect(target, timeout, name, PROTOCOL)
    try:
        exchange(target, conversation)
    finally:
        conversation.close()
