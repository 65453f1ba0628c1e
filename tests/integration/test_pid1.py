"""As a container's PID 1, and with Kubernetes' termination log (docs/design.md, The command; Output).

In namespaces of processes and of mounts, which need root.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support import requirements, tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.signals import each_signal
from tests.support.untilup_process import PATIENCE, Program, status_fields

pytestmark = pytest.mark.usefixtures("as_from_a_shell")

NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
# PID 1 of the namespace, with a /dev of its own.
OWN_DEV = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /dev && exec "$@"']
# What the kubelet reads.
MAX_MESSAGE = 4096


@pytest.fixture(scope="module", autouse=True)
def namespaces_can_be_made() -> None:
    """Skip where there can be no namespaces, or fail where they are required."""
    requirements.namespaces(NAMESPACE)


@pytest.fixture
def init(untilup: Program) -> Program:
    """Return untilup as PID 1 of a namespace; its exit status is passed on."""
    untilup.words[:0] = NAMESPACE
    return untilup


@pytest.fixture
def down(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


def read_until(words: str, process: subprocess.Popen[bytes]) -> str:
    """Return what stderr, unbuffered, says up to the line that has *words*."""
    assert process.stderr is not None
    output = ""
    while words not in output:
        line = process.stderr.readline().decode()
        assert line, f"stderr ended without {words!r}: {output}"
        output += line
    return output


def child_of(process: subprocess.Popen[bytes]) -> int:
    """Return the pid, as it is seen from here, of the only child."""
    children = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            stat = (directory / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            continue
        # The name, in parentheses, may hold anything; state and parent follow it.
        if int(stat.rpartition(")")[2].split()[1]) == process.pid:
            children.append(int(directory.name))
    (child,) = children
    return child


# --- PID 1 ----------------------------------------------------------------------------------------


@each_signal
def test_a_signal_ends_pid_1_by_128_and_its_number(
    init: Program, down: str, signum: signal.Signals
) -> None:
    """PID 1 cannot die of a signal that it sends itself, so the exit status tells of it."""
    process = init.start("-t", "5m", down, "--", "echo", "ran", bufsize=0)
    read_until("refused", process)
    os.kill(child_of(process), signum)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (128 + signum, b"")
    assert re.search(rf"ended by {signum.name} after \S+; 1 of 1 targets not up\n", err.decode())


@each_signal
def test_what_is_ignored_does_not_end_pid_1(
    untilup: Program, port: int, signum: signal.Signals
) -> None:
    """What was ignored at start is ignored by PID 1 too."""
    untilup.words[:0] = [*NAMESPACE, "sh", "-c", f'trap "" {signum.value}; exec "$@"', "sh"]
    process = untilup.start(f"127.0.0.1:{port}", "--", "echo", "ran", bufsize=0)
    read_until("refused", process)
    os.kill(child_of(process), signum)
    with tcp_servers.serving(tcp_servers.silent, port=port):
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")


MASKS = ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt")


def test_the_command_is_pid_1(init: Program, up: int) -> None:
    """The command takes over the pid, and every signal with its default."""
    done = init.run(f"127.0.0.1:{up}", "--", "cat", "/proc/self/status")
    fields = status_fields(done.stdout)
    assert fields["Pid"] == "1"
    # Without 32 and 33, which glibc has for itself: what make starts ignores them.
    masks = {name: int(fields[name], 16) & ~(0b11 << 31) for name in MASKS}
    assert masks == dict.fromkeys(MASKS, 0)


@each_signal
def test_the_command_gets_its_signals_as_pid_1(
    init: Program, up: int, signum: signal.Signals
) -> None:
    """After the exec a signal reaches the handler that the command has set."""
    script = f"trap 'exit 7' {signum.value}; echo ready >&2; while :; do sleep 0.05; done"
    process = init.start(f"127.0.0.1:{up}", "--", "sh", "-c", script, bufsize=0)
    read_until("ready\n", process)
    os.kill(child_of(process), signum)
    assert process.wait(PATIENCE) == 7


@pytest.mark.parametrize(
    ("target", "command", "status"),
    [
        pytest.param("up", ["sh", "-c", "exit 42"], 42, id="command"),
        pytest.param("up", [], 0, id="no-command"),
        pytest.param("up", ["./missing"], 127, id="not-found"),
        pytest.param("up", ["/"], 126, id="not-executable"),
        pytest.param("down", ["true"], 124, id="timed-out"),
    ],
)
def test_the_exit_statuses_of_pid_1(
    init: Program, target: str, command: list[str], status: int, request: pytest.FixtureRequest
) -> None:
    """The exit status is the same whether or not untilup is PID 1."""
    value = request.getfixturevalue(target)
    word = f"127.0.0.1:{value}" if target == "up" else value
    timeout = "60s" if target == "up" else "200ms"
    words = ["-t", timeout, word, *(["--", *command] if command else [])]
    assert init.run(*words).returncode == status


# --- termination log ------------------------------------------------------------------------------


@pytest.fixture
def dev(tmp_path: Path, untilup: Program) -> Path:
    """Return the directory that only untilup sees as /dev."""
    directory = tmp_path / "dev"
    directory.mkdir()
    untilup.words[:0] = [*OWN_DEV, str(directory)]
    return directory


@pytest.fixture
def log(dev: Path) -> Path:
    """Return the termination log, in which something stands already."""
    path = dev / "termination-log"
    path.write_text("from before" * 1000)
    return path


@pytest.mark.parametrize(
    ("words", "summary"),
    [
        pytest.param(
            "-t 1h DOWN", ["timed out after ", "DOWN: connection refused", "hint: "], id="124"
        ),
        pytest.param(
            "-q -t 200ms --log-format=json DOWN -- echo ran",
            ["timed out after ", "DOWN: "],
            id="124-quiet-and-json",
        ),
        pytest.param("--once DOWN", ["DOWN", "connection refused"], id="124-once"),
        pytest.param("DOWN -- ./missing", ["./missing: command not found"], id="127"),
        pytest.param("DOWN -- /", ["/: is a directory"], id="126"),
        pytest.param("-t soon DOWN", ["--timeout: 'soon' is not accepted"], id="2"),
    ],
)
def test_a_failure_is_summed_up_in_the_termination_log(
    clock: Clock, log: Path, down: str, words: str, summary: list[str]
) -> None:
    """What stands in the log after an exit without exec is why, in words, and nothing else."""
    argv = words.replace("DOWN", down).split()
    done = clock.outlast("is not up", *argv) if "1h" in argv else clock.untilup.run(*argv)
    assert done.returncode in {2, 124, 126, 127}
    output = log.read_text()
    for part in summary:
        assert part.replace("DOWN", f"tcp://{down}") in output
    assert "from before" not in output
    assert output.endswith("\n")


def test_a_signal_is_told_of_in_the_termination_log(untilup: Program, log: Path, down: str) -> None:
    """A wait that a signal has ended is one of the failures."""
    process = untilup.start("-t", "5m", down, bufsize=0)
    read_until("refused", process)
    process.terminate()
    assert process.wait(PATIENCE) == -signal.SIGTERM
    assert re.match(r"ended by SIGTERM after \S+; 1 of 1 targets not up\n", log.read_text())


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["UP", "--", "true"], id="command"),
        pytest.param(["UP", "--", "sh", "-c", "exit 0"], id="another-command"),
        pytest.param(["UP"], id="no-command"),
        pytest.param(["-t", "200ms", "--no-strict", "DOWN", "--", "true"], id="no-strict"),
    ],
)
def test_a_success_leaves_the_termination_log_alone(
    untilup: Program, log: Path, up: int, down: str, words: list[str]
) -> None:
    """If nothing has failed, or the command is run, the log is the command's."""
    before = log.read_text()
    words = [word.replace("UP", f"127.0.0.1:{up}").replace("DOWN", down) for word in words]
    assert untilup.run(*words).returncode == 0
    assert log.read_text() == before


