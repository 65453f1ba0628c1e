"""Targets that are left out, because there is nothing to wait for: SQLite, a variable that is not set."""

from __future__ import annotations

from untilup.targets.target import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target


def remove(found: list[Target], told: list[str]) -> list[Target]:
    """Return the targets of those *found* that there are; add what is left out to what is *told*."""
    for each in found:
        if each.scheme == NOTHING:
            name = " of ".join(part for part in (each.path, each.source) if part)
            text = f"{name} is left out: {each.note}"
            if text not in told:
                told.append(text)
    return [each for each in found if each.scheme != NOTHING]
