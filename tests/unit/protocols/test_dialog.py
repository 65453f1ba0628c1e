"""What a client expects, in what a server sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chunks import PLACES, cut_at
from untilup.protocols.dialog import MAX_UNREAD, Unread

TEXT = st.lists(st.sampled_from([b"a", b"b", b"ab", b"\0"]), min_size=1, max_size=4).map(b"".join)


def taken(texts: list[bytes], pieces: list[bytes]) -> int:
    """Return how many of *texts* are found, one after the other, in what comes in *pieces*."""
    unread = Unread()
    left = [*texts]
    for piece in pieces:
        unread.add(piece)
        while left and unread.take(left[0]):
            del left[0]
    return len(texts) - len(left)


@pytest.mark.parametrize(
    ("texts", "received", "found"),
    [
        ([b"220"], b"220 mail", 1),
        ([b"220", b"mail"], b"220 mail", 2),
        ([b"mail", b"220"], b"220 mail", 1),
        ([b"aa", b"aa"], b"aaa", 1),
        ([b"aa", b"aa"], b"aaaa", 2),
        ([b"x"], b"", 0),
    ],
)
def test_texts_follow_each_other(texts: list[bytes], received: bytes, found: int) -> None:
    """Each text is searched after the end of the one before it."""
    assert taken(texts, [received]) == found


@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(TEXT, max_size=8).map(b"".join), PLACES)
def test_pieces_do_not_matter(texts: list[bytes], received: bytes, places: list[int]) -> None:
    """What is found depends on the bytes alone, and not on how they are split."""
    whole = taken(texts, [received])
    assert taken(texts, cut_at(received, places)) == whole
    at = 0
    for text in texts[:whole]:
        at = received.index(text, at) + len(text)
    assert whole == len(texts) or received.find(texts[whole], at) < 0


@pytest.mark.parametrize("size", [MAX_UNREAD, 1000, 7])
def test_a_bound(size: int) -> None:
    """A text must end within 64 KiB after the one before it, however the bytes are split."""
    for before, found in ((MAX_UNREAD - 1, True), (MAX_UNREAD, False)):
        received = b"-" * before + b"x"
        unread = Unread()
        for at in range(0, len(received), size):
            unread.add(received[at : at + size])
            if unread.take(b"x"):
                break
        else:
            assert (unread.is_full, found) == (True, False)
            continue
        assert found
        assert not unread.is_full
