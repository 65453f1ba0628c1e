"""Request and response: receives until a parser has enough, and names a server of another protocol."""

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
    target: Target,
    stream: Stream,
    protocol: str,
    is_serving: Callable[[bytes], bool],
    received: bytes = b"",
) -> bytes:
    """Return all bytes *received*, once *is_serving* returns True for them.

    That function is given everything received so far, so that the result does not depend on how the
    bytes are split. It returns False if more has to come. It raises NotReady or NeverReady if the
    server does not serve, and WrongProtocol if the bytes are not of the *protocol*.
    """
    parse = lambda received: is_serving(received) or None  # noqa: E731 - shorter than a function
    return read_parsed(target, stream, protocol, parse, received)[1]


def request(
    target: Target,
    stream: Stream,
    data: bytes,
    parse: Callable[[bytes], T | None],
    protocol: str,
) -> T:
    """Send *data*, and return what *parse* makes of all bytes received, once it is not None.

    *parse* raises as *is_serving* does for *read_until*.
    """
    stream.send(data)
    return read_parsed(target, stream, protocol, parse)[0]


def read_parsed(
    target: Target,
    stream: Stream,
    protocol: str,
    parse: Callable[[bytes], T | None],
    received: bytes = b"",
) -> tuple[T, bytes]:
    """Return what *parse* makes of all bytes *received*, once it is not None, and those bytes."""
    try:
        while (result := parse(received)) is None:
            piece = stream.receive()
            if not piece:
                raise stream.closed_early()
            received += piece
    except WrongProtocol as error:
        preview = read_preview(stream, received)
        raise wrong_protocol(target, preview, protocol, error.problem) from None
    return result, received