def test_no_termination_log_is_made(untilup: Program, dev: Path, down: str) -> None:
    """Outside of Kubernetes there is no such file, and none is left behind."""
    assert untilup.run("-t", "200ms", down).returncode == 124
    assert list(dev.iterdir()) == []


def test_the_termination_log_has_a_limit(untilup: Program, log: Path, port: int) -> None:
    """Of a summary that is longer than what is read, the beginning is written."""
    targets = [f"127.0.0.{number}:{port}" for number in range(1, 101)]
    assert untilup.run("-t", "300ms", *targets).returncode == 124
    output = log.read_bytes()
    assert output.startswith(b"timed out after ")
    assert MAX_MESSAGE // 2 < len(output) <= MAX_MESSAGE


def test_no_link_is_followed(untilup: Program, dev: Path, tmp_path: Path, down: str) -> None:
    """A link instead of the termination log is not followed."""
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (dev / "termination-log").symlink_to(victim)
    assert untilup.run("-t", "200ms", down).returncode == 124
    assert victim.read_text() == "kept"


@pytest.mark.parametrize("read", [False, True], ids=["without-reader", "with-reader"])
def test_a_pipe_is_not_written_to(
    untilup: Program,
    dev: Path,
    down: str,
    read: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """A pipe instead of the termination log is neither waited for nor written to."""
    path = dev / "termination-log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if read else None
    try:
        assert untilup.run("-t", "200ms", down).returncode == 124
        if reader is not None:
            assert os.read(reader, 1) == b""
    finally:
        if reader is not None:
            os.close(reader)


def test_a_directory_is_not_written_to(untilup: Program, dev: Path, down: str) -> None:
    """A directory instead of the termination log changes nothing."""
    (dev / "termination-log").mkdir()
    done = untilup.run("-t", "200ms", down)
    assert done.returncode == 124
    assert "Traceback" not in done.stderr


def test_pid_1_reaps_what_its_checks_leave(init: Program) -> None:
    """Daemons that a command starts, in sessions of their own, leave no zombies behind."""
    check = "exec:sh -c 'setsid true & exit 1'"
    process = init.start("-v", "-t", "5m", "--max-delay", "10ms", check, bufsize=0)
    read_until("(attempt 20, ", process)
    untilup = child_of(process)

    def zombies() -> int:
        children = Path(f"/proc/{untilup}/task/{untilup}/children").read_text().split()
        states = [Path(f"/proc/{child}/stat").read_text() for child in children]
        return sum(state.rpartition(")")[2].split()[0] == "Z" for state in states)

    found: list[int] = []
    for _ in range(20):
        try:
            found.append(zombies())
        except (FileNotFoundError, ProcessLookupError):  # it has been reaped since
            found.append(0)
    process.kill()
    assert min(found) <= 2, found
