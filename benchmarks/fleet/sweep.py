"""Each constant of the backoff, one after the other: what others would cost, and what they would gain.

The code is the real one with another constant in it, which is put back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import NamedTuple

from fleet.clients import DEFAULTS, STRATEGIES, Strategy, simulate, untilup
from fleet.scenarios import QUERIES_KNOWN, QUERIES_UNKNOWN, REFUSED, STARTING, UNKNOWN, UP, Scenario
from fleet.tables import markdown, seconds
from fleet.traffic import Counter, Traffic, quantile
from untilup.net import resolver
from untilup.waiting import backoff

WAITERS = 300
# Waiters of these ages meet the opening: the windows of detection_latency.py, and after ten minutes, of
# which a third of the waiters is enough.
AGES = ((5.0, 15.0), (25.0, 35.0), (595.0, 605.0))
LATE, FEWER = 100.0, 3
# All at once, as containers of one machine are started: how jitter pulls them apart.
AT_ONCE = Scenario("at once", "", 0.05, ((0.0, UNKNOWN), (20.0, UP)), (5.0, 10.0))


class Swept(NamedTuple):
    """A constant and the values to try, its own among them; *answer* is what it is about."""

    name: str
    module: ModuleType
    constant: str
    values: Sequence[float]
    answer: str


SWEPT = (
    Swept("longest free pause", backoff, "MAX_CHEAP_DELAY", (0.025, 0.05, 0.1), REFUSED),
    Swept(
        *("share of the age, free", backoff, "CHEAP_DELAY_PER_AGE"),
        *((0.0, 1 / 300, 1 / 150), REFUSED),
    ),
    Swept("longest costly pause", backoff, "MAX_COSTLY_DELAY", (0.5, 1.0, 2.0), UNKNOWN),
    Swept(
        *("share of the age, costly", backoff, "COSTLY_DELAY_PER_AGE"),
        *((0.0, 1 / 30, 1 / 10), UNKNOWN),
    ),
)
MAX_DELAYS = (1.0, 10.0, 30.0)
# At first, and with time. In the first row they are those after every costly answer.
ANSWERED = (
    (1.0, 1 / 8),
    (0.04, 1 / 8),
    (0.08, 1 / 16),
    (0.08, 1 / 8),
    (0.08, 1 / 4),
    (0.16, 1 / 8),
)
ANSWERED_AGES = ((0.0, 1.0), (1.0, 5.0), (5.0, 15.0))
JITTERS = (0.0, 0.25, 0.5, 1.0)
REUSES = (0.0, 1 / 60, 1 / 30, 1 / 10)
REUSE_AGES = ((25.0, 35.0), (55.0, 65.0), (115.0, 125.0))


@contextlib.contextmanager
def constant(module: ModuleType, name: str, value: float) -> Iterator[bool]:
    """Have *module* work with another constant; yield whether it is its own."""
    own = getattr(module, name)
    setattr(module, name, value)
    try:
        yield own == value
    finally:
        setattr(module, name, own)


def pauses(waiters: int = WAITERS) -> str:
    """Return attempts a second and waiter, and detection latencies, by age, for every constant of a pause."""
    fixed = next(strategy for strategy in STRATEGIES if strategy.name == "fixed 100 ms poll")
    rows = [("", fixed.name, *by_age(fixed, REFUSED, waiters))]
    for swept in SWEPT:
        for value in swept.values:
            with constant(swept.module, swept.constant, value) as own:
                cells = by_age(untilup(settle=0.0), swept.answer, waiters)
            say = share if swept.constant.endswith("_PER_AGE") else seconds
            rows.append((swept.name, marked(say(value), own=own), *cells))
    for value in MAX_DELAYS:
        cells = by_age(untilup(max_delay=value, settle=0.0), UNKNOWN, waiters)
        own = value == DEFAULTS.max_delay
        rows.append(("`--max-delay`", marked(seconds(value), own=own), *cells))
    head = (
        *("constant", "value", "attempts a second: after 5-15 s", "25-35 s", "ten minutes"),
        *("detection latency, median: after 5-15 s", "25-35 s", "ten minutes"),
    )
    return markdown(head, rows)


def by_age(strategy: Strategy, answer: str, waiters: int) -> tuple[str, ...]:
    """Return attempts a second and waiter, and medians of detection latencies, for each of AGES."""
    attempts, extra = [], []
    for youngest, oldest in AGES:
        count = waiters if youngest < LATE else waiters // FEWER
        traffic = simulate(strategy, opening_after(answer, youngest, oldest), count)
        of = traffic.syns if answer == REFUSED else lookups(traffic, answer)
        attempts.append(f"{of.mean(oldest - 1.0, oldest) / count:.2f}")
        extra.append(seconds(quantile(traffic.detection_latencies, 0.5)))
    return (*attempts, *extra)


def opening_after(answer: str, youngest: float, oldest: float) -> Scenario:
    """Return a scenario in which waiters of these ages, in seconds, meet the opening."""
    steps = ((0.0, answer), (oldest, UP))
    return Scenario(f"{oldest:g}", "", oldest - youngest, steps, (oldest - 1.0, oldest))


def lookups(traffic: Traffic, answer: str) -> Counter:
    """Return the lookups of *traffic* before the opening, by what each is in queries."""
    each = QUERIES_UNKNOWN if answer == UNKNOWN else QUERIES_KNOWN
    counter = Counter(0.0)
    counter.ticks = [tick // each for tick in traffic.queries.ticks]
    return counter


def answered(waiters: int = WAITERS) -> str:
    """Return the costs of delays after a server has answered that it is starting, and the detection latencies."""
    rows = []
    for longest, of_age in ANSWERED:
        with (
            constant(backoff, "MAX_ANSWERED_DELAY", longest) as own,
            constant(backoff, "ANSWERED_DELAY_PER_AGE", of_age) as same,
        ):
            cells = []
            for youngest, oldest in ANSWERED_AGES:
                traffic = simulate(
                    untilup(settle=0.0), opening_after(STARTING, youngest, oldest), waiters
                )
                cells.append(seconds(quantile(traffic.detection_latencies, 0.5)))
            minute = simulate(
                untilup(),
                Scenario("minute", "", 0.0, ((0.0, STARTING), (60.0, UP)), (0.0, 60.0)),
                waiters,
            )
        in_a_minute = f"{minute.attempts / waiters - 1:.0f}"
        rows.append(
            (
                *(marked(say, own=own and same) for say in (seconds(longest), share(of_age))),
                in_a_minute,
                *cells,
            )
        )
    head = (
        *("longest at first", "share of the age", "attempts in the first minute"),
        *("detection latency, median: after 0-1 s", "1-5 s", "5-15 s"),
    )
    return markdown(head, rows)


def jitter(waiters: int = WAITERS) -> str:
    """Return the costs of shares of jitter, and how far they separate waiters that start together."""
    rows = []
    for value in JITTERS:
        with constant(backoff, "JITTER", value) as own:
            traffic = simulate(untilup(), AT_ONCE, waiters)
        mean = traffic.queries.mean(*AT_ONCE.long_run)
        begin, end = (round(moment * 10) for moment in AT_ONCE.long_run)
        most = max(traffic.queries.ticks[begin:end])
        each = lookups(traffic, UNKNOWN).mean(*AT_ONCE.long_run) / waiters
        rows.append((marked(f"{value:g}", own=own), f"{each:.2f}", f"{most * 10 / mean:.1f}"))
    head = ("share", "lookups a second and waiter", "peak of 100 ms, x the mean")
    return markdown(head, rows)


def reuse(waiters: int = WAITERS // FEWER) -> str:
    """Return how often a known name is looked up, by the share of its age for which it is kept."""
    rows = []
    for value in REUSES:
        cells = []
        with constant(resolver, "TTL_PER_AGE", value) as own:
            for youngest, oldest in REUSE_AGES:
                traffic = simulate(untilup(), opening_after(REFUSED, youngest, oldest), waiters)
                each = lookups(traffic, REFUSED).mean(oldest - 10.0, oldest) / waiters
                cells.append(f"{each:.2f}")
        rows.append((marked(share(value), own=own), *cells))
    return markdown(
        ("share of the age", "lookups a second and waiter: after 25-35 s", "a minute", "two"),
        rows,
    )


def share(value: float) -> str:
    """Return a share of the age as one would say it."""
    return f"1/{1 / value:.0f}" if value else "none"


def marked(value: str, *, own: bool) -> str:
    """Return *value*, in bold where it is the code's own."""
    return f"**{value}**" if own else value
