"""What a fleet of clients costs one dependency: the tables of this directory's README.md, and the plots of docs/load.md.

    PYTHONPATH=benchmarks .venv/bin/python -m fleet            prints the tables
    PYTHONPATH=benchmarks .venv/bin/python -m fleet --write    writes them to README.md, and the plots to docs/

All numbers come from a simulation of the real backoff with a fixed seed, and are the same each time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fleet import budget, sweep, tables

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = Path(__file__).with_name("README.md")
TABLES: dict[str, Callable[[], str]] = {
    "constants": budget.constants,
    "budget": budget.budget,
    "scenarios": tables.scenarios,
    "scale": tables.scale,
    "pauses": sweep.pauses,
    "answered": sweep.answered,
    "jitter": sweep.jitter,
}
# Too long for the page.
BESIDE = {"reuse": sweep.reuse}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write README.md, and the plots")
    parser.add_argument("--only", choices=[*TABLES, *BESIDE, "plots"], help="a part of it")
    arguments = parser.parse_args()
    names = [name for name in (*TABLES, *BESIDE) if arguments.only in (None, name)]
    with ProcessPoolExecutor() as pool:
        for name, table in zip(names, pool.map(made, names), strict=True):
            print(f"{name}\n\n{table}", flush=True)
            if arguments.write and name in TABLES:
                PAGE.write_text(with_table(PAGE.read_text(), name, table))
    if arguments.write and arguments.only in (None, "plots"):
        from fleet import plots  # matplotlib is there for development only

        plots.draw(DOCS)


def made(name: str) -> str:
    """Return the table of that name."""
    return (TABLES | BESIDE)[name]()


def with_table(text: str, name: str, table: str) -> str:
    """Return the page's *text* with *table* between the marks of *name*."""
    mark, end = begin_and_end(name)
    before, found, rest = text.partition(mark)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"no place for the table {name!r}")
    return before + mark + table + end + after


def begin_and_end(name: str) -> tuple[str, str]:
    """Return the marks between which a table stands in the page."""
    return f"<!-- {name}, made by benchmarks/fleet -->\n", f"<!-- end of {name} -->"


if __name__ == "__main__":
    main()
