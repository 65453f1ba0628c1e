"""The health of a cluster of Elasticsearch or OpenSearch, and what the answers to it mean.

The source is the documentation of the API "Cluster health". *local* asks for the state that the node
itself knows. That is red as long as it knows no master (ClusterStateHealth), and costs the master nothing.
"""

from __future__ import annotations

from untilup.errors import ALIVE, NotReady, answered
from untilup.protocols import http_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.protocols.http_response import ResponseParser

SERVER = "Elasticsearch or OpenSearch"
_PATH = "/_cluster/health?local=true"
# With a status to wait for, a server that has waited in vain answers 408 with the status all the same.
ANSWERED = (200, 408)
USABLE = ("green", "yellow")
UNUSABLE = "red"
# The realms in which both ask for a login, in lower case.
_REALM = b"security"
# Their errors for a user who may not see the health.
_DENIED = b"security_exception"
# OpenSearch, before it has read its index of users (BackendRegistry).
_NOT_INITIALIZED = b"Security not initialized"

_UNKNOWN = "so whether its cluster can be used is unknown"
_LOG = "Look at the server's log."


def path(seconds: float) -> str:
    """Return the path of the question. The server may hold it for *seconds*; with 0 it answers at once."""
    if not seconds:
        return _PATH
    return f"{_PATH}&wait_for_status=yellow&timeout={int(seconds * 1000)}ms"


def judge(response: ResponseParser, *, has_credentials: bool) -> str | None:
    """Return what remains unknown, perhaps nothing, of a cluster that can be used; None if it cannot yet.

    Raise NotReady for any other answer.
    """
    if response.status in ANSWERED:
        document = http_answer.json_of(response, SERVER)
        status = document.get("status") if isinstance(document, dict) else None
        if status in USABLE:
            return ""
        if status == UNUSABLE:
            return None
        raise http_answer.other_content(response, SERVER)
    if response.status == 401:  # noqa: PLR2004 - Unauthorized
        return _judge_unauthorized(response, has_credentials=has_credentials)
    if response.status == 403 and _DENIED in response.body:  # noqa: PLR2004 - Forbidden
        return f"the user may not see the health of the cluster, {_UNKNOWN}"
    if response.status == 503 and _NOT_INITIALIZED in response.body:  # noqa: PLR2004 - Service Unavailable
        detail = "HTTP 503: OpenSearch has not initialized its security yet"
        raise answered("not-serving", detail, _LOG)
    raise http_answer.unexpected(response, SERVER)


def not_usable(*, cheap: bool) -> NotReady:
    """Return the failure of a cluster that cannot be used yet; *cheap* if the server has held the question."""
    detail = "the cluster's status is red: it has no master yet, or lacks primary shards"
    hint = "Check that enough nodes have joined (GET /_cat/nodes), and which shards are not assigned (GET /_cluster/allocation/explain)."
    return NotReady("not-serving", detail, hint, cheap=cheap, evidence=ALIVE)


def _judge_unauthorized(response: ResponseParser, *, has_credentials: bool) -> str:
    challenges = response.field_values(b"www-authenticate")
    if challenges and not any(_REALM in challenge.lower() for challenge in challenges):
        detail = f"HTTP 401, but by another server than {SERVER}: a proxy may require credentials"
        hint = "Give the credentials of the proxy (SCHEME://user:password@HOST, header=)."
        raise answered("status", detail, hint)
    if has_credentials:
        detail = "HTTP 401: the server rejects the credentials, or does not know them yet"
        raise answered("status", detail, "Check the user and password, or header=.")
    return f"the server requires credentials and the target has none, {_UNKNOWN}"
