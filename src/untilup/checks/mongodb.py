"""mongodb:// - ready when a server answers hello, which takes no login; any of several will do."""

from __future__ import annotations

from functools import partial

from untilup.checks import Form, _either, _hosts, _mongodb, _tls
from untilup.checks._ask import ask
from untilup.kinds import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.checks._conversation import Talk
    from untilup.checks._mongodb import Reply
    from untilup.target import Target

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
        **_tls.CHOICES,
    },
)
# Options of a connection string have no case; the second is the older name.
TLS = ("tls=true", "ssl=true")


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    _either.validate(target, "?tls=true", encrypted=_encrypted(target))


def check(target: Target, timeout: float) -> None:
    """Return when a server has answered; with the option ``primary`` when one that can be written to has."""
    _hosts.look(target, timeout, _look)


def _look(target: Target, timeout: float) -> None:
    conversation = _either.connect(target, timeout, encrypted=_encrypted(target))
    try:
        answer = greet(target, conversation)
    finally:
        conversation.close()
    _mongodb.judge(answer, primary=target.options.get("primary", False))


def greet(target: Target, talk: Talk) -> Reply:
    """Return what the server says of itself; who does not know ``hello`` is asked by its older name."""
    answer = _say(target, talk, 0)
    return _say(target, talk, 1) if _mongodb.unknown(answer) else answer


def _say(target: Target, talk: Talk, number: int) -> Reply:
    understand = partial(_mongodb.reply, number=number)
    question = _mongodb.question(number)
    return ask(target, talk, question, understand, "MongoDB", "not-mongodb")


def _encrypted(target: Target) -> bool:
    query = target.path.partition("?")[2].lower()
    return any(option in TLS for option in query.split("&"))
