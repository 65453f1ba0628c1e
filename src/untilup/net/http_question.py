"""One question over HTTP to a server that has a scheme of its own, and its whole answer."""

from __future__ import annotations

from time import monotonic

from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols import http_request
from untilup.protocols.framing import WrongProtocol
from untilup.protocols.http_response import ResponseParser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from untilup.net.stream import Stream
    from untilup.targets.target import Target


def get(
    target: Target,
    stream: Stream,
    path: str,
    *,
    user: str = "",
    fields: Collection[tuple[str, str]] = (),
) -> ResponseParser:
    """Return the answer to a GET request for *path*, with the body that it has in its first MiB.

    *user* (``name:password``, percent-encoded) and *fields* are credentials, and none are sent by default.
    Raise NotReady if the answer is incomplete, or not HTTP/1. Then its bytes are not shown if credentials
    were sent.
    """
    host = http_request.encode_host(target.host, target.port, default_port=0)
    response = ResponseParser(wanted=True)
    began = monotonic()
    stream.send(http_request.encode_request("GET", path, host, user=user, fields=fields))
    try:
        while not response.ended:
            received = stream.receive()
            response.feed(received)
            if not (received or response.ended):
                raise stream.closed_early()
    except WrongProtocol as error:
        show = not (user or fields)
        raise wrong_protocol(target, error.received, "HTTP", error.problem, show=show) from None
    stream.attempt.observe("answer", monotonic() - began, str(response.status), "")
    return response
