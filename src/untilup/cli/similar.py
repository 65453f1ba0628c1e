"""Which of several names was probably meant by a misspelled one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CUTOFF = 0.75


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of the *known* names that is spelled most like *name*; nothing if none is near."""
    from difflib import get_close_matches  # which imports re

    return next(iter(get_close_matches(name, list(known), 1, CUTOFF)), "")
