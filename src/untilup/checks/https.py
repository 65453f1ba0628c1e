"""https:// - ready when the same is so over TLS, with a certificate that verifies."""

from __future__ import annotations

from untilup import address
from untilup.checks import Form, _request, _tls
from untilup.checks._exchange import exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

# RFC 7301: who speaks HTTP/2 too is told that this does not.
PROTOCOL = "http/1.1"

FORM = Form(
    "https://api/health",
    "https://10.0.0.5:8443/health#host=api.example.com&ca=/run/secrets/ca.pem",
    port=443,
    path=True,
    params=True,
    user=True,
    choices={**_request.CHOICES, **_tls.CHOICES},
)


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    _request.validate(target)
    _tls.validate(target)


def check(target: Target, timeout: float) -> None:
    """Return when the server answers as *target* asks for, and is who it should be."""
    asked = target.options.get("host")
    name = _tls.name(address.split(asked)[0] if asked else target.host)
    conversation = _tls.connect(target, timeout, name, PROTOCOL)
    try:
        exchange(target, conversation)
    finally:
        conversation.close()
