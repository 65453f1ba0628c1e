"""The answer to one question: heard until it is understood, and named where nobody understands it."""

from __future__ import annotations

from untilup.net.failures import too_long
from untilup.net.wrong_protocol import listen, stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from untilup.net.stream import Talk
    from untilup.targets.target import Target

    T = TypeVar("T")


class Foreign(Exception):
    """What came is nothing that is said in the protocol."""


def hear(
    target: Target, talk: Talk, protocol: str, serves: Callable[[bytes], bool], said: bytes = b""
) -> bytes:
    """Return all that was *said*, once it shows that the server *serves*.

    That function is given everything that has come so far, so that pieces never change what comes
    out; it returns false where more has to come, raises NotReady or NeverReady for an answer that
    is none of a server that serves, and Foreign for none of the *protocol*: that is named.
    """
    return _understood(target, talk, protocol, lambda said: serves(said) or None, said)[1]


def ask(
    target: Target,
    talk: Talk,
    question: bytes,
    understand: Callable[[bytes], T | None],
    protocol: str,
) -> T:
    """Say *question*, and return what *understand* makes of all that has come, once it is enough.

    That returns None until then, and raises as the function for *hear* does.
    """
    talk.send(question)
    return _understood(target, talk, protocol, understand)[0]


def _understood(
    target: Target,
    talk: Talk,
    protocol: str,
    understand: Callable[[bytes], T | None],
    said: bytes = b"",
) -> tuple[T, bytes]:
    """Return what *understand* makes of all that was *said*, and all that was."""
    try:
        while (meaning := understand(said)) is None:
            piece = talk.receive()
            if not piece:
                raise talk.hung_up()
            said += piece
    except Foreign:
        raise stranger(target, listen(talk, said), protocol) from None
    return meaning, said


def begins(said: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether *said*, as far as it has come, begins as one of the *words* does."""
    return any(said[: len(word)] == word[: len(said)] for word in words)


def line_of(said: bytes, longest: int) -> str | None:
    """Return the first line of what was *said*, without its end; None while that has not come.

    Raise NotReady if the line has no end within *longest* bytes: a beginning is no answer.
    """
    line, end, _ = said[:longest].partition(b"\n")
    if not end:
        if len(said) >= longest:
            raise too_long()
        return None
    return line.rstrip(b"\r").decode("utf-8", "replace")
