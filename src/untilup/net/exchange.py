"""The answer to one question: received until it is understood; if it is of another protocol, that is named."""

from __future__ import annotations

from untilup.net.wrong_protocol import read_preview, wrong_protocol
from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from untilup.net.stream import Stream
    from untilup.targets.target import Target

    T = TypeVar("T")


def read_until(
    target: Target, talk: Stream, protocol: str, serves: Callable[[bytes], bool], said: bytes = b""
) -> bytes:
    """Return all that was *said*, once it shows that the server *serves*.

    That function is given everything that has come so far, so that pieces never change what comes
    out; it returns false where more has to come, raises NotReady or NeverReady for an answer that
    is none of a server that serves, and WrongProtocol for none of the *protocol*: that is named.
    """
    return _understood(target, talk, protocol, lambda said: serves(said) or None, said)[1]


def request(
    target: Target,
    talk: Stream,
    question: bytes,
    understand: Callable[[bytes], T | None],
    protocol: str,
) -> T:
    """Say *question*, and return what *understand* makes of all that has come, once it is enough.

    *understand* returns None until then, and raises as *serves* does for *read_until*.
    """
    talk.send(question)
    return _understood(target, talk, protocol, understand)[0]


def _understood(
    target: Target,
    talk: Stream,
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
    except WrongProtocol as error:
        received = read_preview(talk, said)
        raise wrong_protocol(target, received, protocol, error.problem) from None
    return meaning, said
