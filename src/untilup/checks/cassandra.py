"""cassandra:// - up when a node answers OPTIONS, without a login; any listed node is enough.

Tested with documented bytes, not with a server.
"""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import cassandra
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# native_transport_port in cassandra.yaml.
SYNTAX = TargetSyntax(
    "cassandra://db",
    "cassandra://user:password@one,two:9142/keyspace#tls&ca=/run/secrets/ca.pem",
    port=9042,
    multi_host=True,
    allows_raw_password=True,
    encrypted=tls_options.is_asked,
    options=tls_options.IF_ASKED,
)
validate = tls_options.validate_if_asked


def ask(target: Target, stream: Stream) -> None:
    """Return when a node has answered: it opens this port when it has joined the cluster."""
    request_ = cassandra.options_request()
    answer = request(target, stream, request_, cassandra.parse_response, "Cassandra")
    cassandra.raise_unless_serving(*answer)
