"""The import times of modules, compared with a bare interpreter: why the start imports so few.

Processor time, not time on the clock, and the least of several runs: other processes on the machine
then change little.
"""

from __future__ import annotations

import argparse
import os
import random
from pathlib import Path

from harness import installed, print_table, print_title, spawn

NOTHING = "pass"
# What untilup, or a program like it, could import; tenacity and typer are its dependencies.
MODULES = (
    *("threading", "signal", "re", "json", "socket", "pathlib", "typing", "logging"),
    *("dataclasses", "ssl", "http.client", "urllib.request", "asyncio", "tenacity", "typer"),
)


def processor_seconds(python: Path, code: str) -> float:
    """Return the processor time that *python* takes for *code*, from spawn to exit."""
    _, status, usage = os.wait4(spawn([python, "-I", "-c", code]), 0)
    if status:
        raise SystemExit(f"{code} failed: {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="runs of each module")
    rounds = parser.parse_args().rounds
    cases = {"nothing": NOTHING} | {f"`{name}`": f"import {name}" for name in MODULES}
    least = dict.fromkeys(cases, float("inf"))
    with installed() as programs:
        for _ in range(rounds):
            for name in random.sample(list(cases), len(cases)):
                took = processor_seconds(programs / "python", cases[name])
                least[name] = min(least[name], took)
    print_title("What an import costs")
    bare = least["nothing"]
    print_table(
        ("imported", "x a bare interpreter"),
        [(name, f"{took / bare:.1f}") for name, took in sorted(least.items(), key=lambda x: x[1])],
    )


if __name__ == "__main__":
    main()
