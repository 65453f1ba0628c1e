"""kafka:// - ready when a broker answers ApiVersions, which takes no login; any of several will do (tested by documented bytes and a library's brokers, not by Kafka itself)."""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import kafka
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target


def _is_encrypted(target: Target) -> bool:
    return bool(target.options.get("tls"))


# The port of Kafka's quick start.
SYNTAX = TargetSyntax(
    "kafka://broker",
    "kafka://one,two,three:9093/",
    "kafka://broker:9093#tls&ca=/run/secrets/ca.pem",
    port=9092,
    multi_host=True,
    encrypted=_is_encrypted,
    options={"tls": (FLAG, "ask over TLS, and verify the certificate"), **tls_options.TLS_OPTIONS},
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    tls_options.validate_if_encrypted(target, "'tls'", encrypted=_is_encrypted(target))


def ask(target: Target, stream: Stream) -> None:
    """Return when a broker has answered; any of them leads to the others."""
    request_ = kafka.api_versions_request()
    kafka.raise_unless_serving(request(target, stream, request_, kafka.parse_error_code, "Kafka"))
