"""Redis's PING, and the parser of the answer.

The answer is one line: a simple string or an error (RESP, redis.io/docs/latest/develop/reference/protocol-spec).
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line

# As client libraries send it; proxies (Envoy, twemproxy) know no other form.
PING = b"*1\r\n$4\r\nPING\r\n"
# The longest answer, -DENIED, has 1,000 bytes (src/networking.c, clientAcceptHandler).
MAX_LINE = 4 * 1024

PONG = "+PONG"
# Errors of a server that serves clients with a password, or with more permissions. Before 2.6
# NOAUTH was "ERR operation not permitted". PING may have been renamed.
_SERVES = ("-NOAUTH", "-NOPERM", "-ERR operation not permitted", "-ERR unknown command")

# The beginning of an error (src/server.c), reason, what it means, hint.
_ERRORS = (
    ("-LOADING", "not-serving", "it is loading its data, and does not serve yet", "Raise --timeout: a large dump takes time to load."),
    ("-MASTERDOWN", "master-down", "it is a replica that has lost its master, and serves no stale data", "Check that the master is up, and that the replica reaches it (replicaof, masterauth)."),
    ("-BUSY", "busy", "a script or function keeps it from serving", "Run SCRIPT KILL or FUNCTION KILL on the server. Both work only before the script has written."),
    ("-MISCONF", "cannot-save", "it cannot save its data, and accepts no writes", "Check that its disk is not full and its directory is writable. Look at its log."),
    ("-ERR max number of clients", "too-many-clients", "its connection limit is reached", "Raise its maxclients, or find the client that keeps connections open."),
)  # fmt: skip
_PROTECTED = "-DENIED"


def is_serving(received: bytes) -> bool:
    """Tell whether *received* is the answer of a server that serves; False if more has to come.

    Raise NotReady for an error that may end, NeverReady for one that only an administrator can end,
    WrongProtocol for an answer of another protocol.
    """
    if received[:1] not in {b"", b"+", b"-"}:
        raise WrongProtocol
    line = first_line(received, MAX_LINE)
    if line is None:
        return False
    if line == PONG or line.startswith(_SERVES):
        return True
    if line.startswith(_PROTECTED):
        raise NeverReady(
            "host-refused",
            "the server is in protected mode: it has no password set and refuses remote connections",
            "Set a password on the server (requirepass), or disable its protected-mode.",
            evidence=ALIVE,
        )
    if line.startswith("-"):
        raise _error(line)
    raise WrongProtocol


def _error(line: str) -> NotReady:
    """Return the failure for an error; the text of an unknown error is shown."""
    for start, reason, meaning, hint in _ERRORS:
        if line.startswith(start):
            detail = f"the server answers, but {meaning}: {printable(line)}"
            return answered(reason, detail, hint)
    detail = f"the server answers with an error: {printable(line)}"
    return answered("server-error", detail)
