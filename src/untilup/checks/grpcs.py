"""grpcs:// - up when the gRPC health service answers SERVING over TLS, and the certificate verifies."""

from __future__ import annotations

from untilup.checks import grpc
from untilup.net import tls
from untilup.targets import tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

# RFC 9113 section 3.2: servers of gRPC refuse a client that does not offer it.
PROTOCOL = "h2"

SYNTAX = grpc.SYNTAX.over_tls("grpcs://api:50051/shop.v1.Orders#ca=/run/secrets/ca.pem", port=0)
ask = grpc.ask


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that is not a service, and for options that contradict each other."""
    grpc.validate(target)
    tls_options.validate(target)


def connect(attempt: Attempt) -> Stream:
    """Return a stream over TLS; the certificate must be for the host of the target."""
    return tls.connect(attempt, tls.server_hostname(attempt.target.host), PROTOCOL)
