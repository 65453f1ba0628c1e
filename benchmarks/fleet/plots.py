"""The two plots of docs/load.md. The same figures give the same files: no dates, no random names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from fleet.clients import STRATEGIES, simulate
from fleet.scenarios import REFUSED, SCENARIOS, UP, Scenario
from fleet.tables import SPLAY
from fleet.traffic import TICKS_PER_SECOND, Counter

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "untilup",
        "svg.fonttype": "none",  # text stays text: small, and searchable
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
SIZE = (8.0, 4.0)
LENGTH = 600.0
# A point on the logarithmic axis covers so much more time than the one before.
STEP = 1.25
OPENED = 12.0
# Those of which lines do not lie on one another's.
OPENING = ("untilup", "fixed 1 s poll", "doubling to 10 s")


def draw(directory: Path) -> None:
    """Write both plots to *directory*."""
    draw_asked(directory / "fleet-asked.svg")
    draw_opening(directory / "fleet-opening.svg")


def draw_asked(file: Path, waiters: int = 100) -> None:
    """Draw how often one waiter asks, by how long it has waited."""
    scenario = Scenario("ten minutes", "", 0.01, ((0.0, REFUSED), (LENGTH, UP)), (0.0, LENGTH))
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for strategy in STRATEGIES:
        points = list(by_age(simulate(strategy, scenario, waiters).syns, waiters))
        axes.plot(*zip(*points, strict=True), label=strategy.name)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="seconds that the port has refused",
        ylabel="SYNs a second, of one waiter",
    )
    axes.legend(frameon=False)
    save(figure, file)


def by_age(counter: Counter, waiters: int) -> Iterator[tuple[float, float]]:
    """Yield ages, in seconds, and the rate of one waiter around each."""
    begin = 0.1
    while begin < LENGTH:
        end = max(begin * STEP, begin + 1 / TICKS_PER_SECOND)
        if rate := counter.mean(round(begin, 1), min(round(end, 1), LENGTH)):
            yield (begin * end) ** 0.5, rate / waiters
        begin = end


def draw_opening(file: Path, waiters: int = 1_000) -> None:
    """Draw when a fleet's commands start, after a cold start."""
    (scenario,) = (scenario for scenario in SCENARIOS if scenario.name == "cold start")
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for number, strategy in enumerate(STRATEGIES):
        if strategy.name in OPENING:
            traffic = simulate(strategy, scenario, waiters)
            plot_starts(axes, traffic.commands(), scenario, f"C{number}", strategy.name)
            if strategy is STRATEGIES[0]:
                splayed = f"{strategy.name} --splay {SPLAY:g}s"
                plot_starts(axes, traffic.commands(SPLAY), scenario, "black", splayed)
    axes.set(
        yscale="log",
        xlabel="seconds since the port opened",
        ylabel=f"commands started in 100 ms, of {waiters:,}",
    )
    axes.legend(frameon=False)
    save(figure, file)


def plot_starts(
    axes: mpl.axes.Axes, counter: Counter, scenario: Scenario, color: str, label: str
) -> None:
    """Add a line of starts to *axes*."""
    begin = round(scenario.opens * TICKS_PER_SECOND)
    ticks = counter.ticks[begin : begin + round(OPENED * TICKS_PER_SECOND)]
    moments = [number / TICKS_PER_SECOND for number in range(len(ticks))]
    axes.step(
        moments, [tick or float("nan") for tick in ticks], where="post", color=color, label=label
    )


def save(figure: Figure, file: Path) -> None:
    """Write *figure* without what would differ the next time."""
    figure.savefig(file, metadata={"Date": None, "Creator": None})
