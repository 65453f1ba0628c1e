"""URLs of sentinels: where Redis's clients have the name of the master."""

from __future__ import annotations

from untilup.percent import unquote_lenient
from untilup.targets import hostport

# Its names in queries: Lettuce's, and those of redis-py and others.
MASTER = ("sentinelmasterid", "service_name", "master_name", "master")


def with_master(rest: str) -> str:
    """Return *rest*, which follows ``://``, with the name of the master as an option.

    Lettuce has it after a '#', other clients have it in the path or the query.
    """
    where, _, fragment = rest.partition("#")
    first, hash_sign, options = fragment.partition("#")
    if fragment and not ("=" in first or first in {"optional", "insecure"}):
        return f"{where}#{_sentinel(first)}{hash_sign}{options}"
    before, _, query = where.partition("?")
    pieces = [piece.partition("=") for piece in query.split("&")]
    named = [value for key, _, value in pieces if key.lower() in MASTER]
    path = before.rpartition("@")[2].partition("/")[2].split("/")
    named += [piece for piece in path if piece and not hostport.is_number(piece)]
    if named and "sentinel=" not in fragment:
        fragment = f"{_sentinel(named[0])}{fragment and '&'}{fragment}"
    return f"{where}#{fragment}" if fragment else where


def _sentinel(name: str) -> str:
    """Return the option for a master of that *name*, which is percent-encoded where it stands."""
    spelled = unquote_lenient(name).replace("%", "%25").replace("&", "%26").replace("#", "%23")
    return f"sentinel={spelled}"
