"""memcached:// - ready when the server tells its version, or wants to know who asks."""

from __future__ import annotations

from untilup.net.exchange import read_until
from untilup.protocols import memcached
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = TargetSyntax(
    "memcached://cache",
    "memcached://cache1,cache2:11211#binary",
    port=11211,
    path=True,
    userinfo=True,
    multi_host=True,
    allows_raw_password=True,
    options={"binary": (FLAG, "ask by the binary protocol, as servers with SASL want it")},
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the answer says that the server serves; raise as memcached.is_serving() does."""
    binary = target.options.get("binary")
    stream.send(memcached.BINARY_VERSION if binary else memcached.VERSION)
    read_until(
        target, stream, "memcached", memcached.serves_binary if binary else memcached.is_serving
    )
