"""What several addresses of a host, or several hosts, say together."""

from __future__ import annotations

from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NeverReady, NotReady

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


def combine(by_address: dict[str, NotReady], host: str) -> NotReady:
    """Return one reason for a target of which no address is ready: all of them, nearest first."""
    ranked = sorted(by_address.items(), key=lambda item: _nearness(item[1]))
    addresses_by_detail: dict[str, list[str]] = {}
    for address, failure in ranked:
        addresses_by_detail.setdefault(failure.detail, []).append(address)
    details = [
        detail if addresses == [host] else f"{', '.join(addresses)}: {detail}"
        for detail, addresses in addresses_by_detail.items()
    ]
    nearest = ranked[0][1]
    free = all(failure.free for failure in by_address.values())
    says = _said_by_all(list(by_address.values()))
    return NotReady(nearest.reason, "; ".join(details), nearest.hint, free=free, says=says)


def _nearness(failure: NotReady) -> int:
    """Return less for what is nearer to a service: what a server has answered is nearest."""
    if failure.reason in _NEAREST_FIRST:
        return _NEAREST_FIRST.index(failure.reason)
    return -1 if failure.says == ALIVE else len(_NEAREST_FIRST)


def combine_hosts(by_host: dict[str, NotReady | NeverReady]) -> NotReady | NeverReady:
    """Return one reason for a target of which no host is ready; never, if that is so of each."""
    failures = {
        host: NotReady(
            *(failure.reason, failure.detail, failure.hint),
            free=isinstance(failure, NotReady) and failure.free,
            says=_said_by(failure),
        )
        for host, failure in by_host.items()
    }
    together = combine(failures, "")
    if all(isinstance(failure, NeverReady) for failure in by_host.values()):
        answers = together.says == ALIVE
        return NeverReady(together.reason, together.detail, together.hint, answers=answers)
    return together


def _said_by(failure: NotReady | NeverReady) -> str:
    if isinstance(failure, NotReady):
        return failure.says
    return ALIVE if failure.answers else INCONCLUSIVE


def _said_by_all(failures: list[NotReady]) -> str:
    """Return what answers of several addresses say together: down if all say so that can be reached."""
    said = {failure.says for failure in failures if failure.reason not in _UNREADY_HERE}
    for word in (ALIVE, INCONCLUSIVE, ABSENT, DOWN):
        if word in said:
            return word
    return INCONCLUSIVE
