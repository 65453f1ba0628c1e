"""The waiting tools that are compared: untilup, and those of package registries that are installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import harness

# What `harness.installed` is to get from PyPI.
FROM_PYPI = ("wait-for-it",)
DEBIAN = "/usr/bin"


class Tool(NamedTuple):
    """A program that waits for a TCP port, and how it is told to."""

    name: str
    version: str
    # The words of its command line before the target; "{}" stands for seconds.
    words: Sequence[str]

    def waiting(self, seconds: int) -> list[str]:
        """Return the command line, but for the target at its end, that waits for *seconds* at most."""
        return [word.format(seconds) for word in self.words]


def found(programs: Path) -> list[Tool]:
    """Return the tools of this machine and of *programs*, a folder made by `harness.installed`."""
    return [*of_untilup(programs), *of_others(programs)]


def of_untilup(programs: Path) -> Iterator[Tool]:
    """Yield untilup in its default settings: the executable, where there is one, and the wheel."""
    for name, program in harness.executable().items():
        yield Tool(f"untilup, {name}", said(program, "--version"), [str(program), "-t", "{}"])
    wheel = programs / "untilup"
    yield Tool("untilup, wheel", said(wheel, "--version"), [str(wheel), "-t", "{}"])


def of_others(programs: Path) -> Iterator[Tool]:
    """Yield the others that are installed."""
    if script := shutil.which("wait-for-it", path=DEBIAN):
        version = said("dpkg-query", "--show", "wait-for-it").replace("\t", " ")
        yield Tool("Debian's `wait-for-it`", version, [script, "-t", "{}"])
    of_pypi = programs / "wait-for-it"
    version = f"PyPI's wait-for-it {said(of_pypi, '--version').split()[-1]}"
    yield Tool("PyPI's `wait-for-it`", version, [str(of_pypi), "-t", "{}", "-s"])
    if wait4x := shutil.which("wait4x"):
        version = f"wait4x {said(wait4x, 'version').split()[1]}"
        yield Tool("`wait4x`", version, [wait4x, "tcp", "-t", "{}s"])
    if them := shutil.which("wait-for-them"):
        yield Tool("`wait-for-them`", said(them, "--version"), [them, "-t", "{}000"])


def said(*words: str | Path) -> str:
    """Return the first line that the command of *words* prints, or "" where it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip()
