"""Bytes as a network brings them: in pieces."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

PLACES = st.lists(st.integers(min_value=0), max_size=12)


def cut_at(data: bytes, places: list[int]) -> list[bytes]:
    """Cut *data* into pieces at those *places*, whatever these numbers are."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[edge:after] for edge, after in itertools.pairwise(edges)]
