"""Maps the errors of MySQL, MariaDB and proxies for them to failures."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered

_FLUSH = "Run FLUSH HOSTS on the server (MySQL 9: TRUNCATE performance_schema.host_cache), or raise max_connect_errors."
# Codes (MySQL's "Server Error Message Reference") of a server that does not serve, or not this host:
# reason, what it means, hint.
_MEANINGS = {
    1040: ("too-many-clients", "the server's connection limit is reached", "Raise max_connections, or find the client that keeps connections open."),
    1041: ("server-error", "the server is out of memory", ""),
    1042: ("server-error", "the server cannot resolve this host's name", "Check the server's DNS, or set skip_name_resolve on it."),
    1043: ("server-error", "the server did not understand the login", ""),
    1053: ("not-serving", "the server is shutting down", ""),
    1129: ("host-blocked", "the server has blocked this host, after too many connections that ended early", _FLUSH),
    1130: ("host-refused", "the server has no user for this host", "Create a user for this host (CREATE USER name@'%'), or wait for the script that does."),
    1135: ("server-error", "the server cannot start a thread for the connection", ""),
    1203: ("too-many-clients", "the server's connection limit for this user is reached", "Raise max_user_connections."),
    1927: ("not-serving", "the server has closed the connection", ""),
    3032: ("not-serving", "the server is in offline mode", "Switch offline_mode off on the server."),
}  # fmt: skip
_OTHERWISE = ("server-error", "the server rejects every connection", "")
# Codes of clients (MySQL's "Client Error Message Reference"). A server that sends one is a proxy,
# such as MySQL Router, which sends a greeting of its own before it connects to a server.
_OF_CLIENTS = range(2000, 3000)
_PROXY = (
    "server-error",
    "the server is a proxy that does not reach its backend",
    "Check that the server behind the proxy is up.",
)


def is_serving(code: int) -> bool:
    """Tell whether a server that refuses a login with the error *code* serves other clients."""
    return code not in _MEANINGS and code not in _OF_CLIENTS


def failure(code: int, text: str) -> NotReady:
    """Return the failure for an error. Its *text* can be shown, as nothing secret was sent."""
    default = _PROXY if code in _OF_CLIENTS else _OTHERWISE
    reason, meaning, hint = _MEANINGS.get(code, default)
    return answered(reason, f"{meaning}: {printable(text)} ({code})", hint)
