"""A signal that ends a wait ends it at once, and is seen from outside as what it is (docs/design.md, The command)."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.eventually import Eventually
from tests.support.scripted_clock import Clock
from tests.support.signals import ENDING, each_signal
from tests.support.untilup_process import PATIENCE, Program, measured

pytestmark = pytest.mark.usefixtures("as_from_a_shell")

# The states of a connection in /proc/net/tcp.
ESTABLISHED, SYN_SENT = "01", "02"
# So many starts get each signal, each at another moment; `make test-release` sets more.
FEW = 3
HANDOVERS = int(os.environ.get("UNTILUP_TEST_HANDOVERS", FEW))

Serve = Callable[[], contextlib.AbstractContextManager[int]]


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without coverage where a process may be killed while it writes what was measured."""
    for name in measured():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def down(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


@contextlib.contextmanager
def settling() -> Iterator[int]:
    """Yield a port that accepts and is silent: with a long --settle, a look that lasts."""
    with tcp_servers.serving(tcp_servers.silent) as port:
        yield port


def has_connection(pid: int, port: int, state: str) -> bool:
    """Tell whether the process has a connection to loopback's *port* in *state*."""
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            links.append(str(link.readlink()))
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        f"socket:[{line[9]}]" in links and line[2].endswith(f":{port:04X}") and line[3] == state
        for line in table
    )


def caught(process: subprocess.Popen[bytes]) -> set[int]:
    """Return the signals that the process has handlers for."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    mask = int(status.split("SigCgt:")[1].split()[0], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def read_until(words: str, process: subprocess.Popen[bytes]) -> str:
    """Return what stderr, unbuffered, says up to the line that has *words*."""
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline().decode()
        assert line, f"stderr ended without {words!r}: {said}"
        said += line
    return said


# --- while waiting --------------------------------------------------------------------------------


@each_signal
def test_the_signal_itself_ends_the_wait(
    untilup: Program, down: str, signum: signal.Signals
) -> None:
    """Who waits for untilup sees that it died of the signal; stderr names that and what was not up."""
    process = untilup.start("-t", "5m", down, "--", "echo", "ran", bufsize=0)
    read_until("refused", process)
    process.send_signal(signum)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (-signum, b"")
    assert err.decode().count(f"ended by {signum.name}: 1 target is not up\n") == 1
    assert err.decode().count(f"tcp://{down}: connection refused") == 1


@each_signal
def test_a_signal_is_told_of_though_quiet(
    untilup: Program, down: str, eventually: Eventually, signum: signal.Signals
) -> None:
    """With --quiet the line about the signal is the first that is written."""
    process = untilup.start("-q", "-t", "5m", down)
    eventually(lambda: caught(process) >= set(ENDING))
    process.send_signal(signum)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signum
    assert f"ended by {signum.name}" in err.decode().splitlines()[0]


@pytest.mark.parametrize(
    ("serve", "state"),
    [
        pytest.param(tcp_servers.unanswering, SYN_SENT, id="connecting"),
        pytest.param(settling, ESTABLISHED, id="settling"),
    ],
)
@each_signal
def test_a_look_that_lasts_does_not_hold_the_signal_up(
    untilup: Program, eventually: Eventually, signum: signal.Signals, serve: Serve, state: str
) -> None:
    """The signal ends the wait although a watcher is in the middle of a look."""
    options = ["-t", "5m", "--attempt-timeout", "4m", "--settle", "3m"]
    with serve() as port:
        process = untilup.start(*options, f"127.0.0.1:{port}")
        eventually(lambda: has_connection(process.pid, port, state))
        process.send_signal(signum)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signum
    assert f"ended by {signum.name}: 1 target is not up\n" in err.decode()
    assert f"tcp://127.0.0.1:{port}: " in err.decode()


@each_signal
def test_a_full_stderr_does_not_hold_the_signal_up(
    untilup: Program, down: str, eventually: Eventually, signum: signal.Signals
) -> None:
    """The signal ends the wait although stderr is a full pipe that nobody reads."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x")
        os.set_blocking(writer, True)
        process = untilup.start("-t", "5m", "-v", down, stderr=writer)
        eventually(lambda: caught(process) >= set(ENDING))
        process.send_signal(signum)
        assert process.wait(PATIENCE) == -signum
    finally:
        os.close(reader)
        os.close(writer)


