"""A TLS stream, and what its failures mean: those that may end by themselves, and those that do not.

A server may start without its real certificate: with none, a self-signed one, or one for another
name. So these failures are NotReady. An expired certificate, or a missing client certificate, needs
a change by the operator: these are NeverReady.
"""

from __future__ import annotations

import ssl
from time import gmtime, monotonic, strftime

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, NotReady, answered
from untilup.net.stream import closed_early
from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    from untilup.targets.attempt import Attempt

    T = TypeVar("T")

    class Plain(Protocol):
        """What a TLS stream uses of the stream under it: a SocketStream has it."""

        answer_size: int

        @property
        def attempt(self) -> Attempt: ...

        def send(self, data: bytes) -> None: ...
        def receive(self, until: float | None = None) -> bytes: ...
        def close(self) -> None: ...


PIECE = 16 * 1024
# The first byte of each record that a server may send first: RFC 8446 section 5.1.
ALERT, HANDSHAKE = 21, 22

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED; the others from x509_vfy.h too
_PLACEHOLDER = "a placeholder until the server has its real one, or from a CA that ca= must name"
_NAMES = "Use a host that the certificate names, or request another name: host= (https://), servername= (tls://)."
# OpenSSL's verification error -> what is wrong with the certificate, hint
_UNVERIFIED = {
    9: ("is not valid yet", "Check the clocks of the server and of this machine."),
    18: (f"is self-signed: {_PLACEHOLDER}", "Trust it with ca=, or do not verify it (insecure)."),
    19: (f"is from a CA that is not trusted here: {_PLACEHOLDER}", "Name its CA with ca=."),
    20: (f"is from a CA that is not known here: {_PLACEHOLDER}", "Name its CA with ca=, or have the server send its intermediate certificates."),
    21: (f"is not from a CA that is known here: {_PLACEHOLDER}", "Name its CA with ca=."),
    62: ("is for other host names", _NAMES),
    64: ("is for other addresses", _NAMES),
}  # fmt: skip

# The server's alerts, by the end of OpenSSL's name for them (RFC 8446 section 6.2).
_REQUIRES_CERTIFICATE = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE")
_CLIENT_CERTIFICATE_ENDED = {
    "CERTIFICATE_EXPIRED": "has expired",
    "CERTIFICATE_REVOKED": "was revoked",
}
_REFUSES_CLIENT_CERTIFICATE = (
    *("BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_UNKNOWN", "UNKNOWN_CA"),
    *("ACCESS_DENIED", "CERTIFICATE_REQUIRED"),
)
_HINTS = {
    "HANDSHAKE_FAILURE": "Look at the server's log: it may have no certificate yet, require a client certificate (cert=), or accept other versions of TLS.",
    "INTERNAL_ERROR": "Look at the server's log: it may have no certificate yet.",
    "UNRECOGNIZED_NAME": _NAMES,
    "PROTOCOL_VERSION": "Enable TLS 1.2 or 1.3 on the server.",
}


