"""kafka:// - up when a broker answers ApiVersions, without a login; with topic=, when each partition has a leader.

Any listed broker is enough. Tested with tansu, librdkafka's mock brokers and documented bytes, not with
Apache Kafka.
"""

from __future__ import annotations

from untilup.errors import DOWN, NotReady
from untilup.net.exchange import request
from untilup.protocols import kafka
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# What a topic may be called: Kafka's org.apache.kafka.common.internals.Topic.
MAX_NAME = 249
_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def _topics(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if any(not 0 < len(name) <= MAX_NAME or name in {".", ".."} for name in names):
        raise ValueError(text)
    if not all(_OF_NAMES.issuperset(name) for name in names):
        raise ValueError(text)
    return names


# The port of Kafka's quick start.
SYNTAX = TargetSyntax(
    "kafka://broker",
    "kafka://one,two,three:9093/",
    "kafka://broker#topic=orders,payments",
    "kafka://broker:9093#tls&ca=/run/secrets/ca.pem",
    port=9092,
    multi_host=True,
    encrypted=tls_options.is_asked,
    options={
        "topic": (
            ValueType("NAMES", "names of topics, separated by commas", _topics),
            "these topics must exist, and each of their partitions must have a leader",
        ),
        **tls_options.IF_ASKED,
    },
)
validate = tls_options.validate_if_asked


def ask(target: Target, stream: Stream) -> None:
    """Return when a broker has answered; a client learns the other brokers from any one.

    A broker whose listener requires a login answers ApiVersions, and closes the connection after the
    request for topics.
    """
    request_ = kafka.api_versions_request()
    kafka.raise_unless_serving(request(target, stream, request_, kafka.parse_error_code, "Kafka"))
    topics: tuple[str, ...] = target.options.get("topic", ())
    if not topics:
        return
    from untilup.protocols import kafka_metadata

    request_ = kafka_metadata.metadata_request(topics)
    try:
        found = request(target, stream, request_, kafka_metadata.parse_topics, "Kafka")
    except NotReady as failure:
        if failure.evidence != DOWN:
            raise
        detail = "the broker closed the connection when it was asked for topics: it requires a login, or is older than Kafka 0.11"
        raise kafka_metadata.unauthorized(detail) from None
    kafka_metadata.raise_unless_usable(found, topics)
