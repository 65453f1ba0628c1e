"""tcp:// - ready when a connection is accepted and survives its settling."""

from __future__ import annotations

from untilup.net.tcp import connect, drain
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt

SYNTAX = TargetSyntax("db:5432", "[::1]:5432", "tcp://db:5432")


def check(attempt: Attempt) -> None:
    """Return when the target accepts a connection, and keeps it open for the settle time."""
    connection = connect(attempt)
    try:
        drain(connection)
    finally:
        connection.close()
