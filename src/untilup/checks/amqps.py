"""amqps:// - ready when the broker answers so over TLS, and its certificate verifies."""

from untilup.checks import amqp
from untilup.targets import tls_options

# Registered with IANA.
SYNTAX = amqp.SYNTAX.over_tls(
    "amqps://mq", "amqps://user:password@mq/vhost#ca=/run/secrets/ca.pem", port=5671
)
validate = tls_options.validate
ask = amqp.ask
