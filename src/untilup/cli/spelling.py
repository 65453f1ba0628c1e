"""A target as an argument that a person can give to untilup in a shell."""

from __future__ import annotations

from untilup.cli.lists import parse_targets
from untilup.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# What a shell passes on as it is, and what it passes on in quotes.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/@%+,")
_QUOTED = _PLAIN | frozenset("[]")


def shell_argument(target: Target) -> str:
    """Return the printed name of *target* as an argument, or nothing if it means another target.

    A printed name has no user, query or options, so that it means another target if there are any.
    """
    name = str(target)
    if not _QUOTED.issuperset(name):
        return ""
    try:
        named = parse_targets(name, target.settle, {})
    except UsageError:
        return ""
    if [_facts(each) for each in named] != [_facts(target)]:
        return ""
    return name if _PLAIN.issuperset(name) else f"'{name}'"


def _facts(target: Target) -> tuple[object, ...]:
    """Return what an attempt depends on; the settle time, and when to stop, are left out."""
    where = (target.scheme, target.user, list(target.hosts), target.path)
    return (*where, dict(target.options), list(target.either))
