"""Every command and output in the README is real."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import readme_tables
from untilup import argv

README = readme_tables.README.read_text()
BIN = Path(sys.executable).parent
# $ command, what it prints, and perhaps "$ echo $?" and the status.
SESSION = re.compile(
    r"```console\n\$ (?P<command>.*)\n(?P<output>(?:(?!\$ |```).*\n)*)"
    r"(?:\$ echo \$\?\n(?P<status>\d+)\n)?```"
)
SESSIONS = [match.groupdict() for match in SESSION.finditer(README)]
ENTRYPOINTS = re.findall(r"(?:ENTRYPOINT|entrypoint:) (\[.*\])", README)
COMMANDS = re.findall(r"(?:CMD|command:) (\[.*\])", README)


def without_figures(text: str) -> str:
    """Return *text* with what differs from run to run (times, ports, pids, counts) as N."""
    return re.sub(r" *\d+(\.\d+)?", " N", text)


def shown(command: str) -> tuple[int, str]:
    """Run *command* as the reader would, and return its status and all that it prints."""
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1; {command}"],
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "BIN": str(BIN)},
        cwd=readme_tables.README.parent,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_tables_are_current() -> None:
    """The tables of targets, options and exit statuses are those of the code (make docs)."""
    assert readme_tables.with_tables(README) == README


def test_it_can_be_read_at_one_sitting() -> None:
    """The README stays under 200 lines, and all its sessions are found by these tests."""
    assert len(README.splitlines()) < 200
    assert len(SESSIONS) == README.count("```console") >= 3


def test_a_late_service() -> None:
    """What is shown of a late service is what `make run` prints."""
    session = SESSIONS[0]
    status, output = shown("sh examples/run.sh")
    expected = f"$ {session['command']}\n{session['output']}"
    assert (status, without_figures(output)) == (0, without_figures(expected))


@pytest.mark.parametrize("session", SESSIONS[1:], ids=lambda session: session["command"])
def test_sessions(session: dict[str, str]) -> None:
    """What is shown of a command is what it prints, and how it ends."""
    status, output = shown(session["command"])
    assert without_figures(output) == without_figures(session["output"])
    assert status == int(session["status"] or 0)


@pytest.mark.parametrize(("entrypoint", "command"), list(zip(ENTRYPOINTS, COMMANDS, strict=True)))
def test_entrypoints(entrypoint: str, command: str) -> None:
    """ENTRYPOINT and CMD, put together as Docker does, are what untilup reads as meant."""
    program, *words = json.loads(entrypoint) + json.loads(command)
    settings = argv.read(words, {})
    assert program == "untilup"
    assert [str(target) for target in settings.targets] == ["tcp://db:5432", "tcp://redis:6379"]
    assert settings.command == ["gunicorn", "app:app"]


def test_the_reasons_are_all_named() -> None:
    """Every stable word that the JSON lines can have as a reason stands in the README."""
    checks = readme_tables.README.parent / "src/untilup/checks"
    source = "".join(path.read_text() for path in checks.glob("_re*.py"))
    words = set(re.findall(r'^\s+"([a-z-]+)",$', source, re.MULTILINE))
    words |= set(re.findall(r'[(]"([a-z-]+)",', source))
    assert words >= {"refused", "no-answer", "name-unknown"}
    assert {word for word in words if f"`{word}`" not in README} == set()
