"""s3:// - up when a server of the S3 API answers a request, even if it denies access."""

from __future__ import annotations

from untilup.errors import answered
from untilup.net import http_question
from untilup.protocols import http_answer
from untilup.targets import http_service, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

SYNTAX = http_service.syntax(
    "s3://seaweedfs:8333",
    "s3://ceph:7480",
    port=0,
    without_port="without a port it names a bucket",
)
validate = tls_options.validate_if_asked

# What the answer to ListBuckets begins with, or an error (the Amazon S3 API reference).
XML = (b"<ListAllMyBucketsResult", b"<Error>")


def ask(target: Target, stream: Stream) -> None:
    """Return when the server answers in the form of S3. The request is not signed, so it may be denied."""
    response = http_question.get(target, stream, "/")
    if not any(tag in response.body for tag in XML):
        if response.status != 200:  # noqa: PLR2004 - OK
            raise http_answer.unexpected(response, "S3")
        raise http_answer.other_content(response, "S3")
    if response.status >= 500:  # noqa: PLR2004 - InternalError, ServiceUnavailable, SlowDown
        detail = f"HTTP {response.status}: the server cannot serve now"
        raise answered("not-serving", detail, "Look at the server's log.")
