"""Connect to a target over TLS.

The first attempt at such a target imports ``ssl``.
"""

from __future__ import annotations

from untilup import display
from untilup.net import failures, stream
from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols.framing import WrongProtocol
from untilup.targets.hostport import to_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.tls_stream import Plain, TLSStream
    from untilup.targets.attempt import Attempt


def connect(attempt: Attempt, name: str, protocol: str = "") -> TLSStream:
    """Return a TLS stream to the target after the handshake. The caller closes it.

    The certificate must be for *name*, a host name or an address. *protocol* is offered by ALPN
    (RFC 7301). Raise NotReady as stream.connect() does, and NotReady or NeverReady for failures of
    TLS: see tls_stream.py and tls_context.py.
    """
    load_context(attempt, protocol)
    return start_tls(stream.connect(attempt), name, protocol)


def load_context(attempt: Attempt, protocol: str = "") -> None:
    """Raise NeverReady if a file that TLS needs cannot be used, before the server is contacted."""
    from untilup.net import tls_context

    if file := attempt.target.options.get("ca"):  # its file system may hang
        attempt.enter(f"{failures.OPENING}{display.path(file)}")
    tls_context.client_context(attempt.target, protocol)


def start_tls(plain: Plain, name: str, protocol: str = "") -> TLSStream:
    """Return a TLS stream over *plain*, which has no unread data; see *connect*.

    The stream closes *plain* when it is closed. If TLS fails, *plain* is closed too.
    """
    from untilup.net import tls_context, tls_stream

    target = plain.attempt.target
    try:
        context = tls_context.client_context(target, protocol)
        encrypted = tls_stream.TLSStream(plain, context, name)
    except BaseException:
        plain.close()
        raise
    try:
        encrypted.handshake()
    except WrongProtocol as error:
        encrypted.close()
        raise wrong_protocol(target, error.received, "TLS") from None
    except BaseException:
        encrypted.close()
        raise
    verified = "not verified" if target.options.get("insecure") else "verified"
    plain.attempt.observe(
        "TLS handshake", encrypted.took, encrypted.version, f"certificate {verified}"
    )
    return encrypted


def server_hostname(host: str) -> str:
    """Return *host* as certificates name it: in ASCII, without a zone and a final dot."""
    return to_ascii(host.partition("%")[0].removesuffix("."))
