"""What documents show of a terminal: commands, and what each prints, for the tests that run it.

With UNTILUP_TEST_WRITE_SESSIONS=1 (`make sessions`) the same tests write what the commands print now into
the documents, wherever more than times and counts has changed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.support.readme import shown, without_figures
from tests.support.untilup_process import PATIENCE

WRITES = os.environ.get("UNTILUP_TEST_WRITE_SESSIONS") == "1"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
STEP = re.compile(r"\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)")
# Commands that can run again until they print what is shown, because they change nothing.
ASKS = re.compile(r"docker (logs|inspect) ")
# Compose erases the line that it is about to write, terminal or not.
ERASE = "\x1b[2K"
STATUS = re.compile(r"^\d+$")
IN_CONTAINERS = re.compile(r"(\w+=\S+ )*docker ")
# Seconds that a command which may run again has to print as many lines as the document shows.
TIME_TO_WRITE = 5


class Step(NamedTuple):
    """A command, and what it prints."""

    command: str
    output: str


def sessions(document: str) -> list[list[Step]]:
    """Return the sessions of *document*, in its order."""
    return [
        [Step(*step.groups()) for step in STEP.finditer(block)] for block in BLOCK.findall(document)
    ]


def local(document: str) -> list[list[Step]]:
    """Return the sessions of *document* that need no Docker engine."""
    return [each for each in sessions(document) if not IN_CONTAINERS.match(each[0].command)]


def in_containers(document: str) -> list[Step]:
    """Return all steps of the sessions of *document* that need a Docker engine."""
    return [
        step for each in sessions(document) if IN_CONTAINERS.match(each[0].command) for step in each
    ]


def play(
    document: Path,
    steps: list[Step],
    env: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    typed: Callable[[str], str] = str,
) -> None:
    """Run each step of *document* as the reader would, and compare what it prints.

    *names* has the beginnings of names in the document, and those of this run in their place.
    *typed* returns what is really run for a command.
    """
    names = names or {}
    status = 0
    for step in steps:
        if step.command == "echo $?":
            printed = f"{status}\n"
        else:
            status, printed = _output(step, env, names, typed)
        if comparable(printed) == comparable(replaced(step.output, names)):
            continue
        assert WRITES, f"{step.command} prints\n{printed}instead of\n{step.output}"
        _write(document, step, replaced(printed, {ours: name for name, ours in names.items()}))


def _output(
    step: Step, env: Mapping[str, str], names: Mapping[str, str], typed: Callable[[str], str]
) -> tuple[int, str]:
    expected = comparable(replaced(step.output, names))
    deadline = time.monotonic() + (TIME_TO_WRITE if WRITES else PATIENCE)
    while True:
        status, printed = shown(typed(replaced(step.command, names)), env)
        found = comparable(printed) == expected
        if found or not ASKS.match(step.command) or time.monotonic() > deadline:
            return status, printed
        time.sleep(0.05)


def _write(document: Path, step: Step, printed: str) -> None:
    printed = re.sub(r"Linux \S+ (\w+)", r"Linux 6.1.0 \1", printed.replace(ERASE, ""))
    # A busy machine takes longer to start than a reader's.
    printed = re.sub(r"\b0\.[0-4]\d+s", "0.01s", printed)
    before, after = (f"$ {step.command}\n{output}" for output in (step.output, printed))
    text = document.read_text()
    assert before in text
    document.write_text(text.replace(before, after, 1))


def replaced(text: str, names: Mapping[str, str]) -> str:
    """Return *text* with the beginnings of *names* replaced."""
    for before, after in names.items():
        text = re.sub(rf"(?<![\w-]){re.escape(before)}", after, text)
    return text


def comparable(text: str) -> str:
    """Return *text* without what differs from run to run; a number alone in its line is a status."""
    lines = text.replace(ERASE, "").splitlines()
    return "\n".join(line if STATUS.match(line) else without_figures(line) for line in lines)
