"""amqp:// - ready when the broker answers AMQP's protocol header; nobody logs in."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import multihost
from untilup.protocols.amqp_broker import greet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
FORM = Form("amqp://mq", "amqp://user:password@mq/vhost", port=5672, path=True, user=True, raw=True)


def check(target: Target, timeout: float) -> None:
    """Return when the broker begins to negotiate; the vhost is of no matter before a login."""
    multihost.ask(target, timeout, greet)
