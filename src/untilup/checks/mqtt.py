"""mqtt:// - ready when the broker answers a CONNECT, be it by a refusal of this client."""

from __future__ import annotations

from untilup.checks import Form, _hosts, _mqtt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

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
    _hosts.ask(target, timeout, _mqtt.knock)
