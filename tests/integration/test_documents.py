"""Every command that the documents show, and that needs no container, prints what they show."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import readme_tables
from tests.support import console_sessions
from tests.support.console_sessions import Step
from tests.support.readme import README, shown
from untilup.cli import argv

ENTRYPOINTS = re.findall(r"(?:ENTRYPOINT|entrypoint:) (\[.*\])", README)
COMMANDS = re.findall(r"(?:CMD|command:) (\[.*\])", README)
LOCAL = [
    (document, session)
    for document in readme_tables.DOCUMENTS
    for session in console_sessions.local(document.read_text())
]
# The example of `make run` prints its command itself, because it chooses the port.
LATE = re.compile(r"untilup 127\.0\.0\.1:\d+ -- python talk\.py \d+")


def test_there_are_sessions() -> None:
    """The README shows a timeout and a table of `--once`, and the tutorial shows `make run`."""
    commands = [session[0].command for _, session in LOCAL]
    assert [command.split()[1] for command in commands[:2]] == ["-t", "--once"]
    assert len([command for command in commands if LATE.fullmatch(command)]) == 1


@pytest.mark.parametrize(
    ("document", "session"), LOCAL, ids=[session[0].command for _, session in LOCAL]
)
def test_sessions(document: Path, session: list[Step]) -> None:
    """What is shown of a command is what it prints, and how it exits."""
    if LATE.fullmatch(session[0].command):
        example = shown("sh examples/run.sh")[1]
        typed, printed = example.split("\n", 1)
        assert LATE.fullmatch(typed.removeprefix("$ "))
        printed = printed.replace(typed.split()[-1], session[0].command.split()[-1])
        console_sessions.play(document, session, {}, typed=lambda _: f"cat <<'E'\n{printed}E")
    else:
        console_sessions.play(document, session, {})


@pytest.mark.parametrize(("entrypoint", "command"), list(zip(ENTRYPOINTS, COMMANDS, strict=True)))
def test_entrypoints(entrypoint: str, command: str) -> None:
    """ENTRYPOINT and CMD, put together as Docker does, are what untilup reads as meant."""
    program, *arguments = json.loads(entrypoint) + json.loads(command)
    settings = argv.parse(arguments, {})
    assert program == "untilup"
    assert [str(target) for target in settings.targets] == [
        "postgres://db:5432",
        "redis://cache:6379",
    ]
    assert settings.command == json.loads(command)
