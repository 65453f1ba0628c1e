"""neo4j:// - up when a server answers the handshake of Bolt, without a login; any listed server is enough.

Tested with documented bytes, not with a server.
"""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import bolt
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# server.bolt.listen_address in neo4j.conf.
SYNTAX = TargetSyntax(
    "neo4j://graph",
    "neo4j+s://user:password@graph:7687/movies",
    "neo4j://one,two,three/#tls&ca=/run/secrets/ca.pem",
    port=7687,
    multi_host=True,
    allows_raw_password=True,
    encrypted=tls_options.is_asked,
    options=tls_options.IF_ASKED,
)
validate = tls_options.validate_if_asked


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has chosen a version of Bolt, or has none of those that were proposed."""
    major, minor = request(target, stream, bolt.handshake(), bolt.parse_version, "Bolt")
    version = f"{major}.{minor}" if major else "a version that untilup did not propose"
    stream.attempt.output = [f"speaks Bolt {version}"]
