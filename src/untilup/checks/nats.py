"""nats:// - ready when the server says INFO, and then does not turn the client away."""

from __future__ import annotations

from untilup.checks import Form, _hosts, _nats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target

# Registered with IANA.
FORM = Form(
    "nats://bus",
    "nats://user:password@bus1:4222,bus2",
    port=4222,
    path=True,
    user=True,
    hosts=True,
    raw=True,
)


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* has welcomed the client; user and password are never sent."""
    _hosts.ask(target, timeout, _nats.be_welcomed)
