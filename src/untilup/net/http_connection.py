"""Connects to a web server, over TLS for ``https://``."""

from __future__ import annotations

from untilup.net import stream
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt

# RFC 7301: a server that also speaks HTTP/2 learns that this client does not.
PROTOCOL = "http/1.1"


def connect(attempt: Attempt) -> Stream:
    """Return a stream; the certificate must be for the host that the request names."""
    target = attempt.target
    if target.scheme != "https":
        return stream.connect(attempt)
    from untilup.net import tls

    host = target.options.get("host")
    name = tls.server_hostname(hostport.split_host_port(host)[0] if host else target.host)
    return tls.connect(attempt, name, PROTOCOL)
