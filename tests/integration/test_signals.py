"""A signal that ends a wait ends it at once, and is seen from outside as what it is (docs/design.md, The command)."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
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
from tests.support.untilup_process import PATIENCE, Program

pytestmark = pytest.mark.usefixtures("as_from_a_shell")

# The states of a connection in /proc/net/tcp.
ESTABLISHED, SYN_SENT = "01", "02"
# So many starts get each signal, each at another moment; `make test-release` sets more.
FEW = 3
HANDOVERS = int(os.environ.get("UNTILUP_TEST_HANDOVERS", FEW))

Serve = Callable[[], contextlib.AbstractContextManager[int]]


@pytest.fixture
def down(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


@contextlib.contextmanager
def settling() -> Iterator[int]:
    """Yield a port that accepts and is silent: with a long --settle, an attempt that lasts."""
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
    output = ""
    while words not in output:
        line = process.stderr.readline().decode()
        assert line, f"stderr ended without {words!r}: {output}"
        output += line
    return output


# --- while waiting --------------------------------------------------------------------------------


@each_signal
def test_the_signal_itself_ends_the_wait(
    untilup: Program, down: str, signum: signal.Signals
) -> None:
    """The parent sees that untilup died of the signal. stderr names the signal and the targets that are not up."""
    process = untilup.start("-t", "5m", down, "--", "echo", "ran", bufsize=0)
    read_until("refused", process)
    process.send_signal(signum)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (-signum, b"")
    assert (
        len(re.findall(rf"ended by {signum.name} after \S+; 1 of 1 targets not up\n", err.decode()))
        == 1
    )
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
def test_a_long_attempt_does_not_hold_the_signal_up(
    untilup: Program, eventually: Eventually, signum: signal.Signals, serve: Serve, state: str
) -> None:
    """The signal ends the wait although a watcher is within an attempt."""
    options = ["-t", "5m", "--attempt-timeout", "4m", "--settle", "3m"]
    with serve() as port:
        process = untilup.start(*options, f"127.0.0.1:{port}")
        eventually(lambda: has_connection(process.pid, port, state))
        process.send_signal(signum)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signum
    assert re.search(rf"ended by {signum.name} after \S+; 1 of 1 targets not up\n", err.decode())
    assert f"tcp://127.0.0.1:{port}: " in err.decode()


@each_signal
def test_a_full_stderr_does_not_hold_the_signal_up(
    untilup: Program, down: str, eventually: Eventually, signum: signal.Signals
) -> None:
    """The signal ends the wait although stderr is a full pipe without a reader."""
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
    """With --verbose and hundreds of targets, the signal is reported before the attempts before it."""
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
    before, found, after = log.read_bytes()[told:].partition(b"ended by SIGTERM after ")
    assert found
    assert b"; 300 of 300 targets not up\n" in after
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
    output = read_until("refused", process)
    assert caught(process) >= set(ENDING) - {signum}
    assert signum not in caught(process)
    process.send_signal(signum)
    with tcp_servers.serving(tcp_servers.silent, port=port):
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")
    assert "ended by" not in output + err.decode()


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


# --- at the exec -----------------------------------------------------------------------------


@each_signal
def test_the_command_gets_its_own_signals(
    untilup: Program, up: int, signum: signal.Signals
) -> None:
    """After the exec a signal is the command's, which it kills by default."""
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


# untilup as a child, again and again, which sends itself the signal argv[3] at the moment argv[1] of the
# exec, when so many functions have been called or have returned, then argv[2] moments later, and so on.
# The rest of argv is untilup's. Prints how each child ended.
AT_MOMENTS = """
import itertools, os, sys
from untilup import __main__, main
from untilup.process import handover
first, step, signum = (int(sys.argv.pop(1)) for _ in range(3))
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
for moment in itertools.count(first, step):
    child = os.fork()
    if not child:
        __main__.main()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(moment, status, flush=True)
    if status != -signum:
        break
"""


@pytest.mark.repeated
@pytest.mark.usefixtures("unmeasured")
@each_signal
def test_no_signal_is_lost_at_any_moment_of_the_exec(up: int, signum: signal.Signals) -> None:
    """Between the last report and the exec a signal kills, whichever step it comes before."""
    # Each third moment gets one of the signals; for a release, each moment gets each.
    first, step = (0, 1) if HANDOVERS > FEW else (3 * ENDING.index(signum), 3 * len(ENDING))
    program = Program([sys.executable, "-c", AT_MOMENTS, *map(str, (first, step, signum.value))])
    done = program.run("--settle", "0", f"127.0.0.1:{up}", "--", "true")
    assert "Traceback" not in done.stderr
    moment, status = map(int, done.stdout.splitlines()[-1].split())
    assert status == 0, f"at the moment {moment}"  # the exec came first
    assert moment > 4 * len(ENDING)


@pytest.mark.repeated
@pytest.mark.timeout(60 + HANDOVERS * PATIENCE)
@pytest.mark.usefixtures("unmeasured")
@each_signal
@pytest.mark.parametrize("lane", ["first-attempt", "late"])
def test_no_signal_is_lost_at_the_hand_over(
    untilup: Program, signum: signal.Signals, lane: str
) -> None:
    """Whenever a signal comes, it kills: untilup before the exec, the command after it."""
    hang_ups = [tcp_servers.close_at_once] if lane == "late" else []
    results = itertools.cycle([*hang_ups, tcp_servers.greet_and_close])

    def behave(client: socket.socket) -> None:
        next(results)(client)

    with tcp_servers.serving(behave) as port:
        target = f"127.0.0.1:{port}"
        began = time.monotonic()
        assert untilup.run(target, "--", "true").returncode == 0
        usual = time.monotonic() - began
        for number in range(HANDOVERS):
            process = untilup.start("--settle", "3s", target, "--", "sleep", "60", bufsize=0)
            # Before main has installed its handler, SIGINT is Python's, and a traceback.
            output = read_until("waiting for", process) if signum == signal.SIGINT else ""
            # The moments are spread evenly over a start and a half, or over its second half.
            share = (number + 0.5) / HANDOVERS
            delay = share * (usual / 2 if output else 1.5 * usual)
            time.sleep(delay)  # every moment is right, also a later one on a busy machine
            process.send_signal(signum)
            _, err = process.communicate(timeout=PATIENCE)
            output += err.decode()
            context = f"after {delay:.4f}s: {output}"
            assert process.returncode == -signum, context
            assert "Traceback" not in output, context
