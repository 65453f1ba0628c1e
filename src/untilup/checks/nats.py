"""nats:// - ready when the server says INFO, and then does not turn the client away."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import multihost
from untilup.protocols import nats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

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
    multihost.ask(target, timeout, nats.be_welcomed)
