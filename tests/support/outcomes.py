"""What is understood of an answer that comes in pieces."""

from __future__ import annotations

from collections.abc import Callable

from untilup.errors import NotReady
from untilup.protocols.framing import WrongProtocol


def outcome_of(judge: Callable[[bytes], object], pieces: list[bytes]) -> str:
    """Return what *judge* says of the bytes in *pieces*, of which it gets no more than it needs.

    It is given all that has come so far, and returns None if more has to come. Its failure is
    ``reason: detail``, or ``foreign`` for another protocol.
    """
    received = b""
    for piece in pieces:
        received += piece
        try:
            if (found := judge(received)) is not None:
                return str(found)
        except WrongProtocol:
            return "foreign"
        except NotReady as failure:
            return f"{failure.reason}: {failure.detail}"
    return "incomplete"
