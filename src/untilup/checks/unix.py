"""unix:// - up when the socket at the path accepts a connection that stays open for the settle time; with expect=, when the server sends that text."""

from __future__ import annotations

from time import monotonic

from untilup.net.tcp import drain
from untilup.net.unix_socket import connect
from untilup.targets.path import validate_socket_path
from untilup.targets.syntax import DIALOG, DIALOG_OPTIONS, TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket

    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "unix:///run/postgresql/.s.PGSQL.5432",
    r"unix:///run/haproxy.sock#send=show info\n&expect=Uptime",
    host=False,
    options=DIALOG_OPTIONS,
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that is too long for a socket, and for a dialog that shows nothing."""
    validate_socket_path(target.path)
    if DIALOG in target.options:
        from untilup.targets import dialog

        dialog.validate(target)


def check(attempt: Attempt) -> None:
    """Return when the socket has accepted a connection and kept it open for the settle time.

    If the target has a dialog, the server must also have sent what that expects.
    """
    deadline = monotonic() + attempt.timeout
    connection = connect(attempt, attempt.target.path)
    if DIALOG in attempt.target.options:
        _check_dialog(attempt, connection, deadline)
        return
    try:
        drain(connection)
    finally:
        connection.close()


def _check_dialog(attempt: Attempt, connection: socket, deadline: float) -> None:
    from untilup.net import dialog
    from untilup.net.stream import SocketStream

    stream = SocketStream(attempt, connection, deadline)
    try:
        dialog.ask(attempt.target, stream)
    finally:
        stream.close()
