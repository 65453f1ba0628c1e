"""Finds the texts that a client expects, one after the other, in what a server sends."""

from __future__ import annotations

# A text that is expected must come within this many bytes after the one before it.
MAX_UNREAD = 64 * 1024


class Unread:
    """What a server has sent since the last text that was expected.

    The result does not depend on how the bytes are split: what follows a text belongs to the next one,
    whether it comes before the client sends more, or after.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self._searched = 0

    @property
    def is_full(self) -> bool:
        """Whether no more bytes can change what *take* returns."""
        return len(self.data) >= MAX_UNREAD

    def add(self, piece: bytes) -> None:
        """Add the next bytes."""
        self.data += piece

    def take(self, text: bytes) -> bool:
        """Return whether the *text* is there; if it is, forget all up to its end."""
        at = self.data.find(text, self._searched, MAX_UNREAD)
        if at < 0:
            self._searched = max(0, len(self.data) - len(text) + 1)
            return False
        del self.data[: at + len(text)]
        self._searched = 0
        return True
