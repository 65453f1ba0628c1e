"""amqps:// - up when the broker answers the AMQP protocol header over TLS, and its certificate verifies."""

from __future__ import annotations

from untilup.checks import amqp
from untilup.targets import query, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = amqp.SYNTAX.over_tls(
    "amqps://mq", "amqps://user:password@mq/vhost#ca=/run/secrets/ca.pem", port=5671
)
ask = amqp.ask

# "URI Query Parameters" of RabbitMQ, and the options of aio-pika and of Symfony.
FILES = {"cacertfile": "ca", "cafile": "ca", "cacert": "ca", "certfile": "cert", "keyfile": "key"}
TLS_RELAXATIONS = {
    "verify": (("verify_none", *query.FALSE), "insecure"),
    "no_verify_ssl": (query.TRUE, "insecure"),
}


def normalize(target: Target) -> Target:
    """Return *target* with the options that drivers read from its query."""
    tls_options.validate(target)
    return query.apply_driver_tls(target, FILES, TLS_RELAXATIONS)
