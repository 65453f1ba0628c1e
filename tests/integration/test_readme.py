"""Every command and output in the README is real."""

from __future__ import annotations

import json
import re

import pytest

import readme_tables
from tests.support.readme import LOCAL, README, SESSIONS, shown, without_figures
from untilup.cli import argv

ENTRYPOINTS = re.findall(r"(?:ENTRYPOINT|entrypoint:) (\[.*\])", README)
COMMANDS = re.findall(r"(?:CMD|command:) (\[.*\])", README)


def test_the_tables_are_current() -> None:
    """The tables of targets, options and exit statuses are those of the code (make docs)."""
    documents = [document.read_text() for document in readme_tables.DOCUMENTS]
    assert [readme_tables.with_tables(document) for document in documents] == documents
    marks = re.findall(r"<!-- (.*), made by make docs -->", "".join(documents))
    assert set(marks) == set(readme_tables.tables())


def test_it_can_be_read_at_one_sitting() -> None:
    """The README has under 150 lines beside its tables, and all its sessions are found by these tests."""
    written = [line for line in README.splitlines() if not line.startswith("| ")]
    assert len(written) < 150
    assert len(SESSIONS) == README.count("```console") >= 3


def test_a_late_service() -> None:
    """What is shown of a late service is what `make run` prints."""
    session = LOCAL[0]
    status, output = shown("sh examples/run.sh")
    expected = f"$ {session['command']}\n{session['output']}"
    assert (status, without_figures(output)) == (0, without_figures(expected))


@pytest.mark.parametrize("session", LOCAL[1:], ids=lambda session: session["command"])
def test_sessions(session: dict[str, str]) -> None:
    """What is shown of a command is what it prints, and how it ends."""
    status, output = shown(session["command"])
    assert without_figures(output) == without_figures(session["output"])
    assert status == int(session["status"] or 0)


@pytest.mark.parametrize(("entrypoint", "command"), list(zip(ENTRYPOINTS, COMMANDS, strict=True)))
def test_entrypoints(entrypoint: str, command: str) -> None:
    """ENTRYPOINT and CMD, put together as Docker does, are what untilup reads as meant."""
    program, *words = json.loads(entrypoint) + json.loads(command)
    settings = argv.parse(words, {})
    assert program == "untilup"
    assert [str(target) for target in settings.targets] == [
        "postgres://db:5432",
        "redis://cache:6379",
    ]
    assert settings.command == json.loads(command)


def test_the_other_tools_are_quoted_as_they_were_measured() -> None:
    """Each row of the table of other tools stands in the whole table, with all of its columns."""
    (quoted,) = re.findall(r"(?:^\| tool .*\n)(?:^\|.*\n)+", README, re.MULTILINE)
    measured = (readme_tables.CHECKOUT / "benchmarks/README.md").read_text().splitlines()
    assert len(quoted.splitlines()) > 4
    assert [row for row in quoted.splitlines() if row not in measured] == []
