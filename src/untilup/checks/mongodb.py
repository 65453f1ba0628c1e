"""mongodb:// - up when a server answers hello, without a login; any listed server is enough.

Tested with documented bytes, not with MongoDB.
"""

from __future__ import annotations

from functools import partial

from untilup.net.exchange import request
from untilup.protocols import mongodb
from untilup.targets import tls_options
from untilup.targets.query import TRUE, apply_driver_tls, option_values
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.protocols.mongodb import Reply
    from untilup.targets.target import Target

# ssl is the older name.
TLS = ("tls=true", "ssl=true")


def _is_encrypted(target: Target) -> bool:
    query = target.path.partition("?")[2].lower()
    return any(option in TLS for option in query.split("&"))


SYNTAX = TargetSyntax(
    "mongodb://db",
    "mongodb://user:password@one,two,three/app?replicaSet=rs0#primary",
    "mongodb://db/?tls=true#ca=/run/secrets/ca.pem",
    port=27017,
    multi_host=True,
    allows_raw_password=True,
    encrypted=_is_encrypted,
    options={
        "primary": (FLAG, "one of the hosts must be the primary, which accepts writes"),
        **tls_options.TLS_OPTIONS,
    },
)
FILES = {"tlscafile": "ca", "tlscertificatekeyfile": "cert"}
TLS_RELAXATIONS = {
    "tlsinsecure": (TRUE, "insecure"),
    "tlsallowinvalidcertificates": (TRUE, "insecure"),
    "tlsallowinvalidhostnames": (TRUE, "any-name"),
}


def normalize(target: Target) -> Target:
    """Return *target* with the options that drivers read from its query."""
    tls_options.validate_if_encrypted(target, "?tls=true", encrypted=_is_encrypted(target))
    return apply_driver_tls(target, FILES, TLS_RELAXATIONS)


def ask(target: Target, stream: Stream) -> None:
    """Return when a server has answered; with the option ``primary`` when the primary has."""
    primary: bool = target.options.get("primary", False)
    reply = _request_hello(target, stream, 0)
    if mongodb.is_unknown_command(reply):
        reply = _request_hello(target, stream, 1)
    # Options of a connection string are case-insensitive.
    replica_set = option_values(target).get("replicaset", "")
    mongodb.raise_unless_serving(reply, primary=primary, replica_set=replica_set)


def _request_hello(target: Target, stream: Stream, number: int) -> Reply:
    parse = partial(mongodb.parse_reply, number=number)
    return request(target, stream, mongodb.hello_request(number), parse, "MongoDB")
