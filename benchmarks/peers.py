"""untilup compared with the other packaged tools that wait for a TCP port.

All run as they are installed, with no option but the timeout, and PyPI's wait-for-it also with -p (all
targets at the same time). What is measured is reported below the table. It takes root, for networks and
process numbers of their own: see isolation.py.
"""

from __future__ import annotations

import argparse
import math
import re
import resource
import shutil
import socket
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import harness
import late_answers
import wait_costs
from harness import Ended
from isolation import BLACKHOLED, UNKNOWABLE, Isolation
from wait_costs import Ending, Wait
from waiting_tools import FROM_PYPI, Tool, found

TIMEOUT = 2
COUNTS = (1, 10, 100, 1000)
# Fewer runs with so many targets are enough: each has a thousand connections.
MANY, FEWER = 1000, 3
WINDOW = (0.5, 5.0)
# How late the deadline and a signal may end a wait: docs/design.md, When to try again; The command.
LATE = 0.05
# Of a core: docs/design.md, Promises in numbers.
SHARES = {"untilup, wheel": 0.25 / 30}
SHARE = 0.15 / 30
PAGE = Path(__file__).with_name("README.md")
README = harness.CHECKOUT / "README.md"
# What README.md quotes: the latencies of the executable and of Debian's script after "refused".
QUOTED = re.compile(r"after about \d+ ms; `wait-for-it\.sh` needs about \d+ ms")
DEBIAN = "Debian's `wait-for-it`"
MARK, END = "<!-- peers, made by benchmarks/peers.py -->\n", "<!-- end of peers -->"
HEADER = (
    "tool",
    *(f"{count:,} up" for count in COUNTS),
    "after *refused*",
    "after *name not found*",
    "after HTTP 503",
    "attempts",
    "processor time",
    "of each attempt",
    "memory",
    "unresponsive DNS server",
    "blackholed host",
    "SIGTERM as PID 1",
)
LEGEND = """
The best of each column is bold. A dash means that the tool does not do this. The columns are:

- *1 up* to *1,000 up*: this many targets that are up, from spawn to the exit of the command `true`. The \
time of `true` alone is subtracted. Medians of {rounds}, of {fewer} with 1,000 targets.
- *After refused*, *name not found*, *HTTP 503*: the detection latency after that, {shortest:g}-{longest:g} s after the \
spawn. The exit of the tool is included. Medians of {rounds}.
- *Attempts*, *processor time* and *memory*: of a wait of {seconds} s for a port that refuses, the start included. \
Waits measured: {waits}. Memory is the greatest PSS, which is less if other processes run the same program.
- *Unresponsive DNS server*, *blackholed host* (which drops every packet): the time until a timeout of \
{timeout} s had ended the program, and its exit status. Medians of {timeouts}.
- *SIGTERM as PID 1*: the time from the signal to the exit, and the exit status. Medians of {timeouts}.

The versions are {versions}.
"""


class Row(NamedTuple):
    """What was measured of a tool: medians, in seconds and bytes.

    *starts* has a time for each of COUNTS, *latencies* one after each kind of answer. None stands for what
    the tool does not do, or fails to do.
    """

    starts: Sequence[float | None]
    latencies: Sequence[float | None]
    refused: Wait
    resolver: Ending
    blackholed: Ending
    stopped: Ending


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=30, help="starts, and samples of detection latency"
    )
    parser.add_argument("--waits", type=int, default=3, help="waits for a port that refuses")
    parser.add_argument("--seconds", type=int, default=30, help="how long each of them takes")
    parser.add_argument("--timeouts", type=int, default=5, help="timeouts, and signals")
    parser.add_argument(
        "--executable",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="another executable of untilup, to compare it with that of dist",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the table into benchmarks/README.md, and its figures into README.md",
    )
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        with Isolation():
            pass
    except OSError as error:
        sys.exit(f"peers.py: {error}")
    others = dict(each.split("=", 1) for each in arguments.executable)
    with harness.installed(*FROM_PYPI) as programs:
        tools = found(programs, {name: Path(path) for name, path in others.items()})
        rows = measured(tools, arguments)
    text = table(rows) + legend(tools, arguments)
    print(text)
    if arguments.write:
        PAGE.write_text(with_table(PAGE.read_text(), text))
        README.write_text(with_figures(README.read_text(), rows))
    for remark in missed({name: row for name, row in rows.items() if name.startswith("untilup")}):
        print(remark)


