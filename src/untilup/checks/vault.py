"""vault:// - up when Vault or OpenBao is initialized and unsealed; a standby is up, too.

Tested with documented answers, not with Vault.
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

SYNTAX = http_service.syntax("vault://vault", "vault://vault#tls&ca=/vault/tls/ca.pem", port=8200)
validate = tls_options.validate_if_asked

# The status codes of /sys/health in Vault's API documentation: active; a standby; a secondary for
# disaster recovery; a standby that serves reads.
UP = (200, 429, 472, 473)
_DOWN = {
    474: ("it is a standby that cannot reach the active node", "Check the active node."),
    501: ("it is not initialized", "Initialize it: vault operator init."),
    503: ("it is sealed", "Unseal it: vault operator unseal."),
    530: ("it has been removed from its cluster", "Look at the server's log."),
}


def ask(target: Target, stream: Stream) -> None:
    """Return when the server can serve. No token is needed, and none is sent."""
    response = http_question.get(target, stream, "/v1/sys/health")
    if response.status in UP or response.status in _DOWN:
        document = http_answer.json_of(response, "Vault")
        if not isinstance(document, dict) or "sealed" not in document:
            raise http_answer.other_content(response, "Vault")
    if response.status in UP:
        return
    if response.status in _DOWN:
        meaning, hint = _DOWN[response.status]
        raise answered("not-serving", f"HTTP {response.status}: {meaning}", hint)
    raise http_answer.unexpected(response, "Vault")
