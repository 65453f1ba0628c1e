"""tcp:// - ready when a connection is accepted and survives its settling."""

from __future__ import annotations

from untilup.net.tcp import connect, drain
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

SYNTAX = TargetSyntax("db:5432", "[::1]:5432", "tcp://db:5432")


def check(target: Target, timeout: float) -> None:
    """Return when *target* accepts connections and somebody is behind them."""
    connection = connect(target, timeout)
    try:
        drain(connection)
    finally:
        connection.close()
