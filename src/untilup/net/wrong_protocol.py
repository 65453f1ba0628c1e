"""Describes a server that answers in another protocol than the target's."""

from __future__ import annotations

from time import monotonic

from untilup.display import quotable
from untilup.errors import NotReady, answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# How much of a first line or greeting is read, and for how many seconds, if it comes in pieces.
PREVIEW_BYTES = 64
PREVIEW_TIMEOUT = 0.1
# RFC 8446 section 5.1: an alert, and a version that begins with 3 ever since SSL 3.
TLS_ALERT = b"\x15\x03"
# AMQP 0-9-1 section 4.2.2, and 1.0 section 2.2: the answer to an unexpected header.
AMQP = b"AMQP"
# The MySQL protocol: a length of three bytes, the number 0, and the version of the handshake.
MYSQL_HEADER = 5
MYSQL_VERSIONS = (9, 10)
# The packet with the server's version and capabilities; another packet may follow it.
MAX_GREETING = 1024
# Protocols with a shorter name in the reason code, which is not-PROTOCOL.
_SHORTER = {"PostgreSQL": "postgres", "MySQL or MariaDB": "mysql", "SQL Server": "mssql"}
_NOT_SHOWN = "(not shown: it may repeat a secret of the target)"


def read_preview(stream: Stream, received: bytes) -> bytes:
    """Return the bytes *received*, with those that come at once and belong to the same line."""
    until = monotonic() + PREVIEW_TIMEOUT
    try:
        while (
            len(received) < PREVIEW_BYTES
            and b"\n" not in received
            and (more := stream.receive(until))
        ):
            received += more
    except (TimeoutError, NotReady):
        pass
    return received


def wrong_protocol(
    target: Target, received: bytes, protocol: str, problem: str = "", *, show: bool = True
) -> NotReady:
    """Return the failure of a server that does not speak *protocol*.

    It shows the *problem*, or the bytes *received*. The server may repeat the request, so its bytes
    are shown only if they do not repeat the target's user or password, and never if *show* is false.
    """
    hint = "Check whether this port wants TLS." if received.startswith(TLS_ALERT) else ""
    problem = problem or _description(target, received, show=show)
    detail = f"answered, but not as {protocol}: {problem}"
    reason = f"not-{_SHORTER.get(protocol, protocol.lower())}"
    return answered(reason, detail, hint)


def _description(target: Target, received: bytes, *, show: bool) -> str:
    if received.startswith(TLS_ALERT):
        return "this is TLS"
    if received.startswith(AMQP):
        return "this is AMQP"
    if not show:
        return _NOT_SHOWN
    if (
        len(received) > MYSQL_HEADER
        and MYSQL_HEADER < int.from_bytes(received[:3], "little") <= MAX_GREETING
        and received[3] == 0
        and received[4] in MYSQL_VERSIONS
    ):
        version = received[MYSQL_HEADER:].partition(b"\0")[0]
        return f"this is MySQL or MariaDB {_quoted(target, version)}"
    return _quoted(target, received)


def _quoted(target: Target, received: bytes) -> str:
    """Return the first line of the bytes *received*."""
    text = received.strip().partition(b"\n")[0].rstrip().decode("utf-8", "replace")
    if not text:
        return "(nothing that can be shown)"
    return quotable(target.user, text) or _NOT_SHOWN
