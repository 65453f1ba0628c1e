"""untilup beside the other tools that wait for a TCP port, as their packages bring them.

All run as they are installed, with no option but the timeout. What is measured is told below the
table. It takes root, for networks and process numbers of their own: see isolation.py.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import detection_latency
import harness
import wait_costs
from harness import Ended
from isolation import DARK, UNKNOWABLE, Isolation
from wait_costs import Ending, Wait
from waiting_tools import FROM_PYPI, Tool, found

TIMEOUT = 2
WINDOW = detection_latency.WINDOWS[1]
# How late the deadline and a signal may end a wait: docs/design.md, When to try again; The command.
LATE = 0.05
# Of a core; why more is needed: docs/fleet.md, The budget.
SHARE = 0.01
TWO_DIGITS = 10.0  # Below it, ratios have them.
HEADER = (
    "tool",
    "one target up",
    "detection latency",
    "SYNs",
    "a core's share",
    "memory",
    "silent resolver",
    "dark host",
    "SIGTERM as PID 1",
)
LEGEND = """
In parentheses: how many times the first row's. *One target up*: from spawn to exit, untilup's \
with its settle time of 2 ms, median of {rounds}. *Detection latency*: from a port's opening, \
{shortest:g}-{longest:g} s after the spawn, to the exit, median of {rounds}. *SYNs*, *a core's \
share* (the whole process tree's, its start included) and *memory* (its PSS, which is less where \
others run the same program, at most) of a wait of {seconds} s for a port that refuses, medians \
of {waits}. *Silent resolver*, *dark host* (which drops every packet): when a time-out of \
{timeout} s had ended the program, and its exit status; *SIGTERM as PID 1*: how long after it, \
while waiting, and the exit status; medians of {timeouts}. {versions}.\
"""


class Row(NamedTuple):
    """What was measured of a tool: medians, in seconds and bytes."""

    start: float
    extra: float
    refused: Wait
    resolver: Ending
    dark: Ending
    stopped: Ending


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=30, help="starts, and samples of detection latency"
    )
    parser.add_argument("--waits", type=int, default=3, help="waits for a port that refuses")
    parser.add_argument("--seconds", type=int, default=30, help="how long each of them takes")
    parser.add_argument("--timeouts", type=int, default=5, help="time-outs, and signals")
    arguments = parser.parse_args()
    try:
        with Isolation():
            pass
    except OSError as error:
        sys.exit(f"peers.py: {error}")
    with harness.installed(*FROM_PYPI) as programs:
        tools = found(programs)
        rows = measured(tools, arguments)
    first = next(iter(rows.values()))
    harness.print_table(HEADER, [(name, *cells(row, first)) for name, row in rows.items()])
    shortest, longest = WINDOW
    versions = ", ".join(dict.fromkeys(tool.version for tool in tools))
    print(
        LEGEND.format(
            **vars(arguments),
            shortest=shortest,
            longest=longest,
            timeout=TIMEOUT,
            versions=versions,
        )
    )
    for remark in missed({name: row for name, row in rows.items() if name.startswith("untilup")}):
        print(f"\n{remark}")


def measured(tools: Sequence[Tool], arguments: argparse.Namespace) -> dict[str, Row]:
    """Measure everything, one kind after the other, and the tools of a kind in turns."""
    starts = started(tools, arguments.rounds)
    waiters = {tool.name: tool.waiting(int(harness.PATIENCE)) for tool in tools}
    extra = detection_latency.measured(waiters, WINDOW, arguments.rounds)
    refused = wait_costs.refused(tools, arguments.seconds, arguments.waits)
    resolver = wait_costs.timed_out(tools, UNKNOWABLE, TIMEOUT, arguments.timeouts)
    dark = wait_costs.timed_out(tools, DARK, TIMEOUT, arguments.timeouts)
    stopped = wait_costs.stopped(tools, arguments.timeouts)
    return {
        name: Row(
            harness.median_seconds(starts[name]),
            statistics.median(extra[name]),
            Wait(*map(statistics.median_high, zip(*refused[name], strict=True))),
            middle(resolver[name]),
            middle(dark[name]),
            middle(stopped[name]),
        )
        for name in starts
    }


def started(tools: Sequence[Tool], count: int) -> dict[str, list[Ended]]:
    """Run *tools*, each with one target that is up, *count* times."""
    with harness.open_port() as server:

        def case(tool: Tool) -> Callable[[], Ended]:
            def measure() -> Ended:
                result = harness.run(
                    [*tool.waiting(int(harness.PATIENCE)), harness.address(server)]
                )
                harness.hang_up([server])
                return result

            return measure

        return harness.interleaved({tool.name: case(tool) for tool in tools}, count)


def middle(endings: Sequence[Ending]) -> Ending:
    """Return the median of *endings*; one that did not come is the latest."""
    return sorted(endings, key=moment)[len(endings) // 2]


def moment(ending: Ending) -> float:
    return math.inf if ending.seconds is None else ending.seconds


def cells(row: Row, first: Row) -> Iterator[str]:
    """Yield the cells of *row* behind its name, with its ratios to the *first*."""
    yield beside(harness.milliseconds(row.start), row.start / first.start)
    yield beside(harness.milliseconds(row.extra), row.extra / first.extra)
    yield beside(str(row.refused.syns), row.refused.syns / first.refused.syns)
    yield beside(f"{row.refused.share:.2%}", row.refused.share / first.refused.share)
    yield beside(harness.megabytes(row.refused.memory), row.refused.memory / first.refused.memory)
    yield told(row.resolver, f"{moment(row.resolver):.2f} s")
    yield told(row.dark, f"{moment(row.dark):.2f} s")
    yield told(row.stopped, harness.milliseconds(moment(row.stopped)))


def beside(text: str, quotient: float) -> str:
    return f"{text} ({quotient:.{1 if quotient < TWO_DIGITS else 0}f})"


def told(ending: Ending, when: str) -> str:
    """Return when it was, and the exit status; or that it was not."""
    if ending.seconds is None:
        return "not in time"
    status = f"signal {-ending.status}" if ending.status < 0 else str(ending.status)
    return f"{when}, {status}"


def missed(rows: Mapping[str, Row]) -> Iterator[str]:
    """Yield the promises that *rows*, untilup's, do not keep."""
    for name, row in rows.items():
        if row.refused.share > SHARE:
            yield f"Not kept by {name}: under {SHARE:.0%} of a core."
        # Its clock begins with main, which a start that finds its target up has got behind it.
        for what, ending in (("a silent resolver", row.resolver), ("a dark host", row.dark)):
            if moment(ending) > TIMEOUT + row.start + LATE:
                yield f"Not kept by {name}: within {LATE * 1000:.0f} ms of its deadline, {what}."
        if moment(row.stopped) > LATE:
            yield f"Not kept by {name}: within {LATE * 1000:.0f} ms of SIGTERM."


if __name__ == "__main__":
    main()
