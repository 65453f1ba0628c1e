"""zookeeper:// - up when srvr is answered with the mode of a server that serves; a server without a quorum is not up."""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import zookeeper
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target


# The clientPort of ZooKeeper's sample configuration.
SYNTAX = TargetSyntax(
    "zookeeper://zk",
    "zookeeper://zk1,zk2,zk3:2182/chroot",
    "zookeeper://zk:2281#tls&ca=/run/secrets/ca.pem",
    port=2181,
    multi_host=True,
    allows_raw_password=True,
    encrypted=tls_options.is_asked,
    options=tls_options.IF_ASKED,
)
validate = tls_options.validate_if_asked


def ask(target: Target, stream: Stream) -> None:
    """Return when the server serves: alone, or as a member of an ensemble with a quorum."""
    mode = request(target, stream, zookeeper.SRVR, zookeeper.mode, "ZooKeeper")
    stream.attempt.output = [f"the server's mode is {mode}"]
