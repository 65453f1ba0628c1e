"""mqtts:// - up when the broker answers CONNECT over TLS, even with a refusal, and its certificate verifies."""

from untilup.checks import mqtt
from untilup.targets import tls_options

# Registered with IANA, as secure-mqtt.
SYNTAX = mqtt.SYNTAX.over_tls(
    "mqtts://broker", "mqtts://user:password@broker:8883#ca=/run/secrets/ca.pem", port=8883
)
validate = tls_options.validate
ask = mqtt.ask
