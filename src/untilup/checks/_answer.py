"""The answer to one question: heard until it is understood, and named where nobody understands it."""

from __future__ import annotations

from untilup.checks._stranger import stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.checks._conversation import Talk
    from untilup.target import Target


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
    try:
        while not serves(said):
            piece = talk.receive()
            if not piece:
                raise talk.hung_up()
            said += piece
    except Foreign:
        raise stranger(target, said, protocol, f"not-{protocol.lower()}") from None
    return said


def begins(said: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether *said*, as far as it has come, begins as one of the *words* does."""
    return any(said[: len(word)] == word[: len(said)] for word in words)


def line_of(said: bytes, longest: int) -> str | None:
    """Return the first line of what was *said*, without its end and cut at *longest* bytes.

    None where there may be more of it.
    """
    line, end, _ = said[:longest].partition(b"\n")
    if not end and len(said) < longest:
        return None
    return line.rstrip(b"\r").decode("utf-8", "replace")
