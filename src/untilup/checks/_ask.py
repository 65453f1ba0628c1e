"""One question, and its answer as it comes, by a function that knows no sockets."""

from __future__ import annotations

from untilup.checks._stranger import stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from untilup.checks._conversation import Talk
    from untilup.target import Target

    T = TypeVar("T")


class Foreign(Exception):
    """What a server has said is none of the protocol that it was asked in."""


def ask(
    target: Target,
    talk: Talk,
    question: bytes,
    understand: Callable[[bytes], T | None],
    *protocol: str,
) -> T:
    """Say *question*, and return what *understand* makes of all that has come, once it is enough.

    That returns None until then, and raises Foreign as soon as it can tell. Raise NotReady for a
    server that does not speak the *protocol*: its name, and the stable word for who does not.
    """
    talk.send(question)
    said = b""
    try:
        while (understood := understand(said)) is None:
            piece = talk.receive()
            if not piece:
                raise talk.hung_up()
            said += piece
    except Foreign:
        name, reason = protocol
        raise stranger(target, said, name, reason) from None
    return understood
