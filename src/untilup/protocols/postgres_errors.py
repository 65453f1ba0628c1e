"""Maps the errors of PostgreSQL, and of a pooler in front of it, to failures."""

from __future__ import annotations

from untilup.display import printable, quotable
from untilup.errors import NotReady, answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.protocols.postgres import StartupReply

# SQLSTATE codes (the manual's appendix "PostgreSQL Error Codes") of a server that serves, but
# rejects this client: the role, the password or pg_hba.conf; the database; the privilege to connect
# to it; a database that accepts no connections.
SERVES = ("28", "3D000", "42501", "55000")
# The codes of a server that does not serve (now): reason, what it means, hint.
_MEANINGS = {
    "57P03": ("not-serving", "the server is starting, recovering or shutting down", "Look at the server's log: after a crash, the server first replays its write-ahead log."),
    "57P01": ("not-serving", "the server is shutting down", ""),
    "57P02": ("not-serving", "another process of the server has crashed, and the server restarts", ""),
    "08P01": ("server-error", "the server rejected the startup message", ""),
    "53300": ("too-many-clients", "the server's connection limit is reached", "Raise max_connections, or find the client that keeps connections open (pg_stat_activity)."),
}  # fmt: skip
_OTHERWISE = ("server-error", "the server reports an error", "")
# PgBouncer uses one code for almost every error; the texts differ (1.18, src/client.c).
_OF_POOLERS = "08P01"
_POOLERS = {
    "no such database": ("server-error", "the pooler has no such database", "Add the database to [databases] of pgbouncer.ini, or correct its name in the URL."),
    "no more connections allowed": ("too-many-clients", "the pooler's connection limit is reached", "Raise max_client_conn, or find the client that keeps connections open."),
    "SSL required": ("server-error", "the pooler requires TLS", "Use TLS: sslmode=require."),
}  # fmt: skip


def startup_failure(user: str, reply: StartupReply, *sent: str) -> NotReady:
    """Return the failure for *reply*; its text is shown unless it repeats *user* or what was *sent*."""
    reason, meaning, hint = _MEANINGS.get(reply.code, _OTHERWISE)
    known = ""
    if reply.code == _OF_POOLERS:
        known = next((words for words in _POOLERS if reply.text.startswith(words)), "")
        reason, meaning, hint = _POOLERS.get(known, (reason, meaning, hint))
    # A known beginning repeats nothing of the target, so it can be shown.
    shown = quotable(user, reply.text, *sent) or known
    shown = shown or "(not shown: it repeats a part of the target)"
    code = f" ({printable(reply.code)})" if reply.code else ""
    detail = f"{meaning}: {shown}{code}"
    return answered(reason, detail, hint)


def tls_refused() -> NotReady:
    """Return the failure of a server that does not speak TLS, which ``sslmode`` requires."""
    return answered(
        "not-tls",
        "the server does not speak TLS; sslmode= requires it",
        "Check that the server has a certificate and ssl = on, or use sslmode=prefer.",
    )
