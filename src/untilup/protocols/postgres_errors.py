"""What the errors of a PostgreSQL server, or of a pooler in front of it, mean for a client that waits."""

from __future__ import annotations

from untilup.display import printable, quotable
from untilup.errors import NotReady, answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.protocols.postgres import StartupReply

# SQLSTATE (the manual's appendix "PostgreSQL Error Codes") of a server that serves, and would not
# serve this client: a role, a password or pg_hba.conf; a database; the privilege to connect to it, or
# a database that accepts no connections.
SERVES = ("28", "3D000", "42501", "55000")
# The rest is of a server that does not serve, or not this time: reason, what it means, a hint.
_MEANINGS = {
    "57P03": ("not-serving", "the server is starting, recovering or shutting down", "after a crash it replays its log first, which its own log tells of"),
    "57P01": ("not-serving", "the server is shutting down", ""),
    "57P02": ("not-serving", "another of the server's processes has crashed, and it starts again", ""),
    "08P01": ("server-error", "the server rejected the startup message", ""),
    "53300": ("too-many-clients", "its connection limit is reached", "Raise max_connections, or find the client that keeps connections open (pg_stat_activity)."),
}  # fmt: skip
_OTHERWISE = ("server-error", "the server fails", "")
# PgBouncer has one code for almost everything, and tells by how its words begin (1.18, src/client.c).
_OF_POOLERS = "08P01"
_POOLERS = {
    "no such database": ("server-error", "the pooler has no such database", "Add the database to [databases] of pgbouncer.ini, or correct its name in the URL."),
    "no more connections allowed": ("too-many-clients", "the pooler's connection limit is reached", "Raise max_client_conn, or find the client that keeps connections open."),
    "SSL required": ("server-error", "it wants TLS", "Ask over TLS: sslmode=require."),
}  # fmt: skip


def startup_failure(user: str, found: StartupReply, *sent: str) -> NotReady:
    """Return what the error in the reply means; the server's text is shown unless it repeats the *user* or what was *sent*."""
    reason, meaning, hint = _MEANINGS.get(found.code, _OTHERWISE)
    known = ""
    if found.code == _OF_POOLERS:
        known = next((words for words in _POOLERS if found.text.startswith(words)), "")
        reason, meaning, hint = _POOLERS.get(known, (reason, meaning, hint))
    # A known beginning repeats nothing of the target, whatever stands behind it.
    words = quotable(user, found.text, *sent) or known
    words = words or "(not shown: it repeats something of the target)"
    code = f" ({printable(found.code)})" if found.code else ""
    detail = f"answered, and {meaning}: {words}{code}"
    return answered(reason, detail, hint)


def tls_refused() -> NotReady:
    """Return the failure of a server that does not speak TLS, which ``sslmode`` demands."""
    return answered(
        "not-tls",
        "answered that it does not speak TLS, and sslmode= asks for it",
        "Check that the server has a certificate and ssl = on, or ask by sslmode=prefer.",
    )
