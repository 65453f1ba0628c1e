"""Failures for HTTP answers that the server of a scheme does not send, and the JSON of answers."""

from __future__ import annotations

from untilup.errors import answered
from untilup.protocols import json_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.errors import NotReady
    from untilup.protocols.http_response import ResponseParser

_SERVER = "Check that this is the port of the server, and whether it requires TLS (#tls)."
_LOG = "Look at the server's log."


def unexpected(response: ResponseParser, server: str) -> NotReady:
    """Return the failure for a status that *server*, the name of a product, does not send."""
    if response.status in range(500, 600):
        return answered("status", f"HTTP {response.status}: the server cannot serve now", _LOG)
    return answered("status", f"HTTP {response.status}, which is no answer of {server}", _SERVER)


def other_content(response: ResponseParser, server: str) -> NotReady:
    """Return the failure for a body that *server*, the name of a product, does not send."""
    detail = f"HTTP {response.status}, but its body is not that of {server}"
    return answered("wrong-answer", detail, _SERVER)


def json_of(response: ResponseParser, server: str) -> object:
    """Return the value that the body has in JSON; raise NotReady for anything else."""
    try:
        return json_path.parse(bytes(response.body))
    except json_path.NotJSON:
        raise other_content(response, server) from None
