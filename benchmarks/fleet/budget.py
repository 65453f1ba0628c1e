"""The budget that the constants of the backoff have to keep, and what of it they use.

What a question costs is measured (fleet/costs.py), or the word of who has to answer it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fleet.clients import DEFAULTS, simulate, untilup
from fleet.scenarios import CLOSED, REFUSED, UNKNOWN
from fleet.sweep import opening_after
from fleet.tables import markdown
from fleet.traffic import Counter, Traffic
from untilup.net import resolver
from untilup.waiting import backoff

# Seconds of a core. Measured were 1.1 to 2.0 us and 2.2 to 2.9 ms; the dearer counts.
SYN = 2.0e-6
POSTGRES = 2.9e-3
# 33,669 queries a second kept the two cores of one CoreDNS busy (Scaling_CoreDNS.md, by its authors).
QUERY = 2 / 33_669
EARLY, LATE = (5.0, 15.0), (295.0, 305.0)
WAITERS = 100


class Bound(NamedTuple):
    """So many *waiters* of such ages, in seconds, may cost who answers them *most* cores."""

    what: str
    waiters: int
    answer: str
    ages: tuple[float, float]
    asked: str
    cost: float
    most: float


REFUSING = "at a port that refuses: its host"
KNOWN = "at a name that is known: CoreDNS"
NOBODY = "at a name that is unknown: CoreDNS"
STARTING = "at a PostgreSQL that answers and is not ready"
BOUNDS = (
    Bound(REFUSING, 10_000, REFUSED, EARLY, "SYNs", SYN, 0.5),
    Bound(REFUSING, 10_000, REFUSED, LATE, "SYNs", SYN, 0.05),
    Bound(KNOWN, 1_000, REFUSED, EARLY, "queries", QUERY, 0.25),
    Bound(KNOWN, 1_000, REFUSED, LATE, "queries", QUERY, 0.05),
    Bound(NOBODY, 1_000, UNKNOWN, EARLY, "queries", QUERY, 1.0),
    Bound(NOBODY, 1_000, UNKNOWN, LATE, "queries", QUERY, 0.25),
    Bound(STARTING, 100, CLOSED, EARLY, "looks", POSTGRES, 0.5),
    Bound(STARTING, 1_000, CLOSED, LATE, "looks", POSTGRES, 0.5),
)


def rate(bound: Bound, waiters: int = WAITERS) -> float:
    """Return what one waiter asks a second, by the simulation."""
    begin, end = bound.ages
    traffic = simulate(untilup(), opening_after(bound.answer, begin, end), waiters)
    return asked(bound, traffic).mean(end - (end - begin) / 2, end) / waiters


def asked(bound: Bound, traffic: Traffic) -> Counter:
    """Return what of the *traffic* the *bound* is about."""
    return traffic.queries if bound.asked == "queries" else traffic.syns


def used(bound: Bound, waiters: int = WAITERS) -> float:
    """Return the cores that all waiters of a *bound* cost."""
    return rate(bound, waiters) * bound.waiters * bound.cost


def budget() -> str:
    """Return the budget, and what of it is used."""
    return markdown(
        ("waiters", "after", "each asks a second", "may use of a core", "use"),
        budget_rows(),
    )


def budget_rows() -> Iterator[Sequence[str]]:
    """Yield the rows of *budget*."""
    for bound in BOUNDS:
        begin, end = bound.ages
        yield (
            f"{bound.waiters:,} {bound.what}",
            f"{begin:g}-{end:g} s",
            f"{rate(bound):.2f} {bound.asked}",
            f"{bound.most:.0%}",
            f"{used(bound):.1%}",
        )


def constants() -> str:
    """Return the constants, as the code has them."""
    free, costly = backoff.MAX_CHEAP_DELAY, backoff.MAX_COSTLY_DELAY
    rows = [
        ("after a free answer", span(free, backoff.CHEAP_DELAY_PER_AGE, DEFAULTS.max_delay)),
        ("after a costly answer", span(costly, backoff.COSTLY_DELAY_PER_AGE, DEFAULTS.max_delay)),
        (
            "how long the addresses of a name are kept",
            span(resolver.MIN_TTL, resolver.TTL_PER_AGE, resolver.MAX_TTL),
        ),
    ]
    cells = [(what, *values) for what, values in rows]
    jitter = ("jitter takes from a pause", "", f"up to {backoff.JITTER:.0%}", "")
    return markdown(("", "longest at first", "with time", "never above"), [*cells, jitter])


def span(at_first: float, share: float, at_last: float) -> tuple[str, str, str]:
    """Return how a longest pause begins, grows and ends, as one would say it."""
    first = f"{at_first * 1e3:g} ms" if at_first < 1 else f"{at_first:g} s"
    return (first, f"1/{1 / share:.0f} of the time", f"{at_last:g} s")
