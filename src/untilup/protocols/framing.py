"""Helpers that the protocol parsers share: first lines, known prefixes, and their errors."""

from __future__ import annotations

from untilup.errors import NotReady, answered


class WrongProtocol(Exception):
    """The server does not speak the protocol.

    The message shows the *problem*, else the bytes *received*, else what the caller has received.
    """

    def __init__(self, problem: str = "", received: bytes = b"") -> None:
        super().__init__(problem)
        self.problem = problem
        self.received = received


def is_prefix_of_any(received: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether *received*, which may be incomplete, begins with one of the *words*."""
    return any(received[: len(word)] == word[: len(received)] for word in words)


def first_line(received: bytes, limit: int) -> str | None:
    """Return the first line of *received* without its line end; None if it is incomplete.

    Raise NotReady if the line does not end within *limit* bytes.
    """
    line, end, _ = received[:limit].partition(b"\n")
    if not end:
        if len(received) >= limit:
            raise too_long()
        return None
    return line.rstrip(b"\r").decode("utf-8", "replace")


def too_long() -> NotReady:
    """Return the failure of a server that sends more than any answer to a check has."""
    return answered(
        "too-long",
        "the server sends more than belongs to an answer; untilup has stopped reading",
    )
