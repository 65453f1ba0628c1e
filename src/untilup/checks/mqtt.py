"""mqtt:// - ready when the broker answers a CONNECT, be it by a refusal of this client."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import multihost
from untilup.protocols import mqtt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
FORM = Form(
    "mqtt://broker",
    "mqtt://user:password@broker:1883",
    port=1883,
    path=True,
    user=True,
    hosts=True,
    raw=True,
)


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* says that it serves; user and password are never sent."""
    multihost.ask(target, timeout, mqtt.knock)
