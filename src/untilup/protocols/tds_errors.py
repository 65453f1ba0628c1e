"""Maps the errors of SQL Server that answer a login to failures."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered

# The class of errors of security: the server serves, but not this login.
OF_SECURITY = 14
_STARTING = "the server is starting, and does not serve yet"
_ONLY_ADMINISTRATORS = "only administrators may connect"
# Numbers (Microsoft's "Database Engine events and errors"): reason, what it means, hint.
_MEANINGS = {
    17142: ("not-serving", "the server is paused", "Resume the service of SQL Server."),
    17147: ("not-serving", "the server is shutting down", ""),
    17148: ("not-serving", "the server is shutting down", ""),
    17187: ("not-serving", _STARTING, ""),
    17188: ("not-serving", "the server is shutting down", ""),
    17189: ("server-error", "the server cannot start a thread for the connection", ""),
    17300: ("server-error", "the server is out of memory", ""),
    17809: ("too-many-clients", "the server's connection limit is reached", "Raise `user connections`, or find the client that keeps connections open."),
    17810: ("server-error", _ONLY_ADMINISTRATORS, ""),
    18401: ("not-serving", f"the server upgrades its databases, and {_ONLY_ADMINISTRATORS}", ""),
    18451: ("not-serving", _ONLY_ADMINISTRATORS, ""),
    18461: ("not-serving", f"the server is in single-user mode, and {_ONLY_ADMINISTRATORS}", "Restart it without -m."),
    40613: ("not-serving", "the database is not available now", ""),
}  # fmt: skip


def is_serving(number: int, class_: int) -> bool:
    """Tell whether a server that refuses a login with that error serves other clients."""
    return number not in _MEANINGS and class_ <= OF_SECURITY


def failure(number: int, text: str) -> NotReady:
    """Return the failure for an error. Its *text* can be shown, as nothing secret was sent."""
    otherwise = ("server-error", "the server answers a login with an error", "")
    reason, meaning, hint = _MEANINGS.get(number, otherwise)
    return answered(reason, f"{meaning}: {printable(text)} ({number})", hint)