def test_a_signal_comes_before_what_is_to_be_told(
    untilup: Program, port: int, tmp_path: Path, eventually: Eventually
) -> None:
    """With --verbose and hundreds of targets, the signal is told before the attempts before it."""
    targets = [f"127.0.0.1:{port}#timeout={number}h" for number in range(1, 301)]
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        process = untilup.start("-t", "5m", "-v", *targets, stderr=stderr)
        eventually(lambda: log.read_bytes().count(b"(attempt ") > 1000)
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: "State:\tT" in Path(f"/proc/{process.pid}/status").read_text())
        told = log.stat().st_size
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        assert process.wait(PATIENCE) == -signal.SIGTERM
    before, found, _ = log.read_bytes()[told:].partition(b"ended by SIGTERM: 300 targets")
    assert found
    assert before.count(b"(attempt ") <= 2


def test_many_signals_are_as_one(untilup: Program, down: str) -> None:
    """Signals that come in a crowd end the wait by one of them, and tell of one."""
    process = untilup.start("-t", "5m", down, bufsize=0)
    read_until("refused", process)
    for signum in ENDING * 5:
        process.send_signal(signum)
    _, err = process.communicate(timeout=PATIENCE)
    assert -process.returncode in ENDING
    assert err.decode().count("ended by SIG") == 1
    assert "Traceback" not in err.decode()


def test_other_signals_do_what_they_always_do(untilup: Program, down: str) -> None:
    """A signal that untilup has nothing to say to has its default: SIGUSR1 kills."""
    process = untilup.start("-t", "5m", down, bufsize=0)
    read_until("refused", process)
    process.send_signal(signal.SIGUSR1)
    assert process.wait(PATIENCE) == -signal.SIGUSR1


@each_signal
def test_an_ignored_signal_does_not_end_the_wait(
    untilup: Program, port: int, signum: signal.Signals
) -> None:
    """What was ignored at start, as by nohup, neither ends the wait nor gets a handler."""
    untilup.words[:0] = ["sh", "-c", f'trap "" {signum.value}; exec "$@"', "sh"]
    process = untilup.start(f"127.0.0.1:{port}", "--", "echo", "ran", bufsize=0)
    said = read_until("refused", process)
    assert caught(process) >= set(ENDING) - {signum}
    assert signum not in caught(process)
    process.send_signal(signum)
    with tcp_servers.serving(tcp_servers.silent, port=port):
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")
    assert "ended by" not in said + err.decode()


def test_a_stopped_wait_goes_on(untilup: Program, port: int, eventually: Eventually) -> None:
    """After SIGSTOP and SIGCONT the wait goes on, and ends as if nothing had been."""
    process = untilup.start(f"127.0.0.1:{port}", "--", "echo", "ran", bufsize=0)
    read_until("refused", process)
    process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{process.pid}/status")
    eventually(lambda: "State:\tT" in status.read_text())
    with tcp_servers.serving(tcp_servers.silent, port=port):
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")


Stopped = tuple[subprocess.Popen[bytes], Path]


@pytest.fixture
def stopped_past_its_deadline(
    untilup: Program, down: str, tmp_path: Path, eventually: Eventually
) -> Stopped:
    """Return a wait that was stopped after its first attempt until its deadline had passed."""
    clock = Clock(untilup, tmp_path, kind="stops")
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        argv = ("-v", "-t", clock.scaled("1h"), down, "--", "echo", "ran")
        process = untilup.start(*argv, stderr=stderr)
    eventually(lambda: b"refused" in log.read_bytes())
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: "State:\tT" in Path(f"/proc/{process.pid}/status").read_text())
    clock.sit_out_an_hour()
    return process, log


def test_a_wait_that_was_stopped_past_its_deadline_makes_one_more_attempt(
    stopped_past_its_deadline: Stopped, port: int
) -> None:
    """A target that came up while the process was stopped (SIGSTOP, docker pause) is found."""
    process, log = stopped_past_its_deadline
    with tcp_servers.serving(tcp_servers.silent, port=port):
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n"), log.read_text()


def test_after_one_more_attempt_the_deadline_holds(stopped_past_its_deadline: Stopped) -> None:
    """If the target is not up then either, the wait has timed out."""
    process, log = stopped_past_its_deadline
    before = log.read_text()
    process.send_signal(signal.SIGCONT)
    assert process.wait(PATIENCE) == 124
    since = log.read_text().removeprefix(before)
    attempts, timed_out, _ = since.partition("timed out after")
    assert timed_out
    assert "(attempt " in attempts


