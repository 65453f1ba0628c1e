"""tls:// - up when the TLS handshake completes and the server's certificate verifies; with expect=, when the server sends that text."""

from __future__ import annotations

from untilup.errors import DOWN, NotReady
from untilup.net import settle, tls
from untilup.targets import hostport, tls_options
from untilup.targets.syntax import DIALOG, DIALOG_OPTIONS, TargetSyntax
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
    "tls://mail:993#expect=* OK",
    port=443,
    options={
        "servername": (
            ValueType("HOST", "a host, without a port", _name),
            "request the certificate of this host instead of the target's",
        ),
        **DIALOG_OPTIONS,
        **tls_options.TLS_OPTIONS,
    },
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    tls_options.validate(target)
    if DIALOG in target.options:
        from untilup.targets import dialog

        dialog.validate(target)


def check(attempt: Attempt) -> None:
    """Return when the handshake is complete and the connection has stayed open for the settle time.

    If the target has a dialog, the server must also have sent what that expects.
    """
    target = attempt.target
    name = tls.server_hostname(target.options.get("servername") or target.host)
    stream = tls.connect(attempt, name)
    try:
        if DIALOG in target.options:
            from untilup.net import dialog

            dialog.ask(target, stream)
        else:
            _stay_open(target, stream)
    finally:
        stream.close()


def _stay_open(target: Target, stream: TLSStream) -> None:
    """Return when the server has sent data, or has kept the connection open for the settle time.

    In TLS 1.3 the server verifies the client's certificate after the client's handshake has ended. A TLS
    proxy without a backend closes the connection here.
    """
    if not target.settle:
        return
    attempt = stream.attempt
    attempt.enter("settling")
    left = min(attempt.timeout, attempt.left())
    if settle.wait(stream.receive, target.settle, left, stream.took) == b"":
        raise NotReady(
            "closed",
            "the TLS handshake was complete, then the connection was closed at once: a proxy without a backend, or a server that rejects all clients",
            "Check that the service behind the proxy is running.",
            evidence=DOWN,
        )
