"""Connections to Unix sockets: made, refused, settled."""

from __future__ import annotations

import _socket as socket
import errno
import os
import select
from stat import S_ISDIR, S_ISSOCK
from time import monotonic, sleep

from untilup.errors import ALIVE, DOWN, NotReady
from untilup.net import failures, settle
from untilup.targets.path import fsencode, path_failure, wrong_type
from untilup.values import poll_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt

# Where the queue is full, connect(2) says so at once and poll(2) cannot wait for room.
QUEUE_PAUSE = 0.020
_LISTENS = "is the server started, and does its log say that it listens on this socket?"
_DOCKER = "Docker makes such a folder where the source of a bind mount was missing: start the server first, or mount the folder that the socket is in"
_BUSY = "is the server stopped, paused, or busy with something that keeps it from accepting?"


def connect(attempt: Attempt, path: str) -> socket.socket:
    """Return a connection to the socket at *path*, which *validate_socket_path* has accepted.

    It has settled as the target asks for, and is non-blocking; the caller closes it. Raise NotReady
    with what was observed, within the attempt's timeout.
    """
    deadline = monotonic() + attempt.timeout
    attempt.enter("connecting")
    try:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise failures.connect_failure(error, 0.0) from error
    try:
        _connect(connection, attempt, path, deadline)
        _stay_open(connection, attempt, deadline)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(connection: socket.socket, attempt: Attempt, path: str, deadline: float) -> None:
    """Connect, by the *deadline* if the server's queue has no room before."""
    began = monotonic()
    address = fsencode(path)
    while answer := connection.connect_ex(address):
        now = monotonic()
        if answer != errno.EAGAIN:
            raise _refusal(path, answer)
        if now >= deadline:
            raise NotReady(
                "queue-full",
                f"the server's queue was full for {now - began:.1f}s: it listens, and does not accept",
                _BUSY,
                cheap=True,
                evidence=ALIVE,
            )
        attempt.enter("queueing")
        sleep(min(QUEUE_PAUSE, deadline - now))


def _refusal(path: str, answer: int) -> NotReady:
    """Return the reason for a connection that the kernel has refused with *answer*."""
    if answer == errno.EPROTOTYPE:
        return NotReady(
            "wrong-type",
            "there is a socket that takes no connections: it is for datagrams, or packets",
            "is this the right one of the server's sockets?",
            cheap=True,
            evidence=ALIVE,
        )
    if answer != errno.ECONNREFUSED:
        return path_failure(path, OSError(answer, os.strerror(answer)))
    try:
        mode = os.stat(path).st_mode
    except OSError:  # removed since, or out of sight: what was refused was a socket, or is none now
        mode = 0
    if S_ISDIR(mode):
        return wrong_type("a folder in the socket's place", _DOCKER)
    if mode and not S_ISSOCK(mode):
        return wrong_type("a file in the socket's place, which is no socket")
    return NotReady(
        "refused",
        "connection refused: the socket's file is there and nobody listens: the server has ended and left it, or has just begun",
        _LISTENS,
        cheap=True,
        evidence=DOWN,
    )


def _stay_open(connection: socket.socket, attempt: Attempt, deadline: float) -> None:
    """Return when the connection has survived its settling, or a byte has come."""
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
        raise NotReady(
            "closed",
            "accepted, then closed at once: a server that refuses every client, or a proxy (socat, systemd) without a backend",
            "what does the log of the server say at this moment?",
            evidence=DOWN,
        )
    if closed is None and deadline - began < settle_time:
        raise failures.not_settled(monotonic() - began)
