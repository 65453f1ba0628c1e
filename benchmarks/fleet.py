"""What a fleet of waiters does to one dependency: the tables and the plots of docs/fleet.md.

    .venv/bin/python benchmarks/fleet.py            prints the tables
    .venv/bin/python benchmarks/fleet.py --write    writes them, and the plots, to docs/

Every number comes from a simulation of the real backoff, and from a seed: the same again each time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import fleet_budget
import fleet_sweep
import fleet_tables

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "fleet.md"
TABLES: dict[str, Callable[[], str]] = {
    "constants": fleet_budget.constants,
    "budget": fleet_budget.budget,
    "scenarios": fleet_tables.scenarios,
    "scale": fleet_tables.scale,
    "pauses": fleet_sweep.pauses,
    "jitter": fleet_sweep.jitter,
}
# Too long for the page.
BESIDE = {"reuse": fleet_sweep.reuse}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/fleet.md and its plots")
    parser.add_argument("--only", choices=[*TABLES, *BESIDE, "plots"], help="a part of it")
    arguments = parser.parse_args()
    names = [name for name in (*TABLES, *BESIDE) if arguments.only in (None, name)]
    with ProcessPoolExecutor() as pool:
        for name, table in zip(names, pool.map(made, names), strict=True):
            print(f"{name}\n\n{table}", flush=True)
            if arguments.write and name in TABLES:
                PAGE.write_text(with_table(PAGE.read_text(), name, table))
    if arguments.write and arguments.only in (None, "plots"):
        import fleet_plots  # matplotlib is there for development only

        fleet_plots.draw(DOCS)


def made(name: str) -> str:
    """Return the table of that name, made anew."""
    return (TABLES | BESIDE)[name]()


def with_table(text: str, name: str, table: str) -> str:
    """Return the page's *text* with what stands between the marks of *name* made anew."""
    mark, end = begin_and_end(name)
    before, found, rest = text.partition(mark)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"no place for the table {name!r}")
    return before + mark + table + end + after


def begin_and_end(name: str) -> tuple[str, str]:
    """Return the marks between which a table stands in the page."""
    return f"<!-- {name}, made by benchmarks/fleet.py -->\n", f"<!-- end of {name} -->"


if __name__ == "__main__":
    main()
