"""Combines the failures of several addresses of a host, or of several hosts, into one."""

from __future__ import annotations

from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NeverReady, NotReady

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.errors import CheckFailed

# This machine's network does not (yet) reach such an address: the other addresses decide.
_UNREADY_HERE = ("network-unreachable", "address-unavailable")
# The failure that comes nearest to a working service gives the reason and the hint.
_NEAREST_FIRST = (
    "closed",
    "self-connect",
    "refused",
    "rejected",
    "no-answer",
    "host-unreachable",
    "network-unreachable",
    "address-unavailable",
    "failed",
)


def combine(by_place: Mapping[str, NotReady | NeverReady], host: str = "") -> NotReady | NeverReady:
    """Return one failure for all failures *by_place* (address or host), the nearest first.

    *host* is the target's host, which the detail does not repeat. The failure is NeverReady if each is.
    """
    if len(by_place) == 1 and host in by_place:
        only = by_place[host]
        # Not the same again: once it is raised, it refers to the frames that refer to it.
        return type(only)(
            *(only.reason, only.detail, only.hint), cheap=only.cheap, evidence=only.evidence
        )
    ranked = sorted(by_place.items(), key=lambda item: _nearness(item[1]))
    places_by_detail: dict[str, list[str]] = {}
    for place, failure in ranked:
        places_by_detail.setdefault(failure.detail, []).append(place)
    details = [
        detail if places == [host] else f"{', '.join(places)}: {detail}"
        for detail, places in places_by_detail.items()
    ]
    nearest = ranked[0][1]
    never = all(isinstance(failure, NeverReady) for failure in by_place.values())
    return (NeverReady if never else NotReady)(
        nearest.reason,
        "; ".join(details),
        nearest.hint,
        cheap=all(failure.cheap for failure in by_place.values()),
        evidence=_evidence_of_all(list(by_place.values())),
    )


def _nearness(failure: CheckFailed) -> int:
    """Return a sort key: a server's answer is nearest to a service, and comes first."""
    if failure.reason in _NEAREST_FIRST:
        return _NEAREST_FIRST.index(failure.reason)
    return -1 if failure.evidence == ALIVE else len(_NEAREST_FIRST)


def _evidence_of_all(failures: list[CheckFailed]) -> str:
    """Return what *failures* prove together: DOWN if each that reached the target proves it."""
    proved = {failure.evidence for failure in failures if failure.reason not in _UNREADY_HERE}
    return next(
        (each for each in (ALIVE, INCONCLUSIVE, ABSENT, DOWN) if each in proved), INCONCLUSIVE
    )
