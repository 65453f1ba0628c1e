"""http:// - ready when a GET is answered by a status in 200-399; redirects are not followed."""

from __future__ import annotations

from untilup.checks import Form, _conversation, _request
from untilup.checks._exchange import exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

FORM = Form(
    "http://api:8080/health",
    "http://api/health#status=204&header=X-Api-Key:secret",
    "http://localhost/health#unix=/run/api.sock",
    port=80,
    path=True,
    params=True,
    user=True,
    choices={**_request.CHOICES, **_request.UNIX},
)


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together, and for a socket that cannot be."""
    _request.validate(target)
    _request.validate_socket(target)


def check(target: Target, timeout: float) -> None:
    """Return when the server answers as *target* asks for."""
    conversation = _conversation.connect(target, timeout)
    try:
        exchange(target, conversation)
    finally:
        conversation.close()
