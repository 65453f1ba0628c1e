"""What the README shows, for the tests that run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import readme_tables
from tests.support.untilup_process import PATIENCE

README = readme_tables.README.read_text()
BIN = Path(sys.executable).parent


def without_figures(text: str) -> str:
    """Return *text* with what differs from run to run (times, ports, pids, counts) as N.

    And with what differs between machines.
    """
    text = re.sub(r"Linux \S+ \S+", "Linux", text)
    text = re.sub(r" *\d+(\.\d+)?", " N", text)
    text = re.sub(r" Nms\b", " Ns", text)
    # How long the only reason lasted is told where an attempt began late, as on a busy machine.
    return re.sub(r" Ns \((\w+) Ns\)", r" Ns (\1)", text)


def shown(command: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run *command* as the reader would, and return its status and all that it prints."""
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1; {command}"],
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "BIN": str(BIN), **(env or {})},
        cwd=readme_tables.README.parent,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout
