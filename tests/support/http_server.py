"""Web servers on loopback, each with one scripted answer, in plaintext and over TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping

from tests.support.untilup_process import PATIENCE, Program

Behaviour = Callable[[socket.socket], object]


# Exit statuses: up, not up before the timeout, and never going to be up.
UP, WAITED_FOR, NEVER = 0, 124, 125


def verdict(untilup: Program, word: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Return the exit status for the target *word*, and all that stderr said until it was known.

    Once the first attempt has failed, the status is WAITED_FOR: untilup would wait until the timeout.
    """
    process = untilup.start("-t", str(PATIENCE), word, env=env)
    assert process.stderr
    output = ""
    for line in process.stderr:
        output += line.decode()
        if " is not up: " in output:
            process.terminate()
            process.communicate(timeout=PATIENCE)
            return WAITED_FOR, output
    return process.wait(PATIENCE), output


class Web:
    """Says *answer* to every request, in whose place it keeps what it was *asked*."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []

    def __call__(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        request = b""
        while b"\r\n\r\n" not in request and (piece := client.recv(4096)):
            request += piece
        if request:
            self.asked.append(request)
            client.sendall(self.answer)
            # One client after the other: one that waits for the close gets it now.
            client.shutdown(socket.SHUT_WR)


def answering(status: int, *fields: str, body: str = "") -> Web:
    """Return a web server that gives this response."""
    lines = [f"HTTP/1.1 {status} As It Says", f"Content-Length: {len(body)}", *fields, "", body]
    return Web("\r\n".join(lines).encode())


def over_tls(context: ssl.SSLContext, behave: Behaviour) -> Behaviour:
    """Return what treats clients by *behave* once they have shaken hands."""

    def treat(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
            behave(secured)

    return treat


def until_closed(client: socket.socket) -> None:
    """Say nothing, and keep the connection until the client has closed it."""
    while client.recv(4096):
        pass
