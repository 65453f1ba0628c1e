"""What docs/migrating.md shows, for the tests that run it."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/migrating.md").read_text()
# Blocks of two lines: what it was, and what it becomes.
PAIRS = re.findall(r"```sh\n(.+)\n(.+)\n```", PAGE)
# "`untilup db:5432 -- ./start`" in a sentence.
INLINE = re.findall(r"`(untilup [^`]+)`", PAGE)
COMMANDS = [*(after for _, after in PAIRS), *INLINE]
# The second column of every table, by the code in it.
CODE = re.compile(r"`([^`]+)`")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
OURS = sorted({code for row in ROWS if row[1] != "---" for code in CODE.findall(row[1])})


def section(tool: str) -> str:
    """Return what the page says of *tool*."""
    return PAGE.partition(f"## From {tool}\n")[2].partition("\n## ")[0]
