"""The query of a database URL: the options of the application's driver."""

from __future__ import annotations

from untilup.percent import unquote_lenient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from untilup.targets.target import Target

    # A driver's name, in lower case, for a file of TLS, and the target's option for it.
    Files = Mapping[str, str]
    # A driver's name for a way not to verify, the values that ask for it, and the target's option.
    InsecureFlags = Mapping[str, tuple[tuple[str, ...], str]]

TRUE = ("true", "1", "yes")
FALSE = ("false", "0", "no")


def parse_query(target: Target) -> dict[str, list[str]]:
    """Return the decoded values in the query of *target* by name: a name may have several."""
    found: dict[str, list[str]] = {}
    for piece in target.path.partition("?")[2].split("&"):
        name, equals, value = piece.partition("=")
        if equals:
            found.setdefault(unquote_lenient(name), []).append(unquote_lenient(value))
    return found


def option_values(target: Target) -> dict[str, str]:
    """Return the last value of each name in the query of *target*; the names are in lower case."""
    return {name.lower(): found[-1] for name, found in parse_query(target).items()}


def database_name(target: Target) -> str:
    """Return the database: what is between the first slash of the path and the next, decoded."""
    return unquote_lenient(target.path.partition("?")[0].strip("/").partition("/")[0])


def apply_driver_tls(target: Target, files: Files, relaxations: InsecureFlags) -> Target:
    """Return *target* with the TLS options of its query; the target's own options win."""
    query = option_values(target)
    own = target.options
    taken: dict[str, Any] = {
        ours: query[theirs] for theirs, ours in files.items() if query.get(theirs)
    }
    if "ca" not in own:
        for theirs, (lenient, ours) in relaxations.items():
            if query.get(theirs, "").lower() in lenient:
                taken[ours] = True
    if own.get("insecure", taken.get("insecure")):
        taken.pop("ca", None)
    if "cert" in own or "cert" not in taken:
        taken.pop("key", None)
    return target.replace(options={**taken, **own})
