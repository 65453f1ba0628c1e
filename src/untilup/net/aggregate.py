"""What several addresses of a host, or several hosts, say together."""

from __future__ import annotations

from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NeverReady, NotReady

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.errors import CheckFailed

# This machine's own network does not (yet) lead to such an address: others decide.
_UNREADY_HERE = ("network-unreachable", "address-unavailable")
# Of several answers the one that comes nearest to a service speaks for the target.
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


def combine(by_place: Mapping[str, CheckFailed], host: str = "") -> NotReady | NeverReady:
    """Return one failure for a target of which no address, or no host, is ready: all, nearest first.

    It is NeverReady if each of them is.
    """
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
    """Return less for what is nearer to a service: what a server has answered is nearest."""
    if failure.reason in _NEAREST_FIRST:
        return _NEAREST_FIRST.index(failure.reason)
    return -1 if failure.evidence == ALIVE else len(_NEAREST_FIRST)


def _evidence_of_all(failures: list[CheckFailed]) -> str:
    """Return what several failures prove together: down if each that reached the target does."""
    proved = {failure.evidence for failure in failures if failure.reason not in _UNREADY_HERE}
    for evidence in (ALIVE, INCONCLUSIVE, ABSENT, DOWN):
        if evidence in proved:
            return evidence
    return INCONCLUSIVE
