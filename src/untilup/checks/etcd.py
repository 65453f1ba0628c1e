"""etcd:// - up when /health says that the member is healthy, which it is with a leader."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.net import http_question
from untilup.protocols import http_answer
from untilup.targets import http_service, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

SYNTAX = http_service.syntax(
    "etcd://one,two,three", "etcd://etcd#tls&cert=/run/secrets/client.pem", port=2379
)
validate = tls_options.validate_if_asked

_HINT = "Check that a majority of the members is up, and look at the server's log."


def ask(target: Target, stream: Stream) -> None:
    """Return when the member is healthy. It needs no user for that, and none is sent."""
    response = http_question.get(target, stream, "/health")
    if response.status not in {200, 503}:
        raise http_answer.unexpected(response, "etcd")
    document = http_answer.json_of(response, "etcd")
    fields = document if isinstance(document, dict) else {}
    # In version 3 it is a text: "true".
    health = str(fields.get("health")).lower()
    if health not in {"true", "false"}:
        raise http_answer.other_content(response, "etcd")
    if response.status != 200 or health == "false":  # noqa: PLR2004 - OK
        reason = fields.get("reason")
        why = f": {printable(reason)}" if isinstance(reason, str) and reason else ""
        raise answered("not-serving", f"the member is not healthy{why}", _HINT)
