"""The waiting tools that are compared: untilup, and installed tools from package registries."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import harness

# The packages that `harness.installed` gets from PyPI.
FROM_PYPI = ("wait-for-it",)
DEBIAN = "/usr/bin"
# `cargo install wait-for-them --root ~/.cache/untilup/peers` installs it there.
CRATES = Path("~/.cache/untilup/peers/bin").expanduser()


class Tool(NamedTuple):
    """A program that waits for TCP ports, and its command line."""

    name: str
    version: str
    # The words of its command line before the first target; "{}" stands for seconds.
    words: Sequence[str]
    # The word before each further target, if there is one; None if it takes one target only.
    separator: str | None = ""
    # The variables for its targets and its command, if these are no words.
    variables: tuple[str, str] | None = None
    # The words before a URL, if it checks HTTP.
    http: Sequence[str] = ()

    def waiting(self, seconds: int) -> list[str]:
        """Return the words before the first target, for a wait of *seconds* at most."""
        return [word.format(seconds) for word in self.words]

    def argv(self, targets: Sequence[str], seconds: int, command: Sequence[str] = ()) -> list[str]:
        """Return the command line of a wait for *targets*, of *seconds* at most, and for a *command*."""
        words = self.waiting(seconds)
        if self.variables:
            values = {self.variables[0]: ",".join(targets), self.variables[1]: " ".join(command)}
            return ["/usr/bin/env", *(f"{name}={value}" for name, value in values.items()), *words]
        words.append(targets[0])
        for target in targets[1:]:
            words += [self.separator, target] if self.separator else [target]
        return [*words, "--", *command] if command else words

    def takes(self, count: int) -> bool:
        """Tell whether it takes this many targets."""
        return count == 1 or self.separator is not None


def found(programs: Path, others: Mapping[str, Path] | None = None) -> list[Tool]:
    """Return the tools of this machine and of *programs*, a directory made by `harness.installed`.

    *others* are further executables of untilup, by their names.
    """
    return [*of_untilup(programs, others or {}), *of_others(programs)]


def of_untilup(programs: Path, others: Mapping[str, Path]) -> Iterator[Tool]:
    """Yield untilup in its default settings: the executable, if it exists, *others*, and the wheel."""
    wheel = {"wheel": programs / "untilup"}
    for name, program in (harness.executable() | dict(others) | wheel).items():
        words = [str(program), "-t", "{}"]
        yield Tool(f"untilup, {name}", output_of(program, "--version"), words, http=words)


def of_others(programs: Path) -> Iterator[Tool]:
    """Yield the other tools that are installed."""
    if script := shutil.which("wait-for-it", path=DEBIAN):
        version = output_of("dpkg-query", "--show", "wait-for-it").replace("\t", " ")
        yield Tool("Debian's `wait-for-it`", version, [script, "-t", "{}"], separator=None)
    of_pypi = programs / "wait-for-it"
    version = f"PyPI's wait-for-it {output_of(of_pypi, '--version').split()[-1]}"
    words = [str(of_pypi), "-p", "-t", "{}", "-s"]
    yield Tool("PyPI's `wait-for-it -p`", version, words, separator="-s")
    if wait4x := shutil.which("wait4x"):
        version = f"wait4x {output_of(wait4x, 'version').split()[1]}"
        words = [wait4x, "tcp", "-t", "{}s"]
        http = [wait4x, "http", "--expect-status-code", "200", "-t", "{}s"]
        yield Tool("`wait4x`", version, words, http=http)
    if them := shutil.which("wait-for-them") or shutil.which("wait-for-them", path=str(CRATES)):
        version = output_of(them, "--version")
        yield Tool("`wait-for-them`", version, [them, "-t", "{}000"])
    if waits := shutil.which("docker-compose-wait"):
        words = ["WAIT_TIMEOUT={}", waits]
        variables = ("WAIT_HOSTS", "WAIT_COMMAND")
        yield Tool("`docker-compose-wait`", "docker-compose-wait", words, variables=variables)


def output_of(*words: str | Path) -> str:
    """Return the first line that the command of *words* prints; "" if it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip()
