"""untilup as a process: what is run by most tests, with an environment that holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# In seconds, far beyond what anything here takes, for machines that are busy with something else.
PATIENCE = 120.0
# The same as a --timeout, for waits that end well.
LONG = f"{PATIENCE:g}s"


def measured() -> dict[str, str]:
    """Return the variables by which coverage measures the processes that a test starts."""
    by_coverage = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    # Its threads too: see sitecustomize.py there.
    return by_coverage and {
        **by_coverage,
        "PYTHONPATH": str(Path(__file__).parent / "coverage_site"),
    }


class Program:
    """Starts untilup, and owns what it has started."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, *argv: str | bytes, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start ``untilup ARGV``; *env* is added to PATH, *options* are Popen's."""
        options = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            **options,
        }
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [*self.words, *argv],
            env={"PATH": os.environ["PATH"], **measured(), **(env or {})},
            **options,
        )
        self._started.append(process)
        return process

    def run(self, *argv: str | bytes, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run ``untilup ARGV`` to its end and return what came of it, as text."""
        process = self.start(*argv, **options)
        out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(
            argv, process.returncode, (out or b"").decode(), (err or b"").decode()
        )

    def end(self) -> None:
        """End what is still running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def status_fields(status: str) -> dict[str, str]:
    """Return the fields of what a /proc/PID/status says, by their names."""
    lines = (line.partition(":\t") for line in status.splitlines())
    return {name: value.strip() for name, found, value in lines if found}


# The installed console script, and the executables of `make binary` and `make binary-aarch64`.
WHEEL = Path(sys.executable).with_name("untilup")
BINARY = Path(__file__).parents[2] / "dist" / "untilup-linux-x86_64"
FOR_AARCH64 = BINARY.with_name("untilup-linux-aarch64")
