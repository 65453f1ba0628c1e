"""temporal:// - up when the frontend of Temporal answers SERVING for its workflow service."""

from __future__ import annotations

from untilup.checks import grpc
from untilup.net import stream
from untilup.targets import http_service, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
SYNTAX = http_service.syntax(
    "temporal://temporal",
    "temporal://temporal#tls&cert=/run/secrets/client.pem",
    port=7233,
)
validate = tls_options.validate_if_asked


def ask(target: Target, connection: Stream) -> None:
    """Return when the service serves. Its health needs no login."""
    grpc.ask_service(target, connection, SERVICE, encrypted=tls_options.is_asked(target))


def connect(attempt: Attempt) -> Stream:
    """Return a stream to the frontend, over TLS if the target asks for that."""
    if not tls_options.is_asked(attempt.target):
        return stream.connect(attempt)
    from untilup.checks import grpcs

    return grpcs.connect(attempt)
