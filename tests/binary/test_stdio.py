"""The executable with stdin, stdout and stderr of every kind, in every scenario."""

from __future__ import annotations

import itertools
import os
import pty
import re
import subprocess

import pytest

from tests.binary.launch import untilup
from tests.support.untilup_process import BINARY, PATIENCE

STANDARD = (0, 1, 2)
# The shortest timeout that is used, and one in which even a busy machine makes many attempts.
SHORT, LONG = "200ms", "3s"
SCENARIOS = {
    "up": (["127.0.0.1:UP"], 0),
    "wait": (["-t", "TIMEOUT", "127.0.0.1:1"], 124),
    "names": (["-t", "TIMEOUT", "127.0.0.1:1", "localhost:1"], 124),
    "json": (["-t", "TIMEOUT", "--log-format", "json", "127.0.0.1:1"], 124),
    "once": (["--once", "127.0.0.1:1"], 124),
    "help": (["--help"], 0),
    "version": (["--version"], 0),
    "usage": (["nonsense"], 2),
    "option": (["--no-such-option"], 2),
    "command": (["127.0.0.1:UP", "--", "/no/such/command"], 127),
}
# What has nothing to say if stdout does not take it: that is reported, and is the exit status.
ON_STDOUT = ("help", "version")
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS)
SOME = [some for count in (1, 2, 3) for some in itertools.combinations(STANDARD, count)]


def words(scenario: str, up: int, timeout: str = SHORT) -> tuple[list[str], int]:
    """Return the arguments of a *scenario*, and the exit status to expect."""
    argv, status = SCENARIOS[scenario]
    return [word.replace("UP", str(up)).replace("TIMEOUT", timeout) for word in argv], status


@each_scenario
@pytest.mark.parametrize("closed", SOME, ids=str)
def test_closed(up: int, scenario: str, closed: tuple[int, ...]) -> None:
    """Whatever is closed, the exit status is the same, but for what is asked for on stdout."""
    argv, status = words(scenario, up)
    status = 1 if 1 in closed and scenario in ON_STDOUT else status
    done = untilup(*argv, after=f"for each in {closed}: os.close(each)")
    assert (done.returncode, b"bug" in done.stderr) == (status, False), done


@each_scenario
@pytest.mark.parametrize("descriptor", STANDARD)
def test_a_directory(up: int, scenario: str, descriptor: int) -> None:
    """A directory, of which a stream cannot be made, disturbs no more than what is closed."""
    argv, status = words(scenario, up)
    status = 1 if descriptor == 1 and scenario in ON_STDOUT else status
    done = untilup(*argv, after=f"os.dup2(os.open('/', os.O_RDONLY), {descriptor})")
    assert (done.returncode, b"bug" in done.stderr) == (status, False), done


@each_scenario
def test_a_terminal(up: int, scenario: str) -> None:
    """To a terminal goes what goes to a pipe, and the exit status is the same."""
    argv, status = words(scenario, up, LONG)
    ours, theirs = pty.openpty()
    command = [str(BINARY), *argv]
    pipe, stdout = subprocess.PIPE, subprocess.STDOUT
    try:
        with (
            subprocess.Popen(command, env={}, stdout=pipe, stderr=stdout) as piped,
            subprocess.Popen(
                command, env={}, stdin=theirs, stdout=theirs, stderr=theirs
            ) as process,
        ):
            os.close(theirs)
            output = read_all(ours)
            assert process.wait(PATIENCE) == status
            out, _ = piped.communicate(timeout=PATIENCE)
    finally:
        os.close(ours)
    assert output
    assert words_of(output) == words_of(out)


@pytest.mark.parametrize("scenario", ["help", "version"])
def test_what_is_asked_for_is_complete(up: int, scenario: str) -> None:
    """What goes to stdout ends in a line's end, and is the same whatever else is closed."""
    argv, _ = words(scenario, up)
    whole = untilup(*argv).stdout
    assert whole.endswith(b"\n")
    assert untilup(*argv, after="os.close(0); os.close(2)").stdout == whole


def read_all(descriptor: int) -> bytes:
    """Return all that comes until the other side of the terminal is closed."""
    content = b""
    try:
        while piece := os.read(descriptor, 65536):
            content += piece
    except OSError:  # EIO is a terminal's end of file
        pass
    return content


def words_of(output: bytes) -> set[bytes]:
    """Return the words that were *output*, without what differs: numbers, and with them times."""
    return set(re.sub(rb"[0-9.]+", b"", output).split())
