"""The exit status tells how it ended (docs/design.md, The command)."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support import json_log
from tests.support.untilup_process import PATIENCE, Program


def test_the_commands_own_status_is_passed_on(untilup: Program, up: int) -> None:
    """When every target is up, the exit status is the command's."""
    assert untilup.run(f"127.0.0.1:{up}", "--", "sh", "-c", "exit 42").returncode == 42


def test_zero_without_a_command(untilup: Program, up: int) -> None:
    """When every target is up and there is no command, the exit status is 0."""
    assert untilup.run(f"127.0.0.1:{up}").returncode == 0


def test_124_on_time_out(untilup: Program, port: int) -> None:
    """If the wait times out, the exit status is 124 and the command does not run."""
    done = untilup.run("-t", "200ms", f"127.0.0.1:{port}", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (124, "")
    assert re.search(r"timed out after \d+\.\ds; ", done.stderr)


@pytest.mark.parametrize(("once", "status"), [("up", 0), ("port", 124)])
def test_once_looks_once(
    untilup: Program, once: str, status: int, request: pytest.FixtureRequest
) -> None:
    """With --once one attempt decides between 0 and 124."""
    target = f"127.0.0.1:{request.getfixturevalue(once)}"
    done = untilup.run("--once", target)
    assert done.returncode == status
    assert done.stderr.count(target) == 1


AS_JSON = ("--log-format", "json")


@pytest.mark.parametrize(
    ("argv", "variable"),
    [
        pytest.param([*AS_JSON, "--no-such-option"], "", id="before an option"),
        pytest.param(["--no-such-option", *AS_JSON], "", id="after an option"),
        pytest.param(["-t", "5x", "--log-format=json", "db:1"], "", id="after a value"),
        pytest.param(["--log-format=json", "no-port"], "text", id="a flag wins"),
        pytest.param(["no-port", "--", "x", "--log-format", "text"], "json", id="variable"),
        pytest.param([], "json", id="no target"),
    ],
)
def test_a_usage_error_is_json_where_json_is_asked_for(
    untilup: Program, argv: list[str], variable: str
) -> None:
    """A usage error is one JSON object, wherever in argv or the environment JSON is asked for."""
    done = untilup.run(*argv, env={"UNTILUP_LOG_FORMAT": variable})
    assert done.returncode == 2
    line = json_log.read_line(done.stderr)
    assert (line["event"], line["reason"], line["target"]) == ("usage-error", "usage", None)
    assert line["message"]


@pytest.mark.parametrize(
    ("argv", "variable"),
    [
        pytest.param(["--log-format", "text", "no-port"], "json", id="a flag wins"),
        pytest.param(["--log-format=json", "--log-format=text", "no-port"], "", id="the last wins"),
        pytest.param(["no-port", "--", "x", "--log-format", "json"], "", id="of the command"),
        pytest.param(["db:1"], "yaml", id="not a format"),
    ],
)
def test_a_usage_error_is_text_elsewhere(untilup: Program, argv: list[str], variable: str) -> None:
    """A usage error is text unless JSON is requested with the flag that counts, or the variable."""
    done = untilup.run(*argv, env={"UNTILUP_LOG_FORMAT": variable})
    assert done.returncode == 2
    assert done.stderr.startswith("untilup: ")


EXITS = """
import sys
import untilup.checks.tcp
from untilup.__main__ import main
untilup.checks.tcp.check = sys.exit
main()
"""


def test_1_where_a_check_exits(up: int) -> None:
    """An exit in a check is a bug as any other: it is shown, and the command is not run."""
    done = subprocess.run(
        [sys.executable, "-c", EXITS, f"127.0.0.1:{up}", "--", "echo", "ran"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "a bug in untilup" in done.stderr
