"""mongodb:// - ready when a server answers hello, which takes no login; any of several will do (tested by documented bytes, not by MongoDB itself)."""

from __future__ import annotations

from functools import partial

from untilup.checks import Form
from untilup.net import either, tls
from untilup.net.exchange import ask
from untilup.protocols import mongodb
from untilup.targets.query import TRUE, parse_query, take_tls
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.protocols.mongodb import Reply
    from untilup.targets.target import Target

FORM = Form(
    "mongodb://db",
    "mongodb://user:password@one,two,three/app?replicaSet=rs0#primary",
    "mongodb://db/?tls=true#ca=/run/secrets/ca.pem",
    port=27017,
    path=True,
    user=True,
    hosts=True,
    raw=True,
    choices={
        "primary": (FLAG, "it can be written to: one of the hosts is the primary"),
        **tls.CHOICES,
    },
)
# Options of a connection string have no case.
REPLICA_SET = "replicaset"
# The second is the older name.
TLS = ("tls=true", "ssl=true")
FILES = {"tlscafile": "ca", "tlscertificatekeyfile": "cert"}
LENIENCIES = {
    "tlsinsecure": (TRUE, "insecure"),
    "tlsallowinvalidcertificates": (TRUE, "insecure"),
    "tlsallowinvalidhostnames": (TRUE, "any-name"),
}


def validate(target: Target) -> None:
    """Take from the query what drivers would; raise Malformed for what makes no sense."""
    either.validate(target, "?tls=true", encrypted=_encrypted(target))
    take_tls(target, FILES, LENIENCIES)


def check(target: Target, timeout: float) -> None:
    """Return when a server has answered; with the option ``primary`` when one that can be written to has."""
    either.ask(target, timeout, _see, encrypted=_encrypted(target))


def _see(target: Target, talk: Talk) -> None:
    primary: bool = target.options.get("primary", False)
    mongodb.judge(greet(target, talk), primary=primary, replica_set=_replica_set(target))


def greet(target: Target, talk: Talk) -> Reply:
    """Return what the server says of itself; who does not know ``hello`` is asked by its older name."""
    answer = _say(target, talk, 0)
    return _say(target, talk, 1) if mongodb.unknown(answer) else answer


def _say(target: Target, talk: Talk, number: int) -> Reply:
    understand = partial(mongodb.reply, number=number)
    question = mongodb.question(number)
    return ask(target, talk, question, understand, "MongoDB")


def _replica_set(target: Target) -> str:
    """Return the replica set that the query of *target* demands, or nothing."""
    named = [
        values[-1] for name, values in parse_query(target).items() if name.lower() == REPLICA_SET
    ]
    return named[-1] if named else ""


def _encrypted(target: Target) -> bool:
    query = target.path.partition("?")[2].lower()
    return any(option in TLS for option in query.split("&"))