# --- at the hand-over -----------------------------------------------------------------------------


@each_signal
def test_the_command_gets_its_own_signals(
    untilup: Program, up: int, signum: signal.Signals
) -> None:
    """After the hand-over a signal is the command's, which it kills by default."""
    command = ["sh", "-c", "echo running >&2; exec sleep 60"]
    process = untilup.start(f"127.0.0.1:{up}", "--", *command, bufsize=0)
    read_until("running\n", process)
    process.send_signal(signum)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signum
    assert b"ended by" not in err


def test_the_command_may_catch_what_untilup_caught(untilup: Program, up: int) -> None:
    """A handler of the command's is run, and the exit status is its choice."""
    script = "trap 'echo caught; exit 5' TERM; echo ready >&2; while :; do sleep 0.05; done"
    process = untilup.start(f"127.0.0.1:{up}", "--", "sh", "-c", script, bufsize=0)
    read_until("ready\n", process)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (5, b"caught\n")


# untilup, which sends itself the signal argv[2] at the moment argv[1] of the exec: when so many
# functions have been called or have returned. Then the rest of argv.
AT_A_MOMENT = """
import os, sys
from untilup import __main__
from untilup.process import handover
moment, signum = (int(sys.argv.pop(1)) for _ in range(2))
exec_command = handover.exec_command
def count(_frame, _event, _arg):
    global moment
    moment -= 1
    if moment < 0:
        sys.setprofile(None)
        os.kill(os.getpid(), signum)
def exec_and_count(*words):
    sys.setprofile(count)
    exec_command(*words)
handover.exec_command = exec_and_count
__main__.main()
"""


@pytest.mark.repeated
@pytest.mark.usefixtures("unmeasured")
@each_signal
def test_no_signal_is_lost_at_any_moment_of_the_exec(up: int, signum: signal.Signals) -> None:
    """Between the last report and the exec a signal kills, whichever step it comes before."""
    first = ENDING.index(signum)
    # Each moment gets one of the signals; for a release it gets each.
    moments = itertools.count() if HANDOVERS > FEW else itertools.count(first, len(ENDING))
    for moment in moments:
        program = Program([sys.executable, "-c", AT_A_MOMENT, str(moment), str(signum.value)])
        done = program.run("--settle", "0", f"127.0.0.1:{up}", "--", "true")
        if done.returncode == 0:  # the exec came first
            break
        assert (done.returncode, "Traceback" in done.stderr) == (-signum, False), (moment, done)
    assert moment > 4 * len(ENDING)


@pytest.mark.repeated
@pytest.mark.timeout(60 + HANDOVERS * PATIENCE)
@pytest.mark.usefixtures("unmeasured")
@each_signal
@pytest.mark.parametrize("lane", ["first-look", "late"])
def test_no_signal_is_lost_at_the_hand_over(
    untilup: Program, signum: signal.Signals, lane: str
) -> None:
    """Whenever a signal comes, it kills: untilup before the exec, the command after it."""
    hang_ups = [tcp_servers.hang_up] if lane == "late" else []
    turns = itertools.cycle([*hang_ups, tcp_servers.greet_and_hang_up])

    def behave(client: socket.socket) -> None:
        next(turns)(client)

    with tcp_servers.serving(behave) as port:
        target = f"127.0.0.1:{port}"
        began = time.monotonic()
        assert untilup.run(target, "--", "true").returncode == 0
        usual = time.monotonic() - began
        for number in range(HANDOVERS):
            process = untilup.start("--settle", "3s", target, "--", "sleep", "60", bufsize=0)
            # Before main has installed its handler, SIGINT is Python's, and a traceback.
            said = read_until("waiting for", process) if signum == signal.SIGINT else ""
            # The moments are spread evenly over a start and a half, or over its second half.
            share = (number + 0.5) / HANDOVERS
            delay = share * (usual / 2 if said else 1.5 * usual)
            time.sleep(delay)  # every moment is right, also a later one on a busy machine
            process.send_signal(signum)
            _, err = process.communicate(timeout=PATIENCE)
            said += err.decode()
            context = f"after {delay:.4f}s: {said}"
            assert process.returncode == -signum, context
            assert "Traceback" not in said, context
