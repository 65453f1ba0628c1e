"""PING, what a server of the Redis protocol answers to it, and what that means; no sockets.

One line is enough: a simple string or an error (RESP, redis.io/docs/latest/develop/reference/protocol-spec).
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line

# As every client library sends it; what stands in between (Envoy, twemproxy) knows no other form.
PING = b"*1\r\n$4\r\nPING\r\n"
# The longest answer there is, -DENIED, has 1,000 bytes (src/networking.c, clientAcceptHandler).
LONGEST_LINE = 4 * 1024

PONG = "+PONG"
# Refusals of a server that serves others: who has a password, or may ask for more than this client.
# Before 2.6 NOAUTH was "ERR operation not permitted", and PING itself may have been renamed.
_SERVES = ("-NOAUTH", "-NOPERM", "-ERR operation not permitted", "-ERR unknown command")

# How an error begins, its reason, what it means and what to do about it; in src/server.c.
_ERRORS = (
    ("-LOADING", "not-serving", "it loads its data, and does not serve yet", "Raise --timeout: a large dump takes its time."),
    ("-MASTERDOWN", "master-down", "it is a replica that has lost its master, and serves no stale data", "is its master up, and does the replica reach it (replicaof, masterauth)?"),
    ("-BUSY", "busy", "a script or function keeps it from serving", "SCRIPT KILL or FUNCTION KILL ends it, if it has not written yet"),
    ("-MISCONF", "cannot-save", "it cannot save its data, and takes no writes", "is its disk full, or its folder not writable? See its log"),
    ("-ERR max number of clients", "too-many-clients", "its connection limit is reached", "Raise its maxclients, or find the client that keeps connections open."),
)  # fmt: skip
_PROTECTED = "-DENIED"


def is_serving(said: bytes) -> bool:
    """Return whether *said*, all that has come so far, is the answer of a server that serves.

    False where more has to come. Raise NotReady for an answer that may become another, NeverReady
    for one that only a person can change, WrongProtocol for none of this protocol.
    """
    if said[:1] not in {b"", b"+", b"-"}:
        raise WrongProtocol
    line = first_line(said, LONGEST_LINE)
    if line is None:
        return False
    if line == PONG or line.startswith(_SERVES):
        return True
    if line.startswith(_PROTECTED):
        raise NeverReady(
            "host-refused",
            "the server is in protected mode: it has no password set and refuses remote connections",
            "Set a password on the server (requirepass), or switch its protected-mode off.",
            evidence=ALIVE,
        )
    if line.startswith("-"):
        raise _error(line)
    raise WrongProtocol


def _error(line: str) -> NotReady:
    """Return what an error means; the server's own words name an unforeseen one."""
    for start, reason, meaning, hint in _ERRORS:
        if line.startswith(start):
            detail = f"the server answers, but {meaning}: {printable(line)}"
            return answered(reason, detail, hint)
    detail = f"the server answers with an error: {printable(line)}"
    return answered("server-error", detail)
