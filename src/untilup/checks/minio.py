"""minio:// - up when MinIO has its drives, with enough of them to write.

Tested with documented answers, not with MinIO.
"""

from __future__ import annotations

from untilup.errors import answered
from untilup.net import http_question
from untilup.protocols import http_answer
from untilup.targets import http_service, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

SYNTAX = http_service.syntax("minio://minio", "minio://minio:9443#tls", port=9000)
validate = tls_options.validate_if_asked

# Of the answers to a health check; "offline" as long as the server starts (cmd/healthcheck-handler.go).
STATUS_FIELD = b"x-minio-server-status"
_HINT = "Check that enough of its drives and nodes are online, and look at the server's log."


def ask(target: Target, stream: Stream) -> None:
    """Return when the server can read and write. It needs no key for that, and none is sent.

    /minio/health/live would be answered with 200 as soon as the port is open.
    """
    response = http_question.get(target, stream, "/minio/health/cluster")
    is_starting = bool(response.field_values(STATUS_FIELD))
    if response.status == 503 or (is_starting and response.status == 200):  # noqa: PLR2004 - in words below
        meaning = "it is starting" if is_starting else "too few drives are online to write"
        raise answered("not-serving", f"HTTP {response.status}: {meaning}", _HINT)
    if response.status != 200:  # noqa: PLR2004 - OK
        raise http_answer.unexpected(response, "MinIO")
    if response.body:
        raise http_answer.other_content(response, "MinIO")
