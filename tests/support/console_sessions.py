"""What a document shows of a terminal: commands, and what each prints, for the tests that run it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.support.readme import shown, without_figures
from tests.support.untilup_process import PATIENCE

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
STEP = re.compile(r"\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)")
# What may be asked again until it tells what is shown: it changes nothing.
ASKS = re.compile(r"docker (logs|inspect) ")
# Compose erases the line that it is about to write, terminal or not.
ERASE = "\x1b[2K"
STATUS = re.compile(r"^\d+$")


class Step(NamedTuple):
    """A command, and what it prints."""

    command: str
    output: str


def steps(document: str) -> list[Step]:
    """Return what is typed in all sessions of *document*, in its order."""
    return [
        Step(*step.groups()) for block in BLOCK.findall(document) for step in STEP.finditer(block)
    ]


def play(sessions: list[Step], env: Mapping[str, str], renamed: Callable[[str], str] = str) -> None:
    """Run each step as the reader would, with its names *renamed*, and compare what it prints."""
    status = 0
    for command, output in sessions:
        if command == "echo $?":
            assert output == f"{status}\n"
            continue
        expected = comparable(renamed(output))
        deadline = time.monotonic() + PATIENCE
        while True:
            status, printed = shown(renamed(command), env)
            is_so = comparable(printed) == expected
            if is_so or not ASKS.match(command) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert comparable(printed) == expected, command


def comparable(text: str) -> str:
    """Return *text* without what differs from run to run; a number alone in its line is a status."""
    lines = text.replace(ERASE, "").splitlines()
    return "\n".join(line if STATUS.match(line) else without_figures(line) for line in lines)
