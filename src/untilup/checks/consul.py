"""consul:// - up when the cluster has a leader.

Tested with documented answers, not with Consul.
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

SYNTAX = http_service.syntax("consul://consul", "consul://one,two:8501#tls", port=8500)
validate = tls_options.validate_if_asked

_NO_LEADER = "the cluster has no leader yet"
_HINT = "Check that enough servers have joined (consul operator raft list-peers)."


def ask(target: Target, stream: Stream) -> None:
    """Return when the server names a leader. It needs no token for that, and none is sent."""
    response = http_question.get(target, stream, "/v1/status/leader")
    if response.status == 500:  # noqa: PLR2004 - "No cluster leader", from a client that knows no server
        raise answered("not-serving", f"HTTP 500: {_NO_LEADER}", _HINT)
    if response.status != 200:  # noqa: PLR2004 - the only other status in Consul's API documentation
        raise http_answer.unexpected(response, "Consul")
    leader = http_answer.json_of(response, "Consul")
    if not isinstance(leader, str) or (leader and ":" not in leader):
        raise http_answer.other_content(response, "Consul")
    if not leader:
        raise answered("not-serving", _NO_LEADER, _HINT)
