"""tcp:// - up when a connection is accepted and stays open for the settle time; with expect=, when the server sends that text."""

from __future__ import annotations

from untilup.net.tcp import connect, drain
from untilup.targets.syntax import DIALOG, DIALOG_OPTIONS, TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "db:5432",
    "[::1]:5432",
    "tcp://db:5432",
    "tcp://files:21#expect=220",
    r"tcp://queue:11300#send=stats\r\n&expect=OK",
    options=DIALOG_OPTIONS,
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for a dialog that shows nothing."""
    if DIALOG in target.options:
        from untilup.targets import dialog

        dialog.validate(target)


def check(attempt: Attempt) -> None:
    """Return when the target has accepted a connection and kept it open for the settle time.

    If the target has a dialog, the server must also have sent what that expects.
    """
    if DIALOG in attempt.target.options:
        _check_dialog(attempt)
        return
    connection, _ = connect(attempt)
    try:
        drain(connection)
    finally:
        connection.close()


def _check_dialog(attempt: Attempt) -> None:
    from untilup.net import dialog, stream

    connected = stream.connect(attempt)
    try:
        dialog.ask(attempt.target, connected)
    finally:
        connected.close()
