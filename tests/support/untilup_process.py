"""untilup as a process: what is run by most tests, with an environment that holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.support import json_log

# In seconds, far beyond what anything here takes, for machines that are busy with something else.
PATIENCE = 120.0
# The same as a --timeout, for waits that end well.
LONG = f"{PATIENCE:g}s"
CHECKOUT = Path(__file__).parents[2]


# Asks to have the processes that a test starts measured, as COVERAGE=1 does in the Makefile.
MEASURE = "UNTILUP_TEST_COVERAGE"
TRACES = CHECKOUT / ".coverage-traces"


def measured() -> dict[str, str]:
    """Return the variables by which coverage_site measures a process; none if MEASURE is not set."""
    if not os.environ.get(MEASURE):
        return {}
    return {
        "COVERAGE_TRACER": tracer(),
        "COVERAGE_TRACES": str(TRACES),
        "PYTHONPATH": str(Path(__file__).parent / "coverage_site"),
    }


@cache
def tracer() -> str:
    """Return the path of coverage's tracer."""
    specification = find_spec("coverage.tracer")
    assert specification
    assert specification.origin
    return specification.origin


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
        """Run ``untilup ARGV`` to its end, validate its JSON lines, and return the result, as text."""
        process = self.start(*argv, **options)
        out, err = process.communicate(timeout=PATIENCE)
        for line in (err or b"").splitlines():
            if line.startswith(json_log.BEGINNING):
                json_log.read_line(line)
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
BINARY = CHECKOUT / "dist" / "untilup-linux-x86_64"
FOR_AARCH64 = BINARY.with_name("untilup-linux-aarch64")
