"""Connections to Unix sockets, including the settle time."""

from __future__ import annotations

import _socket as socket
import errno
import os
import select
from stat import S_ISDIR, S_ISSOCK
from time import monotonic, sleep

from untilup import display
from untilup.errors import ALIVE, DOWN, NotReady
from untilup.net import failures, settle
from untilup.targets.path import fsencode, path_failure, wrong_type
from untilup.values import poll_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt

# If the queue is full, connect(2) fails at once, and poll(2) cannot wait for room.
QUEUE_RETRY_DELAY = 0.020
_REFUSED = "connection refused: the socket exists, but no process listens on it: the server has exited and left it, or is starting"
_LISTENS = "Check that the server is running, and that its log says that it listens on this socket."
_DOCKER = "Start the server first, or mount the directory that holds the socket: Docker creates a directory if the source of a bind mount is missing."
_CLOSED = "accepted, then closed at once: a server that rejects all clients, or a proxy (socat, systemd) without a backend"
_DATAGRAMS = "the socket accepts no connections: it is for datagrams or packets"
_OTHER = "Check that this is the right one of the server's sockets."
_BUSY = "Check whether the server is stopped, paused, or too busy to accept connections."


def connect(attempt: Attempt, path: str, *, answers: bool = False) -> socket.socket:
    """Return a connection to the socket at *path*, which *validate_socket_path* has accepted.

    It is non-blocking, and the caller closes it. It has stayed open for the settle time, unless the caller
    needs an answer from the server (*answers*). Raise NotReady with what was observed, within the
    attempt's timeout.
    """
    deadline = monotonic() + attempt.timeout
    attempt.enter(f"{failures.OPENING}{display.path(path)}")
    try:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise failures.connect_failure(error, 0.0) from error
    try:
        _connect(connection, attempt, path, deadline)
        if not answers:
            _stay_open(connection, attempt, deadline)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(connection: socket.socket, attempt: Attempt, path: str, deadline: float) -> None:
    """Connect; if the server's queue is full, try again until the *deadline*."""
    began = monotonic()
    address = fsencode(path)
    while error := connection.connect_ex(address):
        now = monotonic()
        if error != errno.EAGAIN:
            raise _connect_failure(path, error)
        if now >= deadline:
            detail = f"the server's queue was full for {now - began:.1f}s: the server listens, but does not accept"
            raise NotReady("queue-full", detail, _BUSY, cheap=True, evidence=ALIVE)
        attempt.enter("queueing")
        sleep(min(QUEUE_RETRY_DELAY, deadline - now))


def _connect_failure(path: str, error: int) -> NotReady:
    """Return the failure of a connection to *path* that the kernel refused with the errno *error*."""
    if error == errno.EPROTOTYPE:
        return NotReady("wrong-type", _DATAGRAMS, _OTHER, cheap=True, evidence=ALIVE)
    if error != errno.ECONNREFUSED:
        return path_failure(path, OSError(error, os.strerror(error)))
    try:
        mode = os.stat(path).st_mode
    except OSError:  # the socket was removed after the attempt, or is out of reach
        mode = 0
    if S_ISDIR(mode):
        return wrong_type("a directory instead of the socket", _DOCKER)
    if mode and not S_ISSOCK(mode):
        return wrong_type("a file instead of the socket")
    return NotReady("refused", _REFUSED, _LISTENS, cheap=True, evidence=DOWN)


def _stay_open(connection: socket.socket, attempt: Attempt, deadline: float) -> None:
    """Return when the connection has stayed open for the settle time, or a byte has come."""
    settle_time = attempt.target.settle
    if not settle_time:
        return
    attempt.enter("settling")
    began = monotonic()
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLRDHUP)

    def closes(until: float) -> bool | None:
        """Return whether the server has closed; raise TimeoutError if it does nothing."""
        while True:
            left = min(until, deadline) - monotonic()
            if poll.poll(poll_milliseconds(left)):
                return settle.has_closed(connection)
            if left <= 0:
                raise TimeoutError

    closed = settle.wait(closes, settle_time, attempt.left(deadline))
    if closed:
        raise NotReady("closed", _CLOSED, "Check the server's log from this moment.", evidence=DOWN)
    if closed is None and deadline - began < settle_time:
        raise failures.not_settled(monotonic() - began)
