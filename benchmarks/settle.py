"""How soon proxies without a backend close a connection, and which settle times notice that.

Each proxy is on this machine and its backend refuses connections. All is measured twice: on a machine
that is idle otherwise, and beside busy loops. Three tables:

- from connect() to the proxy's FIN or RST, as the client sees it;
- for several rules, how often each would take such a proxy for a target that is up, and how long it
  keeps a target waiting that really is up (the cost);
- with --runs, how often untilup does so, with its default options.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness
import proxies

# A connection that is open for so long is not observed any longer.
MAX_WAIT = 2.0
# Seconds between two samples.
SAMPLE = 0.001
# One of several samples a millisecond apart is later than this if untilup had to wait itself.
LATE = 0.002
EXIT_UP, EXIT_DOWN = 0, 124


class Sample:
    """What untilup could observe at the time *at*, in seconds after connect()."""

    __slots__ = ("at", "share")

    def __init__(self, at: float, share: float) -> None:
        self.at = at
        # The number of other runnable tasks per processor.
        self.share = share


class Connection:
    """One connection: *closed* after this many seconds, and the *samples* until then."""

    __slots__ = ("closed", "samples")

    def __init__(self, closed: float, samples: list[Sample]) -> None:
        self.closed = closed
        self.samples = samples


# A rule returns the time at which a connection that is still open counts as up.
Rule = Callable[[Sequence[Sample]], float]


def fixed(seconds: float) -> Rule:
    """Return the rule of a fixed settle time."""
    return lambda _samples: seconds


def late(seconds: float, longest: float) -> Rule:
    """Return the rule that restarts if untilup's own timer fires late, but only until *longest*."""

    def rule(samples: Sequence[Sample]) -> float:
        until, before = seconds, 0.0
        for sample in samples:
            if sample.at - before > LATE:
                until = sample.at + seconds
            before = sample.at
            if sample.at >= min(until, longest):
                break
        return min(until, longest)

    return rule


def by_share(seconds: float, for_each: float) -> Rule:
    """Return untilup's rule: until no other task is runnable, or *for_each* such task per processor."""

    def rule(samples: Sequence[Sample]) -> float:
        until = seconds
        while True:
            now = max((each for each in samples if each.at <= until), key=lambda each: each.at)
            latest = now.share * for_each
            if until >= latest:
                return until
            until = min(until * 1.5, latest)

    return rule


RULES: dict[str, Rule] = {
    **{f"always {harness.milliseconds(t)}": fixed(t) for t in (0.002, 0.005, 0.020, 0.050, 0.250)},
    "2 ms, again while own timers are late, at most 250 ms": late(0.002, 0.250),
    **{
        f"2 ms, then {harness.milliseconds(each)} for each other task by processor": by_share(
            0.002, each
        )
        for each in (0.010, 0.020, 0.050, 0.100)
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=1000, help="connections to each proxy")
    parser.add_argument("--runs", type=int, default=0, help="runs of untilup against each proxy")
    parser.add_argument("--loops", type=int, default=10, help="busy loops")
    arguments = parser.parse_args()
    with proxies.running() as ports:
        for loops in (0, arguments.loops):
            with busy_loops(loops):
                harness.print_title(f"{loops} busy loops" if loops else "Idle")
                seen = {name: tried(port, arguments.tries) for name, port in ports.items()}
                print_closing_times(seen)
                print_rules(seen, while_open(arguments.tries // 10 + 1))
                if arguments.runs:
                    print_runs(ports, arguments.runs)


@contextlib.contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Run *count* processes that compute during the context."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(1)
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def tried(port: int, count: int) -> list[Connection]:
    """Connect *count* times to the proxy at *port*."""
    return [connection_to(port, MAX_WAIT) for _ in range(count)]


def while_open(count: int) -> list[Connection]:
    """Return samples of *count* connections to a server that keeps them open."""
    with harness.open_port() as server:
        port = server.getsockname()[1]
        connections = []
        for _ in range(count):
            connections.append(connection_to(port, 0.5))
            harness.hang_up([server])
    return connections


def connection_to(port: int, longest: float) -> Connection:
    """Connect to *port*, and listen until the peer closes, or for *longest* seconds."""
    with socket.create_connection((harness.LOOPBACK, port)) as client:
        began = time.monotonic()
        poll = select.poll()
        poll.register(client, select.POLLIN | select.POLLRDHUP)
        samples = [Sample(0.0, other_tasks())]
        while not poll.poll(SAMPLE * 1000) and samples[-1].at < longest:
            samples.append(Sample(time.monotonic() - began, other_tasks()))
        closed = time.monotonic() - began
    return Connection(closed if closed < longest else float("inf"), samples)


def other_tasks() -> float:
    """Return the number of other runnable tasks per processor."""
    running = Path("/proc/loadavg").read_text().split()[3].partition("/")[0]
    return (int(running) - 1) / (os.cpu_count() or 1)


def print_closing_times(seen: Mapping[str, Sequence[Connection]]) -> None:
    rows = []
    for name, connections in seen.items():
        times = sorted(connection.closed for connection in connections)
        at = [times[int(len(times) * part)] for part in (0.5, 0.99, 0.999)]
        rows.append((name, *(harness.milliseconds(time) for time in (*at, times[-1]))))
    harness.print_table(("closes after", "median", "99%", "99.9%", "last"), rows)


def print_rules(seen: Mapping[str, Sequence[Connection]], kept: Sequence[Connection]) -> None:
    print()
    rows = []
    for name, rule in RULES.items():
        cost = statistics.median(rule(connection.samples) for connection in kept)
        mistakes = [
            str(sum(rule(each.samples) < each.closed for each in connections))
            for connections in seen.values()
        ]
        rows.append((name, harness.milliseconds(cost), *mistakes))
    harness.print_table(("settle time", "costs", *(f"{name} is up" for name in seen)), rows)


def print_runs(ports: Mapping[str, int], count: int) -> None:
    """Print how often untilup reports each proxy as up; one run at a time against each."""
    print()
    rows = []
    with harness.installed() as programs:
        forms = {**harness.executable(), "wheel": programs / "untilup"}
        for form, untilup in forms.items():
            with ThreadPoolExecutor(len(ports)) as pool:
                runs = [pool.submit(times_up, untilup, port, count) for port in ports.values()]
                rows.append((form, *(f"{run.result()} of {count}" for run in runs)))
    harness.print_table(("untilup", *(f"{name} is up" for name in ports)), rows)


def times_up(untilup: Path, port: int, count: int) -> int:
    """Return the number of runs in which *untilup* reports *port* as up."""
    argv = [str(untilup), "--once", f"{harness.LOOPBACK}:{port}"]
    ends = [subprocess.run(argv, capture_output=True, check=False).returncode for _ in range(count)]
    if not {*ends} <= {EXIT_UP, EXIT_DOWN}:
        sys.exit(f"{untilup} ended with {sorted({*ends})}")
    return ends.count(EXIT_UP)


if __name__ == "__main__":
    main()
