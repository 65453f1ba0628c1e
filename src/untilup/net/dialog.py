"""Sends and expects what the options ``send=`` and ``expect=`` of a target say."""

from __future__ import annotations

from time import monotonic

from untilup import display
from untilup.errors import NotReady, answered
from untilup.protocols.dialog import MAX_UNREAD, Unread
from untilup.targets.syntax import DIALOG, EXPECT, SEND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.net.stream import Stream
    from untilup.targets.syntax import Step
    from untilup.targets.target import Target

_HINT = "Look at the server's log, and check the text: it is case-sensitive."


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has sent each text that *target* expects, in their order.

    Raise NotReady with what came instead, without what was sent.
    """
    began = monotonic()
    steps: Sequence[Step] = target.options[DIALOG]
    expected = sum(name == EXPECT for name, _ in steps)
    unread = Unread()
    sent: list[bytes] = []
    found = 0
    if steps[0][0] == EXPECT:
        stream.attempt.enter("listening")
    for name, text in steps:
        if name == SEND:
            stream.send(text)
            sent.append(text)
            continue
        option = f"expect= ({found + 1} of {expected})" if expected > 1 else "expect="
        end = _find(text, stream, unread, has_answered=found > 0)
        if end:
            came = display.received(bytes(unread.data), sent) or "nothing that can be shown"
            detail = f"{end} the text of {option}; instead came: {came}"
            raise answered("missing-text", detail, _HINT)
        found += 1
    stream.attempt.observe("answer", monotonic() - began, "as expected", "")


def _find(text: bytes, stream: Stream, unread: Unread, *, has_answered: bool) -> str:
    """Receive until the *text* has come; return nothing, or how the answer ended without it.

    Raise NotReady if nothing has come. The server *has_answered* if an earlier text has.
    """
    began = monotonic()
    while not unread.take(text):
        if unread.is_full:
            return f"the server sent {MAX_UNREAD // 1024} KiB without"
        try:
            piece = stream.receive()
        except NotReady as failure:
            if failure.reason != "silent" or not unread.data:
                raise
            return f"in {monotonic() - began:.1f}s the server did not send"
        if not piece and not unread.data:
            raise _closed() if has_answered else stream.closed_early()
        if not piece:
            return "the server closed the connection without"
        unread.add(piece)
    return ""


def _closed() -> NotReady:
    return answered(
        "closed", "the server answered, then closed the connection before the dialog ended", _HINT
    )
