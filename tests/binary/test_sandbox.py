"""The executable in a sandbox whose kernel lacks much of what Linux has, as gVisor's does."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binary.roots import run
from tests.support import requirements, tcp_servers
from tests.support.untilup_process import BINARY, PATIENCE

# As sandbox.c has it.
NO_SANDBOX = 99
LATE = 3
# For the first attempt, on a machine that is busy.
LONG_ENOUGH = "3s"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the program that runs another in a sandbox, or skip."""
    requirements.programs("a sandbox", "gcc", required="UNTILUP_REQUIRE_BINARY")
    program = tmp_path_factory.mktemp("sandbox") / "sandbox"
    source = Path(__file__).with_name("sandbox.c")
    subprocess.run(["gcc", "-O2", "-o", program, source], check=True, timeout=PATIENCE)
    if run(str(program), str(BINARY), "--version")[0] == NO_SANDBOX:
        pytest.skip("no seccomp filters here")
    return str(program)


@pytest.fixture
def late() -> Iterator[int]:
    """Run a server that closes a few connections, then keeps them open, and return its port."""
    results = itertools.chain(
        [tcp_servers.close_at_once] * LATE, itertools.repeat(tcp_servers.greet_and_close)
    )

    def behave(client: socket.socket) -> None:
        next(results)(client)

    with tcp_servers.serving(behave) as port:
        yield port


def test_it_starts_in_a_sandbox(sandbox: str, up: int) -> None:
    """If all is up at the first attempt it becomes the command, which is in the sandbox, too."""
    target = f"127.0.0.1:{up}"
    again = ["--", str(BINARY), "--once", target]
    assert run(sandbox, str(BINARY), target, *again)[0] == 0


def test_it_waits_in_a_sandbox(sandbox: str, late: int) -> None:
    """It makes another attempt there, and executes the command when the target is up."""
    command = ["--", str(BINARY), "--version"]
    status, out = run(sandbox, str(BINARY), "--settle", "4s", f"127.0.0.1:{late}", *command)
    assert (status, out) == (0, run(str(BINARY), "--version")[1])


@pytest.mark.parametrize("form", ["text", "json"])
def test_it_times_out_in_a_sandbox(sandbox: str, form: str) -> None:
    """It tells there what is not up, and why, by address and by name, to a pipe and to a file."""
    options = ["--log-format", form, "-t", LONG_ENOUGH]
    words = [sandbox, str(BINARY), *options, "127.0.0.1:1", "localhost:1"]
    with (
        tempfile.TemporaryFile() as file,
        subprocess.Popen(words, stderr=file, env={}) as to_a_file,
        subprocess.Popen(words, stderr=subprocess.PIPE, env={}) as to_a_pipe,
    ):
        _, err = to_a_pipe.communicate(timeout=PATIENCE)
        assert (to_a_pipe.returncode, to_a_file.wait(PATIENCE)) == (124, 124)
        file.seek(0)
        for output in (err, file.read()):
            assert output.count(b"connection refused") >= 4


def test_it_helps_in_a_sandbox(sandbox: str) -> None:
    """Help is the same there, and mistakes are found."""
    helped = run(sandbox, str(BINARY), "--help")
    assert helped == run(str(BINARY), "--help")
    assert b"--timeout" in helped[1]
    assert run(sandbox, str(BINARY), "nonsense")[0] == 2


def test_a_signal_ends_it_in_a_sandbox(sandbox: str) -> None:
    """SIGTERM ends the wait there, and is reported."""
    words = [sandbox, str(BINARY), "127.0.0.1:1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env={}) as process:
        assert process.stderr is not None
        while b"refused" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM
    assert b"ended by SIGTERM" in err
