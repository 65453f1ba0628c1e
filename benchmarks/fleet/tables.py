"""The tables of README.md, from the simulation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fleet.clients import STRATEGIES, simulate, untilup
from fleet.scenarios import SCENARIOS, Scenario
from fleet.traffic import Counter, Traffic, quantile

WAITERS = 1_000
SPLAY = 10.0
FIRST = 10.0
# Simulated, and what the largest stands for: see *scale*.
SCALES = (10, 100, 1_000, 10_000)
SCALED_TO = 100_000

Rows = Iterable[Sequence[str]]


def markdown(head: Sequence[str], rows: Rows) -> str:
    """Return *rows* as a markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def scenarios(waiters: int = WAITERS) -> str:
    """Return what this many *waiters* ask in every scenario, by every strategy."""
    head = (
        *("scenario", "strategy", "SYNs: peak", "first 10 s", "long run"),
        *("DNS queries: peak", "first 10 s", "long run", "accepted: peak"),
        *("commands: peak", f"with `--splay {SPLAY:g}s`", "detection latency: median", "99 %"),
    )
    return markdown(head, scenario_rows(waiters))


def scenario_rows(waiters: int) -> Iterator[Sequence[str]]:
    """Yield the rows of *scenarios*."""
    for scenario in SCENARIOS:
        for strategy in STRATEGIES:
            traffic = simulate(strategy, scenario, waiters)
            yield (scenario.name, strategy.name, *cells(scenario, traffic))


def cells(scenario: Scenario, traffic: Traffic) -> tuple[str, ...]:
    """Return what a row of *scenarios* says of the *traffic*."""
    return (
        *rates(traffic.syns, scenario),
        *rates(traffic.queries, scenario),
        peak(traffic.accepted),
        f"{traffic.commands().peak_of_a_second():,}",
        f"{traffic.commands(SPLAY).peak_of_a_second():,}",
        seconds(quantile(traffic.detection_latencies, 0.5)),
        seconds(quantile(traffic.detection_latencies, 0.99)),
    )


def rates(counter: Counter, scenario: Scenario) -> tuple[str, str, str]:
    """Return the peak, and the rates a second in the first ten seconds and in the long run."""
    return (
        peak(counter),
        f"{counter.mean(0.0, FIRST):,.0f}",
        f"{counter.mean(*scenario.long_run):,.0f}",
    )


def peak(counter: Counter) -> str:
    """Return the most in any second, and in any tenth of one."""
    return f"{counter.peak_of_a_second():,} ({counter.peak_of_a_tenth():,})"


def seconds(value: float) -> str:
    """Return a time as one would say it: in milliseconds up to a second."""
    return f"{value * 1e3:.0f} ms" if value < 1 else f"{value:.1f} s"


def scale(scales: Sequence[int] = SCALES) -> str:
    """Return the cold start by numbers of waiters: by the hundred they follow a straight line."""
    (scenario,) = (scenario for scenario in SCENARIOS if scenario.name == "cold start")
    simulated = {waiters: simulate(untilup(), scenario, waiters) for waiters in scales}
    rows = [
        (f"{waiters:,}", *per_waiter(scenario, traffic, waiters))
        for waiters, traffic in simulated.items()
    ]
    largest = simulated[scales[-1]]
    factor = SCALED_TO // scales[-1]
    scaled = (
        f"{SCALED_TO:,}: {factor} x the last",
        f"{factor * largest.syns.peak_of_a_second():,}",
        f"{factor * largest.queries.peak_of_a_second():,}",
        f"{factor * largest.accepted.peak_of_a_second():,}",
        "",
        seconds(quantile(largest.detection_latencies, 0.5)),
    )
    head = (
        *("waiters", "SYNs: peak", "DNS queries: peak", "accepted: peak"),
        *("SYNs a waiter and second, long run", "detection latency: median"),
    )
    return markdown(head, [*rows, scaled])


def per_waiter(scenario: Scenario, traffic: Traffic, waiters: int) -> tuple[str, ...]:
    """Return what a row of *scale* says of the *traffic* of this many *waiters*."""
    return (
        f"{traffic.syns.peak_of_a_second():,}",
        f"{traffic.queries.peak_of_a_second():,}",
        f"{traffic.accepted.peak_of_a_second():,}",
        f"{traffic.syns.mean(*scenario.long_run) / waiters:.2f}",
        seconds(quantile(traffic.detection_latencies, 0.5)),
    )
