"""Small TCP servers on loopback, each with one way to behave, and ports without any."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

LOOPBACK = "127.0.0.1"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def free_port(host: str = LOOPBACK) -> int:
    """Return a port on which nobody listens, and which the kernel does not give to clients soon."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def serving(
    behave: Callable[[socket.socket], object], port: int = 0, host: str = LOOPBACK
) -> Iterator[int]:
    """Accept connections, treat each by *behave*, and close them at the end; yield the port."""
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


def silent(_client: socket.socket) -> None:
    """Say nothing and keep the connection open, as databases and web servers do."""


def hang_up(client: socket.socket) -> None:
    """Close at once, as docker-proxy does when nobody listens behind it."""
    client.close()


def reset(client: socket.socket) -> None:
    """Close at once, by a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    client.close()


def greet_and_hang_up(client: socket.socket) -> None:
    """Say something, then close at once: somebody is there."""
    client.sendall(b"220 welcome, and goodbye\r\n")
    client.close()
