"""tls:// - ready when the TLS handshake completes and the server's certificate verifies."""

from __future__ import annotations

from untilup.errors import DOWN, NotReady
from untilup.net import settle, tls
from untilup.targets import hostport, tls_options
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.tls_stream import TLSStream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target


def _name(text: str) -> str:
    if hostport.hostname_error(text) and not hostport.is_ipv6(text):
        raise ValueError(text)
    return text


SYNTAX = TargetSyntax(
    "tls://mail:993",
    "tls://10.0.0.5:8443#servername=db.example.com&ca=/run/secrets/ca.pem",
    port=443,
    options={
        "servername": (
            ValueType("HOST", "a host, without a port", _name),
            "ask for the certificate of this host instead of the target's",
        ),
        **tls_options.TLS_OPTIONS,
    },
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    tls_options.validate(target)


def check(attempt: Attempt) -> None:
    """Return when the handshake is complete, and the connection has stayed open for the settle time."""
    target = attempt.target
    name = tls.server_hostname(target.options.get("servername") or target.host)
    conversation = tls.connect(attempt, name)
    try:
        _stay_open(target, conversation)
    finally:
        conversation.close()


def _stay_open(target: Target, conversation: TLSStream) -> None:
    """Return when the server has said something, or has been content for the settling time.

    In TLS 1.3 the server verifies the client's certificate when the client is done already, and only
    then refuses. A TLS proxy without a backend hangs up here.
    """
    if not target.settle:
        return
    attempt = conversation.attempt
    attempt.enter("settling")
    left = min(attempt.timeout, attempt.left())
    said = settle.wait(conversation.receive, target.settle, left, conversation.took)
    if said == b"":
        raise NotReady(
            "closed",
            "the TLS handshake was complete, then the connection was closed at once: a proxy with nobody behind it, or a server that turns everybody away",
            "is the service behind the proxy started?",
            evidence=DOWN,
        )
