"""Streams to servers that send scripted bytes, and the failures of checks that read them."""

from __future__ import annotations

from collections.abc import Callable

from untilup.errors import ALIVE, NeverReady, NotReady
from untilup.net.stream import closed_early
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target


class ScriptedStream:
    """A stream from a server that sends these *pieces* and then closes. *sent* is what the check sent."""

    def __init__(self, *pieces: bytes) -> None:
        self.attempt = Attempt(Target("tcp", "db", 1), 1.0)
        self.sent = b""
        self.answer_size = 0
        self.left = [piece for piece in pieces if piece]

    def send(self, data: bytes) -> None:
        self.sent += data

    def receive(self, until: float | None = None) -> bytes:  # noqa: ARG002 - nothing is late
        received = self.left.pop(0) if self.left else b""
        self.answer_size += len(received)
        return received

    def closed_early(self) -> NotReady:
        return closed_early(self.answer_size)

    def close(self) -> None:
        raise AssertionError("the code that opened it closes it")


def failure_of(
    ask: Callable[[ScriptedStream], object], *pieces: bytes
) -> NotReady | NeverReady | None:
    """Return the failure of *ask* for a server that sends these *pieces*; None if it is up."""
    try:
        ask(ScriptedStream(*pieces))
    except (NotReady, NeverReady) as failure:
        return failure
    return None


def assert_failed(
    failure: object, reason: str, words: str = "", *, evidence: str = ALIVE
) -> NotReady:
    """Return *failure*; assert that it is NotReady for that *reason*, with these *words* and a hint."""
    assert isinstance(failure, NotReady)
    assert (failure.reason, failure.evidence, failure.cheap) == (reason, evidence, False)
    assert words in failure.detail
    assert failure.detail.isprintable()
    assert len(failure.detail) < 400
    assert failure.hint
    return failure
