"""mongodb:// - ready when a server answers hello, which takes no login; any of several will do (tested by documented bytes, not by MongoDB itself)."""

from __future__ import annotations

from functools import partial

from untilup.net.exchange import request
from untilup.protocols import mongodb
from untilup.targets import tls_options
from untilup.targets.query import TRUE, apply_driver_tls, parse_query
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.protocols.mongodb import Reply
    from untilup.targets.target import Target

# The second is the older name.
TLS = ("tls=true", "ssl=true")


def _is_encrypted(target: Target) -> bool:
    query = target.path.partition("?")[2].lower()
    return any(option in TLS for option in query.split("&"))


SYNTAX = TargetSyntax(
    "mongodb://db",
    "mongodb://user:password@one,two,three/app?replicaSet=rs0#primary",
    "mongodb://db/?tls=true#ca=/run/secrets/ca.pem",
    port=27017,
    path=True,
    userinfo=True,
    multi_host=True,
    allows_raw_password=True,
    encrypted=_is_encrypted,
    options={
        "primary": (FLAG, "it can be written to: one of the hosts is the primary"),
        **tls_options.TLS_OPTIONS,
    },
)
# Options of a connection string have no case.
REPLICA_SET = "replicaset"
FILES = {"tlscafile": "ca", "tlscertificatekeyfile": "cert"}
LENIENCIES = {
    "tlsinsecure": (TRUE, "insecure"),
    "tlsallowinvalidcertificates": (TRUE, "insecure"),
    "tlsallowinvalidhostnames": (TRUE, "any-name"),
}


def normalize(target: Target) -> Target:
    """Return *target* with what drivers would take from its query; raise InvalidTarget for nonsense."""
    tls_options.validate_if_encrypted(target, "?tls=true", encrypted=_is_encrypted(target))
    return apply_driver_tls(target, FILES, LENIENCIES)


def ask(target: Target, stream: Stream) -> None:
    """Return when a server has answered; with the option ``primary`` when one that can be written to has."""
    primary: bool = target.options.get("primary", False)
    reply = hello(target, stream)
    mongodb.raise_unless_serving(reply, primary=primary, replica_set=_replica_set(target))


def hello(target: Target, stream: Stream) -> Reply:
    """Return what the server says of itself; one that does not know ``hello`` is asked by its older name."""
    answer = _ask(target, stream, 0)
    return _ask(target, stream, 1) if mongodb.unknown(answer) else answer


def _ask(target: Target, stream: Stream, number: int) -> Reply:
    understand = partial(mongodb.parse_reply, number=number)
    question = mongodb.hello_request(number)
    return request(target, stream, question, understand, "MongoDB")


def _replica_set(target: Target) -> str:
    """Return the replica set that the query of *target* demands, or nothing."""
    named = [
        values[-1] for name, values in parse_query(target).items() if name.lower() == REPLICA_SET
    ]
    return named[-1] if named else ""
