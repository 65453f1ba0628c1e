"""The exit status tells how it ended (docs/design.md, The command)."""

from __future__ import annotations

import re

import pytest

from tests.support.untilup_process import Program


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
    assert re.search(r"timed out after \d+\.\d\ds", done.stderr)


@pytest.mark.parametrize(("once", "status"), [("up", 0), ("port", 124)])
def test_once_looks_once(
    untilup: Program, once: str, status: int, request: pytest.FixtureRequest
) -> None:
    """With --once one look decides between 0 and 124."""
    target = f"127.0.0.1:{request.getfixturevalue(once)}"
    done = untilup.run("--once", target)
    assert done.returncode == status
    assert done.stderr.count(target) == 1
