"""A file system that does not answer keeps neither the deadline nor a signal waiting."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import hung_file_system, requirements
from tests.support.hung_file_system import ASKED, DEVICE, PROGRAM, READY
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import PATIENCE, Program

Eventually = Callable[[Callable[[], object]], None]

# Prints its children, living or not.
OBSERVE = "import os; print(open(f'/proc/self/task/{os.getpid()}/children').read().split())"
OBSERVER = [sys.executable, "-I", "-S", "-c", OBSERVE]
# A process that waits for the file to be opened ends by SIGKILL, or does not even end by that.
OPENS = ["open", "open-taken"]


class Hung:
    """A file system on *directory* that does not answer; *program* is the path of its file."""

    def __init__(self, server: subprocess.Popen[str], directory: Path) -> None:
        self._server = server
        self.directory = directory
        self.program = str(directory / PROGRAM)
        self.parse(READY)

    def parse(self, word: str) -> None:
        """Wait until the server says *word*; a test that waits in vain ends by its own limit."""
        assert self._server.stdout
        assert self._server.stdout.readline() == f"{word}\n"

    def until_asked(self) -> None:
        """Wait until a process waits for the answer."""
        self.parse(ASKED)


@pytest.fixture
def hung(untilup: Program, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hung]:
    """Have *untilup* see a file system that hangs in the way that the test is parametrized with."""
    requirements.namespaces(["unshare", "--mount"])
    if not Path(DEVICE).exists():
        pytest.skip(f"no {DEVICE} here")
    directory = tmp_path / "hung"
    directory.mkdir()
    words = [sys.executable, hung_file_system.__file__, directory, request.param]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            made = Hung(server, directory)
            untilup.words[:0] = ["nsenter", f"--mount=/proc/{server.pid}/ns/mnt", "--"]
            yield made
        finally:
            server.kill()  # the kernel answers in its place, with an error
            untilup.end()


@pytest.mark.parametrize("hung", OPENS, indirect=True)
def test_a_program_that_hangs_keeps_no_other_target_waiting(
    untilup: Program, hung: Hung, tmp_path: Path
) -> None:
    """While the kernel opens the program of an exec: target, attempts at other targets go on."""
    there = tmp_path / "there"
    targets = (f"exec:{hung.program}", f"exec:test -e {there}", f"file://{there}")
    process = untilup.start("-t", "0", "--any", *targets, "--", "echo", "ran")
    hung.until_asked()
    there.touch()
    assert process.communicate(timeout=PATIENCE)[0] == b"ran\n"


@pytest.mark.parametrize("hung", OPENS, indirect=True)
def test_a_program_that_hangs_does_not_keep_the_deadline_waiting(
    untilup: Program, hung: Hung
) -> None:
    """While the kernel opens the program of an exec: target, the deadline holds."""
    assert untilup.run("-t", "300ms", f"exec:{hung.program}").returncode == 124


@pytest.mark.parametrize("hung", OPENS, indirect=True)
def test_a_program_that_hangs_does_not_keep_a_signal_waiting(untilup: Program, hung: Hung) -> None:
    """While the kernel opens the program of an exec: target, SIGTERM ends untilup, which says why."""
    process = untilup.start("-t", "0", f"exec:{hung.program}")
    hung.until_asked()
    process.terminate()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM
    assert b"the kernel is still opening the program after " in err


@pytest.mark.parametrize("hung", ["open"], indirect=True)
def test_the_command_finds_no_child_that_hangs(
    untilup: Program, hung: Hung, tmp_path: Path
) -> None:
    """A child whose program the kernel still opens is killed and reaped before the command runs."""
    there = tmp_path / "there"
    targets = (f"exec:{hung.program}", f"file://{there}")
    process = untilup.start("-t", "0", "--any", *targets, "--", *OBSERVER)
    hung.until_asked()
    there.touch()
    assert process.communicate(timeout=PATIENCE)[0] == b"[]\n"


@pytest.mark.parametrize("hung", ["lookup"], indirect=True)
def test_a_path_that_hangs_does_not_keep_the_deadline_waiting(
    untilup: Program, clock: Clock, hung: Hung, port: int
) -> None:
    """While the lookup of the command hangs in a directory of PATH, the deadline holds."""
    path = {"PATH": f"{hung.directory}:/usr/bin:/bin"}
    argv = ("-t", clock.scaled("1h"), f"127.0.0.1:{port}", "--", "true")
    process = untilup.start(*argv, env=path)
    hung.until_asked()
    clock.an_hour_passes()
    assert process.wait(PATIENCE) == 124


@pytest.mark.parametrize("hung", ["lookup"], indirect=True)
@pytest.mark.parametrize("is_up", [False, True], ids=["waiting", "up"])
def test_a_path_that_hangs_does_not_keep_a_signal_waiting(
    untilup: Program, hung: Hung, port: int, up: int, *, is_up: bool
) -> None:
    """While the lookup of the command hangs, during the wait or after it, SIGTERM ends untilup."""
    path = {"PATH": f"{hung.directory}:/usr/bin:/bin"}
    target = f"127.0.0.1:{up if is_up else port}"
    process = untilup.start("-t", "0", target, "--", "true", env=path)
    hung.until_asked()
    process.terminate()
    assert process.wait(PATIENCE) == -signal.SIGTERM


@pytest.mark.parametrize("hung", ["open"], indirect=True)
def test_a_command_that_hangs_is_ended_by_a_signal(untilup: Program, hung: Hung, up: int) -> None:
    """While the kernel opens the command, a signal does what it does by default: SIGTERM kills."""
    process = untilup.start(f"127.0.0.1:{up}", "--", hung.program)
    hung.until_asked()
    process.terminate()
    assert process.wait(PATIENCE) == -signal.SIGTERM


@pytest.mark.parametrize("hung", ["lookup"], indirect=True)
@pytest.mark.parametrize(
    "target", ["unix://{}/file", "file://{}/file", "tls://127.0.0.1:1#ca={}/file"]
)
def test_a_file_that_hangs_is_named(untilup: Program, hung: Hung, target: str) -> None:
    """If the file system of a socket, a file or a CA hangs, the report of the timeout names the path."""
    done = untilup.run("-t", "500ms", target.format(hung.directory))
    assert done.returncode == 124
    assert f"from the file system of {hung.directory}/file" in done.stderr


@pytest.mark.parametrize("hung", ["lookup"], indirect=True)
def test_a_file_with_a_value_that_hangs(untilup: Program, hung: Hung) -> None:
    """While the file with a value is looked up, SIGTERM ends untilup; without it, a usage error does."""
    environ = {"V_FILE": str(hung.directory / "absent")}
    process = untilup.start("env:V", env=environ)
    hung.until_asked()
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM
    done = untilup.run("env:V", env=environ)
    assert done.returncode == 2
    assert "cannot be read: its file system does not answer" in done.stderr
