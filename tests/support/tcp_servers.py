"""Small TCP servers on loopback, each with one way to behave, and ports without any."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.untilup_process import PATIENCE

LOOPBACK = "127.0.0.1"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@contextlib.contextmanager
def refusing(host: str = "0.0.0.0") -> Iterator[int]:
    """Own a port of *host* that refuses every connection, and yield it.

    A bound socket that does not listen holds it, so that no other process gets it. A server of this
    one may listen there meanwhile: two sockets with SO_REUSEADDR share a port while at most one of
    them listens (socket(7)).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as owner:
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        owner.bind((host, 0))
        yield int(owner.getsockname()[1])


@contextlib.contextmanager
def unanswering() -> Iterator[int]:
    """Yield a port that drops every SYN, because the queue of its server is full."""
    with (
        socket.create_server((LOOPBACK, 0), backlog=0) as server,
        socket.create_connection(server.getsockname(), PATIENCE),
    ):
        # The one connection that has room is in the queue before anything else can be.
        readable, _, _ = select.select([server], [], [], PATIENCE)
        assert readable == [server]
        yield int(server.getsockname()[1])


@contextlib.contextmanager
def serving(
    behave: Callable[[socket.socket], object], port: int = 0, host: str = LOOPBACK
) -> Iterator[int]:
    """Accept connections, treat each by *behave*, and close them at the end; yield the port.

    A *port* other than 0 must be one of *refusing*, which owns it before and after.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, port), family=family, backlog=512)

    clients: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:  # shut down
                return
            clients.append(client)
            with contextlib.suppress(OSError):
                behave(client)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in (server, *clients):
            connection.close()


@contextlib.contextmanager
def serving_at(path: Path, behave: Callable[[socket.socket], object]) -> Iterator[None]:
    """Treat one client of the socket at *path* by *behave*."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def accept() -> None:
            client, _ = server.accept()
            with client:
                behave(client)

        thread = threading.Thread(target=accept)
        thread.start()
        yield
        thread.join(PATIENCE)


def silent(_client: socket.socket) -> None:
    """Say nothing and keep the connection open, as databases and web servers do."""


def close_at_once(client: socket.socket) -> None:
    """Close at once, as docker-proxy does without a backend."""
    client.close()


def reset(client: socket.socket) -> None:
    """Close at once, by a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    client.close()


def greet_and_close(client: socket.socket) -> None:
    """Say something, then close at once: a server is there."""
    client.sendall(b"220 welcome, and goodbye\r\n")
    client.close()
