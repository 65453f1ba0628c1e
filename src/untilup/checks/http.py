"""http:// - ready when a GET is answered by a status in 200-399; redirects are not followed."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import stream
from untilup.protocols import http_request
from untilup.protocols.http_exchange import exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

FORM = Form(
    "http://api:8080/health",
    "http://api/health#status=204&header=X-Api-Key:secret",
    "http://localhost/health#unix=/run/api.sock",
    port=80,
    path=True,
    params=True,
    user=True,
    choices={**http_request.CHOICES, **http_request.UNIX},
)


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together, and for a socket that cannot be."""
    http_request.validate(target)
    http_request.validate_socket(target)


def check(target: Target, timeout: float) -> None:
    """Return when the server answers as *target* asks for."""
    conversation = stream.connect(target, timeout)
    try:
        exchange(target, conversation)
    finally:
        conversation.close()
