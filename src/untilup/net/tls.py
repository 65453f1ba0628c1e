"""TLS as a part of a target: what may be asked for, and a conversation that is encrypted.

``ssl`` is imported at the first attempt at such a target, and not before.
"""

from __future__ import annotations

from untilup.net import multihost, stream
from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import SocketStream
    from untilup.net.tls_stream import TLSStream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target


def ask_any_host(attempt: Attempt, ask: Callable[[Target, TLSStream], None]) -> None:
    """Do what multihost.ask_any_host() does, over TLS; each host needs a certificate for its name."""

    def converse(at_host: Attempt) -> None:
        host = at_host.target
        conversation = connect(at_host, server_hostname(host.host))
        try:
            ask(host, conversation)
        finally:
            conversation.close()

    multihost.check_any_host(attempt, converse)


def connect(attempt: Attempt, name: str, protocol: str = "") -> TLSStream:
    """Return a conversation with the target over TLS, the handshake done; the caller's to close.

    *name* is the host or the address that the certificate must be for; *protocol* is what is to be spoken
    (RFC 7301). Raise NotReady as stream.connect() does, and NotReady or NeverReady for what
    is wrong with TLS: see tls_stream.py and tls_context.py.
    """
    load_context(attempt.target, protocol)
    return start_tls(stream.connect(attempt), name, protocol)


def load_context(target: Target, protocol: str = "") -> None:
    """Raise NeverReady where this side lacks what TLS needs: that is known before the server is asked."""
    from untilup.net import tls_context

    tls_context.client_context(target, protocol)


def start_tls(plain: SocketStream, name: str, protocol: str = "") -> TLSStream:
    """Return the conversation *plain*, of which nothing is unread, over TLS; see *connect*.

    It closes *plain* when it is closed, and where there can be no TLS.
    """
    from untilup.net import tls_context, tls_stream

    target = plain.attempt.target
    try:
        context = tls_context.client_context(target, protocol)
        encrypted = tls_stream.TLSStream(
            plain, context, name, shows_certificate="cert" in target.options
        )
    except BaseException:
        plain.close()
        raise
    try:
        encrypted.shake_hands()
    except WrongProtocol as error:
        encrypted.close()
        raise wrong_protocol(target, error.said, "TLS") from None
    except BaseException:
        encrypted.close()
        raise
    verified = "not verified" if target.options.get("insecure") else "verified"
    plain.attempt.observe(
        "TLS handshake", encrypted.took, encrypted.version, f"certificate {verified}"
    )
    return encrypted


def server_hostname(host: str) -> str:
    """Return *host* as certificates name it: no zone, no dot at the end, in ASCII."""
    bare = host.partition("%")[0].removesuffix(".")
    return bare if bare.isascii() else bare.encode("idna").decode("ascii")
