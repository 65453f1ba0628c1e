"""memcached:// - ready when the server tells its version, or wants to know who asks."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import multihost
from untilup.protocols import memcached
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
FORM = Form(
    "memcached://cache",
    "memcached://cache1,cache2:11211#binary",
    port=11211,
    path=True,
    user=True,
    hosts=True,
    raw=True,
    choices={"binary": (FLAG, "ask by the binary protocol, as servers with SASL want it")},
)


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* says that it serves; user and password are never sent."""
    multihost.ask(target, timeout, memcached.ask)
