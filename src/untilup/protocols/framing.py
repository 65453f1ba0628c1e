"""What the protocols share: the first line, a known prefix, and the errors of what is neither."""

from __future__ import annotations

from untilup.errors import NotReady, answered


class WrongProtocol(Exception):
    """The server does not speak the protocol: the *problem* in words, or *said*, what it sent instead.

    With neither, what the caller has received is shown.
    """

    def __init__(self, problem: str = "", said: bytes = b"") -> None:
        super().__init__(problem)
        self.problem = problem
        self.said = said


def is_prefix_of_any(said: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether *said*, as far as it has come, begins as one of the *words* does."""
    return any(said[: len(word)] == word[: len(said)] for word in words)


def first_line(said: bytes, longest: int) -> str | None:
    """Return the first line of what was *said*, without its end; None while that has not come.

    Raise NotReady if the line has no end within *longest* bytes: a beginning is no answer.
    """
    line, end, _ = said[:longest].partition(b"\n")
    if not end:
        if len(said) >= longest:
            raise too_long()
        return None
    return line.rstrip(b"\r").decode("utf-8", "replace")


def too_long() -> NotReady:
    """Return the reason for a server that says more than any answer to a check needs."""
    return answered(
        "too-long",
        "the server says more than belongs to an answer, and untilup has stopped reading",
    )
