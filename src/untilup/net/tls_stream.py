"""A conversation over TLS, and what its failures mean: those that time cures, and those that a person must.

Time can cure what a server starts with until it has the real thing: no certificate, one that it
made for itself, one of another name. It cannot cure what only a person can: what has expired, or
is missing on this side.
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
    from typing import TypeVar

    from untilup.net.stream import SocketStream
    from untilup.targets.attempt import Attempt

    T = TypeVar("T")

PIECE = 16 * 1024
# The first byte of all that a server can say first: RFC 8446 section 5.1.
ALERT, HANDSHAKE = 21, 22

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED; the others from x509_vfy.h too
_PLACEHOLDER = "a placeholder until it gets the real one, or a CA that ca= should name"
_NAMES = "the target's host has to be a name that the server has; https:// and tls:// may ask for another, by host= and servername="
# What OpenSSL finds wrong with a certificate, in words, and what to do about it.
_UNVERIFIED = {
    9: ("is not valid yet", "are the clocks of the server and of this machine right?"),
    18: (f"is signed by itself: {_PLACEHOLDER}", "trust it by ca=, or do not verify, by insecure"),
    19: (f"leads to a CA that is not trusted here: {_PLACEHOLDER}", "name its CA by ca="),
    20: (f"leads to a CA that is not known here: {_PLACEHOLDER}", "name its CA by ca=; or the server does not send the certificates between"),
    21: (f"leads to nobody who is known here: {_PLACEHOLDER}", "name its CA by ca="),
    62: ("is for other names than this", _NAMES),
    64: ("is for other addresses than this", _NAMES),
}  # fmt: skip

# The server's alerts, by the end of OpenSSL's name for them (RFC 8446 section 6.2).
_WANTS_A_CERTIFICATE = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE")
_OURS_IS_OVER = {"CERTIFICATE_EXPIRED": "has expired", "CERTIFICATE_REVOKED": "was revoked"}
_REFUSES_OURS = (
    *("BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_UNKNOWN", "UNKNOWN_CA"),
    *("ACCESS_DENIED", "CERTIFICATE_REQUIRED"),
)
_HINTS = {
    "HANDSHAKE_FAILURE": "it may have no certificate yet, want one of the client's (cert=), or speak other versions of TLS",
    "INTERNAL_ERROR": "it may have no certificate yet: what does its log say?",
    "UNRECOGNIZED_NAME": _NAMES,
    "PROTOCOL_VERSION": "it speaks neither TLS 1.2 nor 1.3",
}


class TLSStream:
    """TLS on top of the conversation *plain*, which becomes its own; it is spoken to as that is.

    The server must have a certificate for *name*, unless *context* asks for none;
    *shows_certificate* is true where the context has one to show. The handshake *took* that many
    seconds. Nothing here knows sockets: what OpenSSL sends and receives goes through memory.
    """

    __slots__ = ("_certificate", "_from_server", "_heard", "_plain", "_tls", "_to_server", "took")

    def __init__(
        self, plain: SocketStream, context: ssl.SSLContext, name: str, *, shows_certificate: bool
    ) -> None:
        self.took = 0.0
        self._plain = plain
        self._heard = 0
        self._certificate = shows_certificate
        self._from_server = ssl.MemoryBIO()
        self._to_server = ssl.MemoryBIO()
        # In bytes, because a str would load the idna codec.
        self._tls = context.wrap_bio(
            self._from_server, self._to_server, server_hostname=name.encode("ascii")
        )

    @property
    def attempt(self) -> Attempt:
        """The attempt that the conversation is a part of."""
        return self._plain.attempt

    @property
    def version(self) -> str:
        """Which TLS is spoken, once the hands are shaken: ``TLSv1.3``."""
        return self._tls.version() or ""

    def shake_hands(self) -> None:
        """Return when both sides are content; raise NotReady or NeverReady where they are not.

        In TLS 1.3 the server looks at the client's certificate after that, and its refusal is the
        first that is received.
        """
        began = monotonic()
        self._go_on(self._tls.do_handshake)
        self.took = monotonic() - began

    def send(self, question: bytes) -> None:
        """Say *question*; see SocketStream.send."""
        self._heard = 0
        self._go_on(lambda: self._tls.write(question))

    def receive(self, until: float | None = None) -> bytes:
        """Return what the server says next, or nothing where it has closed.

        Raise what SocketStream.receive does, and what *shake_hands* does.
        """

        def read() -> bytes:
            try:
                return self._tls.read(PIECE)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # without a goodbye, and with one
                return b""

        said = self._go_on(read, until)
        self._heard += len(said)
        return said

    def hung_up(self) -> NotReady:
        """Return the reason for a server that closed before it had answered."""
        return closed_early(self._heard)

    def close(self) -> None:
        """Say goodbye, as far as that is possible, and close."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:  # not without the server's goodbye, which is not waited for
            pass
        try:
            self._pass_on()
        except NotReady:
            pass
        finally:
            self._plain.close()

    def _go_on(self, step: Callable[[], T], until: float | None = None) -> T:
        """Return what *step* does, once it has heard from the server all that it needs."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._pass_on()
                self._hear(until)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                raise self.hung_up() from None
            except ssl.SSLError as error:
                # With the reason why, for the server's log; close() will pass it on.
                raise tls_failure(error, shows_certificate=self._certificate) from None
            else:
                self._pass_on()
                return done

    def _pass_on(self) -> None:
        if self._to_server.pending:
            self._plain.send(self._to_server.read())

    def _hear(self, until: float | None) -> None:
        # Tickets and the like are no answer yet.
        self._plain.heard = self._heard
        said = self._plain.receive(until)
        if not said:
            self._from_server.write_eof()
            return
        if not self.version:  # during the handshake
            if not self._heard and said[0] not in {ALERT, HANDSHAKE}:
                raise WrongProtocol(said=said)
            self._heard += len(said)
        self._from_server.write(said)


def tls_failure(error: ssl.SSLError, *, shows_certificate: bool) -> NotReady | NeverReady:
    """Return what *error* means to a client that waits, and *shows_certificate* or not."""
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
            f"the server's certificate, or one that it leads to, has expired; this machine's clock says {now}",
            evidence=ALIVE,
        )
    otherwise = (f"does not verify: {printable(error.verify_message)}", "")
    words, hint = _UNVERIFIED.get(error.verify_code, otherwise)
    detail = f"the server's certificate {words}"
    return answered("certificate", detail, hint)


def _refused_without(alert: str) -> NeverReady | None:
    """Return what an *alert* means to a client that has shown no certificate."""
    if not alert.endswith(_WANTS_A_CERTIFICATE):
        return None
    detail = "the server wants a client certificate, and the target has none"
    return NeverReady("client-certificate", detail, "show one by cert= and key=", evidence=ALIVE)


def _refused_with(alert: str) -> NotReady | NeverReady | None:
    """Return what an *alert* means to a client that has shown one."""
    for name, over in _OURS_IS_OVER.items():
        if alert.endswith(name):
            detail = f"the client certificate (cert=) {over}, says the server"
            hint = "somebody has to renew it"
            return NeverReady("client-certificate", detail, hint, evidence=ALIVE)
    if not alert.endswith(_REFUSES_OURS):
        return None
    return answered(
        "client-certificate",
        f"the server refuses the client certificate, or does not know its CA yet ({alert.lower().replace('_', ' ')})",
        "is it of the CA that the server asks for?",
    )
