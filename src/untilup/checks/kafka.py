"""kafka:// - ready when a broker answers ApiVersions, which takes no login; any of several will do (tested by documented bytes and a library's brokers, not by Kafka itself)."""

from __future__ import annotations

from untilup.checks import Form
from untilup.net import either, tls
from untilup.net.exchange import ask
from untilup.protocols import kafka
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.targets.target import Target

# The port of the quick start, and of everybody's examples.
FORM = Form(
    "kafka://broker",
    "kafka://one,two,three:9093/",
    "kafka://broker:9093#tls&ca=/run/secrets/ca.pem",
    port=9092,
    hosts=True,
    choices={"tls": (FLAG, "ask over TLS, and verify the certificate"), **tls.CHOICES},
)


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    either.validate(target, "'tls'", encrypted=_encrypted(target))


def check(target: Target, timeout: float) -> None:
    """Return when a broker has answered; any of them leads to the others."""
    either.ask(target, timeout, _greet, encrypted=_encrypted(target))


def _greet(target: Target, talk: Talk) -> None:
    kafka.judge(ask(target, talk, kafka.question(), kafka.error, "Kafka"))


def _encrypted(target: Target) -> bool:
    return bool(target.options.get("tls"))
