"""The query of the URL that an application has for its database: what its driver is told there."""

from __future__ import annotations

from untilup.percent import unquote_lenient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from untilup.targets.target import Target

    # What a driver calls a file of TLS, in lower case, and what the option is called here.
    Files = Mapping[str, str]
    # What it calls a way not to verify, by which values, and the option.
    InsecureFlags = Mapping[str, tuple[tuple[str, ...], str]]

TRUE = ("true", "1", "yes")
FALSE = ("false", "0", "no")


def parse_query(target: Target) -> dict[str, list[str]]:
    """Return what the query of *target* says, decoded, by name: a name may be given several times."""
    found: dict[str, list[str]] = {}
    for piece in target.path.partition("?")[2].split("&"):
        name, equals, value = piece.partition("=")
        if equals:
            found.setdefault(unquote_lenient(name), []).append(unquote_lenient(value))
    return found


def database_name(target: Target) -> str:
    """Return what stands between the path's first slash and the next, decoded: the database."""
    return unquote_lenient(target.path.partition("?")[0].strip("/").partition("/")[0])


def apply_driver_tls(target: Target, files: Files, leniencies: InsecureFlags) -> Target:
    """Return *target* with the options of TLS in its query; the target's own options go first."""
    query = {name.lower(): found[-1] for name, found in parse_query(target).items()}
    own = target.options
    taken: dict[str, Any] = {
        ours: query[theirs] for theirs, ours in files.items() if query.get(theirs)
    }
    if "ca" not in own:
        for theirs, (lenient, ours) in leniencies.items():
            if query.get(theirs, "").lower() in lenient:
                taken[ours] = True
    if own.get("insecure", taken.get("insecure")):
        taken.pop("ca", None)
    if "cert" in own or "cert" not in taken:
        taken.pop("key", None)
    return target.replace(options={**taken, **own})
