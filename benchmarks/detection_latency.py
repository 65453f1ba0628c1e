"""How much longer than necessary a program waits: from a port's opening to the program's exit.

Each sample is one program, started on a port of its own that is bound and refuses, which begins to
listen at a random moment of the window. Every program gets the same moments. Timed is from the
return of listen() to the exit of the program, which has no command to start. Samples run side by
side, few enough that the machine stays idle most of the time (see *at_a_time*).
"""

from __future__ import annotations

import argparse
import itertools
import random
import shutil
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import harness

Program = TypeVar("Program")

WINDOWS = [(0.5, 1.5), (5.0, 15.0)]
LONG_WINDOW = (25.0, 35.0)
STARTS_PER_SECOND = 3  # a start costs 0.1 to 0.2 s of a core
MOST_AT_A_TIME = 10
FIXED = "fixed 100 ms poll"
BASH = "Debian's `wait-for-it`"
# The fastest such loop in Python, including a quick exit.
FIXED_POLL = """
import os, socket, sys, time
host, port = sys.argv[1].split(":")
while True:
    with socket.socket() as connection:
        if connection.connect_ex((host, int(port))) == 0:
            os._exit(0)
    time.sleep(0.1)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="samples of each program a window")
    parser.add_argument("--long", action="store_true", help="the window of 25-35 s, too")
    arguments = parser.parse_args()
    with harness.installed("wait-for-it") as programs:
        waiters: dict[str, list[str | Path]] = {
            "`untilup --settle 0`": [programs / "untilup", "--settle", "0"],
            "`untilup`": [programs / "untilup"],
            FIXED: [programs / "python", "-I", "-S", "-c", FIXED_POLL],
            "PyPI's `wait-for-it`": [programs / "wait-for-it", "-q", "-t", "60", "-s"],
        }
        if bash := shutil.which("wait-for-it", path="/usr/bin"):
            waiters[BASH] = [bash, "-q", "-t", "60"]
        for window in WINDOWS + [LONG_WINDOW] * arguments.long:
            results = sampled(waiters, detection_latency, window, arguments.rounds)
            print_results(window, results)
    if BASH not in waiters:
        print(f"\n{BASH} is not installed (apt-get install wait-for-it).")
    print(
        f"\nPromise for `--settle 0`: at most 0.60 of the {FIXED}'s and 0.083 of {BASH}'s; after "
        f"25-35 s at most 1.00 of the {FIXED}'s."
    )


def sampled(
    programs: Mapping[str, Program],
    latency: Callable[[Program, float], float],
    window: tuple[float, float],
    count: int,
) -> dict[str, list[float]]:
    """Return the detection latencies of *programs*, in seconds, after *count* moments in *window*.

    *latency* measures one, with a program and a moment.
    """
    shortest, longest = window
    # One from each part of the window, so that few samples cover it evenly.
    moments = [
        shortest + (longest - shortest) * (part + random.random()) / count for part in range(count)
    ]
    samples = list(itertools.product(programs, moments))
    random.shuffle(samples)
    at_a_time = max(1, min(MOST_AT_A_TIME, int(STARTS_PER_SECOND * (shortest + longest) / 2)))
    results: dict[str, list[float]] = {name: [] for name in programs}
    with ThreadPoolExecutor(at_a_time) as pool:
        latencies = pool.map(lambda sample: latency(programs[sample[0]], sample[1]), samples)
        for (name, _), seconds in zip(samples, latencies, strict=True):
            results[name].append(seconds)
    return results


def detection_latency(waiter: Sequence[str | Path], moment: float) -> float:
    """Return how long *waiter* takes to exit once a port opens *moment* seconds after its spawn."""
    with harness.closed_port() as port:
        began = time.monotonic()
        pid = harness.spawn([*waiter, harness.address(port)])
        time.sleep(max(0.0, began + moment - time.monotonic()))
        port.listen()
        opened = time.monotonic()
        return began + harness.ended(pid, began, str(waiter[0])).seconds - opened


def print_results(window: tuple[float, float], results: Mapping[str, list[float]]) -> None:
    fixed = statistics.median(results[FIXED])
    bash = statistics.median(results[BASH]) if BASH in results else None
    rows = []
    for name, extra in results.items():
        median = statistics.median(extra)
        to_bash = f"{median / bash:.3f}" if bash else "-"
        longest = harness.milliseconds(max(extra))
        rows.append((name, harness.milliseconds(median), longest, f"{median / fixed:.2f}", to_bash))
    shortest, latest = window
    harness.print_title(
        f"A port opens at {shortest:g}-{latest:g} s: detection latency, {len(results[FIXED])} samples each"
    )
    harness.print_table(
        ("what", "median", "longest", f"x {FIXED}", f"x {BASH}"),
        rows,
    )


if __name__ == "__main__":
    main()
