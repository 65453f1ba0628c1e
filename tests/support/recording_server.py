"""Servers on loopback that answer what they know, and keep what they were asked."""

from __future__ import annotations

import contextlib
import socket

from tests.support.untilup_process import PATIENCE


class Asked:
    """Gives the answers in turn, one to each piece that it hears, and waits for the close.

    What it was asked stands in *asked*, one entry for each client, and *left* is how many have gone:
    by a close, or by a reset where they had enough of an answer before its end.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.asked: list[list[bytes]] = []
        self.left = 0

    def __call__(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        questions: list[bytes] = []
        self.asked.append(questions)
        with contextlib.suppress(ConnectionError):
            for answer in self.answers:
                questions.append(client.recv(4096))
                # One piece after the other, as a network may bring them.
                for at in range(0, len(answer), 7):
                    client.sendall(answer[at : at + 7])
            assert client.recv(4096) == b""
        self.left += 1