def measured(tools: Sequence[Tool], arguments: argparse.Namespace) -> dict[str, Row]:
    """Run all measurements, each with the tools in turn."""
    rounds = arguments.rounds
    starts = {count: started(tools, count, rounds_with(count, rounds)) for count in COUNTS}
    asking = [tool for tool in tools if tool.http]
    latencies = [
        late_answers.sampled(tools, late_answers.after_refused, WINDOW, rounds),
        late_answers.sampled(tools, late_answers.after_unknown_name, WINDOW, rounds),
        late_answers.sampled(asking, late_answers.after_503, WINDOW, rounds),
    ]
    refused = wait_costs.refused(tools, arguments.seconds, arguments.waits)
    resolver = wait_costs.timed_out(tools, UNKNOWABLE, TIMEOUT, arguments.timeouts)
    blackholed = wait_costs.timed_out(tools, BLACKHOLED, TIMEOUT, arguments.timeouts)
    stopped = wait_costs.stopped(tools, arguments.timeouts)
    return {
        tool.name: Row(
            [starts[count].get(tool.name) for count in COUNTS],
            [median_of(latency.get(tool.name)) for latency in latencies],
            Wait(*map(statistics.median_high, zip(*refused[tool.name], strict=True))),
            middle(resolver[tool.name]),
            middle(blackholed[tool.name]),
            middle(stopped[tool.name]),
        )
        for tool in tools
    }


