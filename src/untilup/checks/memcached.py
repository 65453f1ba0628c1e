"""memcached:// - up when the server returns its version, or requires authentication."""

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
    multi_host=True,
    allows_raw_password=True,
    options={"binary": (FLAG, "use the binary protocol, which servers with SASL require")},
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server serves; raise as memcached.is_serving() does."""
    binary = target.options.get("binary")
    stream.send(memcached.BINARY_VERSION if binary else memcached.VERSION)
    read_until(
        target, stream, "memcached", memcached.serves_binary if binary else memcached.is_serving
    )
