"""A server that answers, and speaks another protocol than it was asked in: which, as far as it shows."""

from __future__ import annotations

from time import monotonic

from untilup.display import quotable
from untilup.errors import NotReady, answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# A first line, or a greeting, that comes in pieces: as much of it, within so many seconds.
ENOUGH_TO_NAME = 64
TIME_TO_NAME = 0.1
# RFC 8446 section 5.1: an alert, and a version that begins with 3 ever since SSL 3.
TLS_ALERT = b"\x15\x03"
# AMQP 0-9-1 section 4.2.2, and 1.0 section 2.2: who is asked in another way says how.
AMQP = b"AMQP"
# The MySQL protocol: a length of three bytes, the number 0, and the version of the handshake.
MYSQL_HEADER = 5
MYSQL_VERSIONS = (9, 10)
# Of a server's version and what it offers; another packet may have come with it.
LONGEST_GREETING = 1024
# Protocols that go by a shorter name in the reason code, which is not-PROTOCOL.
_SHORTER = {"PostgreSQL": "postgres", "MySQL or MariaDB": "mysql"}
_NOT_SHOWN = "(not shown: it may repeat a secret of the target)"


def read_preview(talk: Stream, said: bytes) -> bytes:
    """Return what a server *said*, and what belongs to that and comes at once."""
    until = monotonic() + TIME_TO_NAME
    try:
        while len(said) < ENOUGH_TO_NAME and b"\n" not in said and (more := talk.receive(until)):
            said += more
    except (TimeoutError, NotReady):
        pass
    return said


def wrong_protocol(
    target: Target, said: bytes, protocol: str, problem: str = "", *, show: bool = True
) -> NotReady:
    """Return the failure of a server that does not speak *protocol*: the *problem*, or what it *said*.

    The server may repeat what it was asked, so what it said is shown only if that holds nothing of
    the target's user and password. If *show* is false, it is never shown.
    """
    hint = "Check whether this port wants TLS." if said.startswith(TLS_ALERT) else ""
    detail = f"answered, but not as {protocol}: {problem or _named(target, said, show=show)}"
    reason = f"not-{_SHORTER.get(protocol, protocol.lower())}"
    return answered(reason, detail, hint)


def _named(target: Target, said: bytes, *, show: bool) -> str:
    if said.startswith(TLS_ALERT):
        return "this is TLS"
    if said.startswith(AMQP):
        return "this is AMQP"
    if not show:
        return _NOT_SHOWN
    if (
        len(said) > MYSQL_HEADER
        and MYSQL_HEADER < int.from_bytes(said[:3], "little") <= LONGEST_GREETING
        and said[3] == 0
        and said[4] in MYSQL_VERSIONS
    ):
        version = said[MYSQL_HEADER:].partition(b"\0")[0]
        return f"this is MySQL or MariaDB {_quoted(target, version)}"
    return _quoted(target, said)


def _quoted(target: Target, said: bytes) -> str:
    """Return the first line of what the server *said*."""
    text = said.strip().partition(b"\n")[0].rstrip().decode("utf-8", "replace")
    if not text:
        return "(nothing that can be shown)"
    return quotable(target.user, text) or _NOT_SHOWN
