"""The query of the URL that an application has for its database: what its driver is told there."""

from __future__ import annotations

from untilup.fragment import decoded_if_it_can

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.target import Target


def values(target: Target) -> dict[str, list[str]]:
    """Return what the query of *target* says, decoded, by name: a name may be given several times."""
    found: dict[str, list[str]] = {}
    for piece in target.path.partition("?")[2].split("&"):
        name, equals, value = piece.partition("=")
        if equals:
            found.setdefault(decoded_if_it_can(name), []).append(decoded_if_it_can(value))
    return found


def first_folder(target: Target) -> str:
    """Return what stands between the path's first slash and the next, decoded: the database."""
    return decoded_if_it_can(target.path.partition("?")[0].strip("/").partition("/")[0])
