"""unix:// - ready when the socket at the path accepts a connection that survives its settling."""

from __future__ import annotations

from untilup.net.tcp import drain
from untilup.net.unix_socket import connect
from untilup.targets.path import validate_socket_path
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = TargetSyntax("unix:///run/postgresql/.s.PGSQL.5432", host=False)


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that no socket can have."""
    validate_socket_path(target.path)


def check(attempt: Attempt) -> None:
    """Return when the socket accepts a connection, and keeps it open for the settle time."""
    connection = connect(attempt, attempt.target.path)
    try:
        drain(connection)
    finally:
        connection.close()
