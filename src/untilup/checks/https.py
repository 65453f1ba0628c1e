"""https:// - ready when the same is so over TLS, with a certificate that verifies."""

from __future__ import annotations

from untilup.checks.http import ask
from untilup.net import tls
from untilup.protocols import http_request
from untilup.targets import hostport, tls_options
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

# RFC 7301: who speaks HTTP/2 too is told that this does not.
PROTOCOL = "http/1.1"

SYNTAX = TargetSyntax(
    "https://api/health",
    "https://10.0.0.5:8443/health#host=api.example.com&ca=/run/secrets/ca.pem",
    port=443,
    path=True,
    path_params=True,
    userinfo=True,
    options={**http_request.HTTP_OPTIONS, **tls_options.TLS_OPTIONS},
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    http_request.validate(target)
    tls_options.validate(target)


def check(attempt: Attempt) -> None:
    """Return when the server answers as the target asks for, and its certificate verifies."""
    target = attempt.target
    asked = target.options.get("host")
    name = tls.server_hostname(hostport.split_host_port(asked)[0] if asked else target.host)
    conversation = tls.connect(attempt, name, PROTOCOL)
    try:
        ask(target, conversation)
    finally:
        conversation.close()
