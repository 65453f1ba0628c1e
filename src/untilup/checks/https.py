"""https:// - up when a GET request over TLS is answered with a status in 200-399, and the certificate verifies."""

from __future__ import annotations

from untilup.checks import http
from untilup.net import http_connection
from untilup.targets import http_options, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

SYNTAX = http.SYNTAX.over_tls(
    "https://api/health",
    "https://10.0.0.5:8443/health#host=api.example.com&ca=/run/secrets/ca.pem",
    port=443,
)
ask = http.ask
connect = http_connection.connect


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that contradict each other."""
    http_options.validate(target)
    tls_options.validate(target)
