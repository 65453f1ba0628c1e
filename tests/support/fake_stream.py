"""Conversations with servers that are scripts, and checks that only a test has."""

from __future__ import annotations

from untilup.errors import NotReady
from untilup.net.stream import closed_early
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target


class Scripted:
    """A conversation with a server that says these *pieces* and then closes."""

    def __init__(self, *pieces: bytes) -> None:
        self.attempt = Attempt(Target("tcp", "db", 1), 1.0)
        self.asked = b""
        self.heard = 0
        self.left = [piece for piece in pieces if piece]

    def send(self, question: bytes) -> None:
        self.asked += question

    def receive(self, until: float | None = None) -> bytes:  # noqa: ARG002 - it is always in time
        said = self.left.pop(0) if self.left else b""
        self.heard += len(said)
        return said

    def hung_up(self) -> NotReady:
        return closed_early(self.heard)

    def close(self) -> None:
        raise AssertionError("the code that opened it closes it")
