"""A property of every protocol: any bytes, in any pieces, are an answer or a readable failure."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.support.chunks import cut_at

# Parses an answer that comes in these pieces, to a failure, a text, a value, or None.
Hear = Callable[[list[bytes]], object]


def told(outcome: object) -> object:
    """Return the part of *outcome* that must not depend on the pieces; assert that it is readable."""
    if isinstance(outcome, Exception):
        assert str(outcome).isprintable()
        assert len(str(outcome)) < 400
        return type(outcome), getattr(outcome, "reason", None)
    if isinstance(outcome, str):
        assert outcome.isprintable()
    return outcome


def assert_total(parse: Hear, output: bytes, places: list[int]) -> None:
    """Assert that *parse* has the same result for *received* in one piece, cut at *places*, and byte by byte."""
    whole = told(parse([output]))
    assert told(parse(cut_at(output, places))) == whole
    assert told(parse([output[at : at + 1] for at in range(len(output))])) == whole


def around(answers: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return a strategy for bytes that join *answers*, their beginnings, and any bytes."""
    beginnings = st.builds(
        lambda output, end: output[: end % (len(output) + 1)],
        st.sampled_from(answers),
        st.integers(min_value=0),
    )
    pieces = st.sampled_from(answers) | beginnings | st.binary(max_size=20)
    return st.lists(pieces, max_size=5).map(b"".join)
