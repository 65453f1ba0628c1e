"""What holds for every protocol: any bytes, in any pieces, are an answer or a readable failure."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.support.chunks import cut_at

# Understands an answer that comes in these pieces, as a failure, a text, a value, or None.
Hear = Callable[[list[bytes]], object]


def told(outcome: object) -> object:
    """Return what must be the same however the bytes are cut, and check how it reads."""
    if isinstance(outcome, Exception):
        assert str(outcome).isprintable()
        assert len(str(outcome)) < 400
        return type(outcome), getattr(outcome, "reason", None)
    if isinstance(outcome, str):
        assert outcome.isprintable()
    return outcome


def assert_total(hear: Hear, said: bytes, places: list[int]) -> None:
    """Assert that *hear* makes the same of *said* in one piece, cut at *places*, and byte by byte."""
    whole = told(hear([said]))
    assert told(hear(cut_at(said, places))) == whole
    assert told(hear([said[at : at + 1] for at in range(len(said))])) == whole


def around(sayings: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return bytes that join *sayings*, beginnings of *sayings*, and any bytes."""
    beginnings = st.builds(
        lambda said, end: said[: end % (len(said) + 1)],
        st.sampled_from(sayings),
        st.integers(min_value=0),
    )
    pieces = st.sampled_from(sayings) | beginnings | st.binary(max_size=20)
    return st.lists(pieces, max_size=5).map(b"".join)