class TLSStream:
    """TLS over the stream *plain*, which it owns and closes; it has the methods of a SocketStream.

    The server's certificate must be for *name*, unless *context* does not verify it.
    *took* is how long the handshake took, in seconds. OpenSSL reads from memory and writes to it; only
    *plain* uses a socket.
    """

    def __init__(self, plain: Plain, context: ssl.SSLContext, name: str) -> None:
        self.took = 0.0
        self._plain = plain
        self.answer_size = 0
        self._from_server = ssl.MemoryBIO()
        self._to_server = ssl.MemoryBIO()
        # In bytes, because a str would load the idna codec.
        self._tls = context.wrap_bio(
            self._from_server, self._to_server, server_hostname=name.encode("ascii")
        )

    @property
    def attempt(self) -> Attempt:
        """The attempt that the stream is a part of."""
        return self._plain.attempt

    @property
    def version(self) -> str:
        """The version of TLS after the handshake, ``TLSv1.3``, or nothing before."""
        return self._tls.version() or ""

    def handshake(self) -> None:
        """Make the TLS handshake; raise NotReady or NeverReady if it fails.

        In TLS 1.3 the server verifies the client's certificate after the handshake. If it refuses
        that, the first *receive* raises the failure.
        """
        began = monotonic()
        self._run(self._tls.do_handshake)
        self.took = monotonic() - began

    def send(self, data: bytes) -> None:
        """Send *data*; see SocketStream.send."""
        self.answer_size = 0
        self._run(lambda: self._tls.write(data))

    def receive(self, until: float | None = None) -> bytes:
        """Return what the server sends next, or nothing if it has closed the connection.

        Raise what SocketStream.receive raises, and what *handshake* raises.
        """

        def read() -> bytes:
            try:
                return self._tls.read(PIECE)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # without close_notify, and with it
                return b""

        received = self._run(read, until)
        self.answer_size += len(received)
        return received

    def closed_early(self) -> NotReady:
        """Return the failure of a server that closed the connection before its answer was complete."""
        return closed_early(self.answer_size)

    def close(self) -> None:
        """Send close_notify if possible, then close *plain*."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:  # the server's close_notify is not waited for
            pass
        try:
            self._flush()
        except NotReady:
            pass
        finally:
            self._plain.close()

    def _run(self, step: Callable[[], T], until: float | None = None) -> T:
        """Call *step* until it has received what it needs; return its result."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._receive_encrypted(until)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                raise self.closed_early() from None
            except ssl.SSLError as error:
                # OpenSSL has made an alert for the server's log; close() sends it.
                shows_certificate = "cert" in self.attempt.target.options
                raise tls_failure(error, shows_certificate=shows_certificate) from None
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._to_server.pending:
            self._plain.send(self._to_server.read())

    def _receive_encrypted(self, until: float | None) -> None:
        # Session tickets are not part of an answer.
        self._plain.answer_size = self.answer_size
        received = self._plain.receive(until)
        if not received:
            self._from_server.write_eof()
            return
        if not self.version:  # during the handshake
            if not self.answer_size and received[0] not in {ALERT, HANDSHAKE}:
                raise WrongProtocol(received=received)
            self.answer_size += len(received)
        self._from_server.write(received)


def tls_failure(error: ssl.SSLError, *, shows_certificate: bool) -> NotReady | NeverReady:
    """Return the failure for *error*; the client has a certificate if *shows_certificate*."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _unverified(error)
    reason = error.reason or "no reason given"
    alert = reason if "ALERT" in reason or reason.endswith("UNRECOGNIZED_NAME") else ""
    refusal = _refused_with(alert) if shows_certificate else _refused_without(alert)
    if refusal:
        return refusal
    hint = next((hint for name, hint in _HINTS.items() if alert.endswith(name)), "")
    who = "the server refuses the TLS handshake" if alert else "the TLS handshake failed"
    detail = f"{who} ({reason.lower().replace('_', ' ')})"
    return answered("tls", detail, hint)


def _unverified(error: ssl.SSLCertVerificationError) -> NotReady | NeverReady:
    if error.verify_code == _EXPIRED:
        now = strftime("%Y-%m-%d %H:%M UTC", gmtime())
        return NeverReady(
            "certificate-expired",
            f"the server's certificate, or one of its chain, has expired (the clock of this machine: {now})",
            evidence=ALIVE,
        )
    otherwise = (f"does not verify: {printable(error.verify_message)}", "")
    words, hint = _UNVERIFIED.get(error.verify_code, otherwise)
    detail = f"the server's certificate {words}"
    return answered("certificate", detail, hint)


def _refused_without(alert: str) -> NeverReady | None:
    """Return the failure for an *alert* to a client without a certificate, or None."""
    if not alert.endswith(_REQUIRES_CERTIFICATE):
        return None
    detail = "the server requires a client certificate, and the target has none"
    return NeverReady("client-certificate", detail, "Add one with cert= and key=.", evidence=ALIVE)


def _refused_with(alert: str) -> NotReady | NeverReady | None:
    """Return the failure for an *alert* to a client with a certificate, or None."""
    for name, over in _CLIENT_CERTIFICATE_ENDED.items():
        if alert.endswith(name):
            detail = f"the server reports that the client certificate (cert=) {over}"
            hint = "Renew the client certificate."
            return NeverReady("client-certificate", detail, hint, evidence=ALIVE)
    if not alert.endswith(_REFUSES_CLIENT_CERTIFICATE):
        return None
    return answered(
        "client-certificate",
        f"the server refuses the client certificate, or does not know its CA yet ({alert.lower().replace('_', ' ')})",
        "Check that the client certificate is from a CA that the server trusts.",
    )
