"""Servers on loopback that answer what they know, and keep what they were asked."""

from __future__ import annotations

import socket

from program import PATIENCE


class Asked:
    """Gives the answers in turn, one to each piece that it hears, and waits for the close.

    What it was asked stands in *asked*, one entry for each client, and in *left* whether that went.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.asked: list[list[bytes]] = []
        self.left: list[bool] = []

    def __call__(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        questions: list[bytes] = []
        self.asked.append(questions)
        for answer in self.answers:
            question = client.recv(4096)
            if not question:
                return
            questions.append(question)
            # One after the other, as a network may bring them.
            for at in range(0, len(answer), 7):
                client.sendall(answer[at : at + 7])
        self.left.append(client.recv(4096) == b"")
