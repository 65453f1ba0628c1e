"""mqtts:// - ready when the broker answers so over TLS, and its certificate verifies."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import tls
from untilup.protocols import mqtt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA, as secure-mqtt.
FORM = Form(
    "mqtts://broker",
    "mqtts://user:password@broker:8883#ca=/run/secrets/ca.pem",
    port=8883,
    path=True,
    user=True,
    hosts=True,
    raw=True,
    choices=tls.CHOICES,
)

validate = tls.validate


def check(target: Target, timeout: float) -> None:
    """Return when a host of *target* says that it serves, and is who it should be."""
    tls.ask(target, timeout, mqtt.knock)
