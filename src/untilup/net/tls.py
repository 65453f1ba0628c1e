"""TLS as a part of a target: what may be asked for, and a conversation that is encrypted.

``ssl`` is imported when such a target is looked at, and not before.
"""

from __future__ import annotations

from untilup.errors import Malformed
from untilup.net import multihost, stream
from untilup.values import FLAG, PATH, SECRET_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import Conversation
    from untilup.net.tls_stream import Encrypted
    from untilup.targets.target import Target
    from untilup.values import Choices

CHOICES: Choices = {
    "insecure": (FLAG, "do not verify the certificate"),
    "ca": (PATH, "trust the CA certificates in this file (PEM), and no others"),
    "cert": (PATH, "show this client certificate (PEM), with what leads to its CA"),
    "key": (SECRET_PATH, "the key of `cert`, where it is not in the same file"),
}


def validate(target: Target) -> None:
    """Raise Malformed for options that make no sense together."""
    if "key" in target.options and "cert" not in target.options:
        raise Malformed("'key' is the key of a 'cert', which is missing")
    if target.options.get("insecure") and "ca" in target.options:
        raise Malformed("with 'insecure' no certificate is verified, and 'ca' is for nothing")


def ask(target: Target, timeout: float, question: Callable[[Target, Encrypted], None]) -> None:
    """Do what _hosts.ask() does, over TLS; each host must have a certificate for its name."""

    def converse(host: Target, left: float) -> None:
        conversation = connect(host, left, name(host.host))
        try:
            question(host, conversation)
        finally:
            conversation.close()

    multihost.look(target, timeout, converse)


def connect(target: Target, timeout: float, name: str, protocol: str = "") -> Encrypted:
    """Return a conversation with *target* over TLS, the handshake done; the caller's to close.

    *name* is who the certificate must be for, a host or an address; *protocol* what is to be spoken
    (RFC 7301). Raise NotReady as _conversation.connect() does, and NotReady or NeverReady for what
    is wrong with TLS: see tls_stream.py and tls_context.py.
    """
    prepare(target, protocol)
    return upgrade(target, stream.connect(target, timeout), name, protocol)


def prepare(target: Target, protocol: str = "") -> None:
    """Raise NeverReady where this side lacks what TLS needs: that is known before anybody is asked."""
    from untilup.net import tls_context

    tls_context.context(target, protocol)


def upgrade(target: Target, plain: Conversation, name: str, protocol: str = "") -> Encrypted:
    """Return the conversation *plain*, of which nothing is unread, over TLS; see *connect*.

    It closes *plain* when it is closed, and where there can be no TLS.
    """
    from untilup.net import tls_context, tls_stream

    try:
        context = tls_context.context(target, protocol)
        encrypted = tls_stream.Encrypted(
            plain, context, name, shows_certificate="cert" in target.options
        )
    except BaseException:
        plain.close()
        raise
    try:
        encrypted.shake_hands()
    except BaseException:
        encrypted.close()
        raise
    verified = "not verified" if target.options.get("insecure") else "verified"
    target.saw("TLS handshake", encrypted.took, encrypted.version, f"certificate {verified}")
    return encrypted


def name(host: str) -> str:
    """Return *host* as certificates name it: no zone, no dot at the end, in ASCII."""
    bare = host.partition("%")[0].removesuffix(".")
    return bare if bare.isascii() else bare.encode("idna").decode("ascii")
