"""rediss:// - up when PING over TLS is answered with PONG or an authentication error, and the certificate verifies."""

from __future__ import annotations

from untilup.checks import redis
from untilup.targets import query, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Redis has no default port for TLS; clients use 6379.
SYNTAX = redis.SYNTAX.over_tls(
    "rediss://cache", "rediss://user:password@cache:6380/0#ca=/run/secrets/ca.pem", port=6379
)
ask = redis.ask

# The options of redis-py, of Celery, which requires ssl_cert_reqs in every such URL, of Lettuce
# (verifyPeer) and of go-redis (skip_verify).
FILES = {"ssl_ca_certs": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key"}
TLS_RELAXATIONS = {
    "ssl_cert_reqs": (("none", "cert_none"), "insecure"),
    "ssl_check_hostname": (query.FALSE, "any-name"),
    "verifypeer": (("none", *query.FALSE), "insecure"),
    "skip_verify": (query.TRUE, "insecure"),
}


def normalize(target: Target) -> Target:
    """Return *target* with the options that redis-py reads from its query."""
    redis.validate(target)
    tls_options.validate(target)
    return query.apply_driver_tls(target, FILES, TLS_RELAXATIONS)
