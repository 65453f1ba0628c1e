"""rediss:// - ready when PING over TLS is answered so, and the server's certificate verifies."""

from __future__ import annotations

from untilup.checks import redis
from untilup.targets import query, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# Redis has no port of its own for TLS, and clients take the same.
SYNTAX = redis.SYNTAX.over_tls(
    "rediss://cache", "rediss://user:password@cache:6380/0#ca=/run/secrets/ca.pem", port=6379
)
ask = redis.ask

# As redis-py has them, and Celery, which wants the first of the leniencies in every such URL.
FILES = {"ssl_ca_certs": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key"}
LENIENCIES = {
    "ssl_cert_reqs": (("none", "cert_none"), "insecure"),
    "ssl_check_hostname": (query.FALSE, "any-name"),
}


def normalize(target: Target) -> Target:
    """Return *target* with what redis-py would take from its query; raise InvalidTarget for nonsense."""
    tls_options.validate(target)
    return query.apply_driver_tls(target, FILES, LENIENCIES)