def rounds_with(count: int, rounds: int) -> int:
    return max(1, rounds // FEWER) if count >= MANY else rounds


def median_of(samples: Sequence[float] | None) -> float | None:
    return statistics.median(samples) if samples else None


def started(tools: Sequence[Tool], count: int, rounds: int) -> dict[str, float | None]:
    """Return the medians of *tools* with this many targets that are up, without the time of the command.

    That of a tool that fails is None.
    """
    true = shutil.which("true")
    assert true is not None
    with socket.create_server(("", 0), backlog=socket.SOMAXCONN) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        # The whole network 127.0.0.0/8 is this machine.
        targets = [
            f"127.0.{number // 250}.{number % 250 + 1}:{port}" for number in range(1, count + 1)
        ]

        def case(argv: Sequence[str]) -> Callable[[], Ended]:
            def measure() -> Ended:
                try:
                    return harness.run(argv)
                except SystemExit:
                    return Ended(math.inf, 0)
                finally:
                    harness.hang_up([server])

            return measure

        seconds = int(harness.PATIENCE)
        cases = {
            tool.name: case(tool.argv(targets, seconds, [true]))
            for tool in tools
            if tool.takes(count)
        }
        results = harness.interleaved({"": case([true]), **cases}, rounds)
    direct = harness.median_seconds(results.pop(""))
    medians = {name: harness.median_seconds(result) - direct for name, result in results.items()}
    return {name: None if math.isinf(median) else median for name, median in medians.items()}


def middle(endings: Sequence[Ending]) -> Ending:
    """Return the median of *endings*; one that did not come is the latest."""
    return sorted(endings, key=moment)[len(endings) // 2]


def moment(ending: Ending) -> float:
    return math.inf if ending.seconds is None else ending.seconds


def table(rows: Mapping[str, Row]) -> str:
    """Return the table of *rows*, with the best of each column in bold."""
    columns = list(zip(*(list(cells(row)) for row in rows.values()), strict=True))
    marked = [[*mark(column)] for column in columns]
    lines = [HEADER, ["---"] * len(HEADER)]
    lines += [[name, *texts] for name, texts in zip(rows, zip(*marked, strict=True), strict=True)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def mark(column: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Yield the texts of a *column*, those with the least number in bold."""
    least = min(number for number, _ in column)
    best = {text for number, text in column if number == least and math.isfinite(number)}
    for _, text in column:
        yield f"**{text}**" if text in best else text


def cells(row: Row) -> Iterator[tuple[float, str]]:
    """Yield the cells of *row* after its name: a number that is least for the best, and a text."""
    for seconds in (*row.starts, *row.latencies):
        yield (math.inf, "-") if seconds is None else (seconds, harness.milliseconds(seconds))
    # More attempts are neither better nor worse.
    yield math.inf, str(row.refused.syns)
    for seconds in (row.refused.seconds, row.refused.seconds / max(1, row.refused.syns)):
        yield seconds, f"{seconds * 1000:.{0 if seconds > LATE else 2}f} ms"
    yield row.refused.memory, harness.megabytes(row.refused.memory)
    for ending in (row.resolver, row.blackholed):
        yield abs(moment(ending) - TIMEOUT), told(ending, f"{moment(ending):.2f} s")
    yield moment(row.stopped), told(row.stopped, harness.milliseconds(moment(row.stopped)))


def told(ending: Ending, when: str) -> str:
    """Return when it was, and the exit status; or that it was not."""
    if ending.seconds is None:
        return "not in time"
    status = f"signal {-ending.status}" if ending.status < 0 else str(ending.status)
    return f"{when}, {status}"


def legend(tools: Sequence[Tool], arguments: argparse.Namespace) -> str:
    """Return what the columns are, and the versions."""
    shortest, longest = WINDOW
    return LEGEND.format(
        **vars(arguments),
        fewer=rounds_with(MANY, arguments.rounds),
        shortest=shortest,
        longest=longest,
        timeout=TIMEOUT,
        versions=", ".join(dict.fromkeys(tool.version for tool in tools)),
    )


def with_table(text: str, made: str) -> str:
    """Return the page's *text* with the table *made* between its marks."""
    before, found_mark, rest = text.partition(MARK)
    _, found_end, after = rest.partition(END)
    if not (found_mark and found_end):
        sys.exit("no place for the table")
    return before + MARK + made + END + after


def with_figures(text: str, rows: Mapping[str, Row]) -> str:
    """Return the *text* of README.md with the latencies of *rows* that it quotes; unchanged without both."""
    ours = next(iter(rows.values())).latencies[0]
    theirs = rows[DEBIAN].latencies[0] if DEBIAN in rows else None
    if ours is None or theirs is None:
        return text
    mine, its = round(ours * 1000), round(theirs * 1000, -1)
    return QUOTED.sub(f"after about {mine} ms; `wait-for-it.sh` needs about {its:.0f} ms", text)


def missed(rows: Mapping[str, Row]) -> Iterator[str]:
    """Yield the promises that untilup's *rows* do not keep."""
    for name, row in rows.items():
        share = SHARES.get(name, SHARE)
        if row.refused.share > share:
            yield f"Not kept by {name}: at most {share * 30 * 1000:.0f} ms of processor time in 30 s."
        # The clock begins with main; the time of a start with its target up is before that.
        for what, ending in (
            ("an unresponsive DNS server", row.resolver),
            ("a blackholed host", row.blackholed),
        ):
            if moment(ending) > TIMEOUT + (row.starts[0] or 0.0) + LATE:
                yield f"Not kept by {name}: within {LATE * 1000:.0f} ms of its deadline, {what}."
        if moment(row.stopped) > LATE:
            yield f"Not kept by {name}: within {LATE * 1000:.0f} ms of SIGTERM."


if __name__ == "__main__":
    main()
