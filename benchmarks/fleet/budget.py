"""The budget of the constants of the backoff, and the part of it that they use.

The cost of a query is measured (fleet/costs.py), or stated by the server's developers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fleet.clients import DEFAULTS, simulate, untilup
from fleet.scenarios import REFUSED, STARTING, UNKNOWN
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
FIRST, EARLY, LATE = (1.0, 5.0), (5.0, 15.0), (295.0, 305.0)
WAITERS = 100


class Bound(NamedTuple):
    """So many *waiters* of such ages, in seconds, may cost the server *most* cores."""

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
POSTGRES_STARTS = "at a PostgreSQL that answers and is not ready"
BOUNDS = (
    Bound(REFUSING, 10_000, REFUSED, EARLY, "SYNs", SYN, 0.5),
    Bound(REFUSING, 10_000, REFUSED, LATE, "SYNs", SYN, 0.05),
    Bound(KNOWN, 1_000, REFUSED, EARLY, "queries", QUERY, 0.25),
    Bound(KNOWN, 1_000, REFUSED, LATE, "queries", QUERY, 0.05),
    Bound(NOBODY, 1_000, UNKNOWN, EARLY, "queries", QUERY, 1.0),
    Bound(NOBODY, 1_000, UNKNOWN, LATE, "queries", QUERY, 0.25),
    Bound(POSTGRES_STARTS, 100, STARTING, FIRST, "attempts", POSTGRES, 2.0),
    Bound(POSTGRES_STARTS, 100, STARTING, EARLY, "attempts", POSTGRES, 0.6),
    Bound(POSTGRES_STARTS, 1_000, STARTING, LATE, "attempts", POSTGRES, 0.5),
)


def rate(bound: Bound, waiters: int = WAITERS) -> float:
    """Return the queries or connections of one waiter per second, by the simulation."""
    begin, end = bound.ages
    traffic = simulate(untilup(), opening_after(bound.answer, begin, end), waiters)
    return asked(bound, traffic).mean(end - (end - begin) / 2, end) / waiters


def asked(bound: Bound, traffic: Traffic) -> Counter:
    """Return the part of the *traffic* that the *bound* limits."""
    return traffic.queries if bound.asked == "queries" else traffic.syns


def used(bound: Bound, waiters: int = WAITERS) -> float:
    """Return the cores that all waiters of a *bound* cost."""
    return rate(bound, waiters) * bound.waiters * bound.cost


def budget() -> str:
    """Return the budget, and the used part of it."""
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
    """Return the constants of the code."""
    free, costly = backoff.MAX_CHEAP_DELAY, backoff.MAX_COSTLY_DELAY
    asked_soon = backoff.MAX_ANSWERED_DELAY
    rows = [
        ("after a free answer", span(free, backoff.CHEAP_DELAY_PER_AGE, DEFAULTS.max_delay)),
        ("after a costly answer", span(costly, backoff.COSTLY_DELAY_PER_AGE, DEFAULTS.max_delay)),
        (
            "the same, if the server itself gives it",
            span(asked_soon, backoff.ANSWERED_DELAY_PER_AGE, costly),
        ),
        (
            "how long the addresses of a name are kept",
            span(resolver.MIN_TTL, resolver.TTL_PER_AGE, resolver.MAX_TTL),
        ),
    ]
    cells = [(what, *values) for what, values in rows]
    jitter = ("jitter takes from a pause", "", f"up to {backoff.JITTER:.0%}", "")
    return markdown(("", "longest at first", "with time", "never above"), [*cells, jitter])


def span(at_first: float, share: float, at_last: float) -> tuple[str, str, str]:
    """Return the start, the growth and the end of a longest delay, in words."""
    first = f"{at_first * 1e3:g} ms" if at_first < 1 else f"{at_first:g} s"
    return (first, f"1/{1 / share:.0f} of the time", f"{at_last:g} s")
