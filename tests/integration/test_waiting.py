"""The wait, against real servers on loopback (docs/design.md, Results of an attempt; When to try again)."""

from __future__ import annotations

import contextlib
import importlib.resources
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from tests.support import json_log, tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import PATIENCE, WHEEL, Program

Log = list[dict[str, object]]


def json_lines(stderr: str) -> Log:
    """Return the report of a run with --log-format json."""
    return json_log.read(stderr)


@contextlib.contextmanager
def opening_after(seconds: float, behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield a port that refuses now and is served *seconds* from now."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(tcp_servers.refusing())

        def serve() -> None:
            stack.enter_context(tcp_servers.serving(behave, port))

        timer = threading.Timer(seconds, serve)
        timer.start()
        try:
            yield port
        finally:
            timer.join()


def test_several_targets_are_all_waited_for(untilup: Program) -> None:
    """The command runs only when every one of several targets is up, in whatever order they come."""
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(tcp_servers.refusing()) for _ in range(3)]
        process = untilup.start(*(f"127.0.0.1:{port}" for port in ports), "--", "echo", "ran")
        assert process.stderr
        for port in reversed(ports):
            assert process.poll() is None
            stack.enter_context(tcp_servers.serving(tcp_servers.silent, port))
            while f":{port} is up".encode() not in process.stderr.readline():
                pass
        assert process.communicate(timeout=PATIENCE) == (b"ran\n", ANY)
    assert process.returncode == 0


def test_a_target_given_twice_is_one_target(untilup: Program, up: int) -> None:
    """A target that is given twice is waited for, and reported, once."""
    done = untilup.run(f"127.0.0.1:{up}", f"tcp://127.0.0.1:{up}")
    assert done.stderr.count("is up") == 1


@pytest.mark.parametrize("behave", [tcp_servers.silent, tcp_servers.greet_and_close])
def test_who_is_there_is_up(untilup: Program, behave: Callable[[socket.socket], None]) -> None:
    """A server that stays silent is up, and one that says a byte before it closes."""
    with tcp_servers.serving(behave) as port:
        done = untilup.run("--once", f"127.0.0.1:{port}")
    assert done.returncode == 0


@pytest.mark.parametrize("behave", [tcp_servers.close_at_once, tcp_servers.reset])
def test_a_proxy_without_a_backend_is_not_up(
    untilup: Program, behave: Callable[[socket.socket], None]
) -> None:
    """A server that accepts and closes within the settle time, without a byte, is not up."""
    # The attempt ends with the close, however late it comes on a busy machine.
    patient = ("--attempt-timeout", f"{PATIENCE + 1}s", "--settle", f"{PATIENCE}s", "-t", "0")
    with tcp_servers.serving(behave) as port:
        done = untilup.run("--once", *patient, "--log-format", "json", f"127.0.0.1:{port}")
    assert done.returncode == 124
    assert {line["reason"] for line in json_lines(done.stderr)} - {None} == {"closed"}


def test_with_settle_0_a_proxy_without_a_backend_is_up(untilup: Program) -> None:
    """With --settle 0 a server that accepts is up."""
    with tcp_servers.serving(tcp_servers.close_at_once) as port:
        assert untilup.run("--settle", "0", f"127.0.0.1:{port}").returncode == 0


def test_settle_is_how_long_a_connection_must_stay_open(untilup: Program, up: int) -> None:
    """A server is not up before its connection has stayed open for --settle, and then it is."""
    words = ("--once", "--settle", "300ms", "--log-format", "json", f"127.0.0.1:{up}")
    done = untilup.run(*words)
    (attempt,) = [line for line in json_lines(done.stderr) if line["event"] in {"up", "failed"}]
    assert done.returncode == 0
    assert isinstance(attempt["elapsed_s"], float)
    assert attempt["elapsed_s"] >= 0.3


def test_a_banner_is_drained_before_the_close(untilup: Program) -> None:
    """What the server has said is read, so that the close does not send it a reset."""
    ends: list[BaseException | bytes] = []
    output = threading.Event()

    def greet(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        client.sendall(b"220 welcome\r\n")
        try:
            ends.append(client.recv(1))
        except OSError as error:
            ends.append(error)
        output.set()

    with tcp_servers.serving(greet) as port:
        assert untilup.run(f"127.0.0.1:{port}").returncode == 0
        assert output.wait(PATIENCE)
    assert ends == [b""]


def test_every_address_of_a_name_is_tried(untilup: Program, up: int) -> None:
    """A name is up when one of its addresses is, whichever that is."""
    with (
        contextlib.suppress(OSError),
        tcp_servers.serving(tcp_servers.silent, host="::1") as only_ipv6,
    ):
        # A machine's localhost is 127.0.0.1, ::1 or both: each of these must do.
        assert untilup.run(f"[::1]:{only_ipv6}").returncode == 0
    assert untilup.run(f"localhost:{up}").returncode == 0


def test_a_name_that_does_not_resolve(untilup: Program) -> None:
    """An unknown name is not up, and the report says that it is unknown."""
    done = untilup.run("--once", "--log-format", "json", "untilup-test.invalid:80")
    (attempt,) = [line for line in json_lines(done.stderr) if line["event"] in {"up", "failed"}]
    assert done.returncode == 124
    assert attempt["reason"] in {"name-unknown", "resolver-unavailable"}
    assert attempt["detail"]


def test_a_full_accept_queue_is_no_answer(untilup: Program) -> None:
    """A server that never accepts is not up once its queue is full."""
    words = ("--once", "--attempt-timeout", "500ms", "--log-format", "json")
    with tcp_servers.unanswering() as port:
        done = untilup.run(*words, f"127.0.0.1:{port}")
    (attempt,) = [line for line in json_lines(done.stderr) if line["event"] in {"up", "failed"}]
    assert (done.returncode, attempt["reason"]) == (124, "no-answer")


def test_the_deadline_holds_during_an_attempt(clock: Clock) -> None:
    """The wait ends at its deadline, though an attempt has longer than that."""
    with tcp_servers.unanswering() as port:
        words = ("-t", "1h", "--attempt-timeout", "2h", f"127.0.0.1:{port}")
        done = clock.outlast("waiting for", *words)
    assert done.returncode == 124
    assert "timed out after" in done.stderr


def attempts_until(untilup: Program, clock: Clock, port: int, wanted: int) -> list[float]:
    """Return the moments of the first *wanted* attempts at a refused port, as the report has them."""
    words = ("-v", "-t", clock.scaled("1h"), "--log-format", "json", f"127.0.0.1:{port}")
    process = untilup.start(*words, bufsize=0)
    assert process.stderr
    moments: list[float] = []
    while len(moments) < wanted:
        line = json_log.read_line(process.stderr.readline())
        if line["reason"] == "refused":
            moments.append(line["elapsed_s"])
    clock.an_hour_passes()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 124
    return moments


def test_no_storm(untilup: Program, clock: Clock, port: int) -> None:
    """Between attempts at a refused port there are delays: 10, 20 and 40 ms, then 50 ms each.

    Jitter makes each shorter, by a quarter at most; a busy machine only makes them longer.
    """
    moments = attempts_until(untilup, clock, port, wanted=12)
    shortest = 0.75 * (0.010 + 0.020 + 0.040 + 8 * 0.050)
    assert moments[-1] - moments[0] >= shortest - 0.020  # the report has hundredths of a second


def test_delay_is_the_first_delay(untilup: Program, port: int) -> None:
    """With a --delay longer than the wait, there are at most two attempts."""
    words = ("-t", "1", "--delay", "20", "--log-format", "json", f"127.0.0.1:{port}")
    done = untilup.run(*words)
    attempts = [
        line["attempts"]
        for line in json_lines(done.stderr)
        if line["event"] in {"timed-out", "failed"}
    ][-1]
    assert isinstance(attempts, int)
    assert attempts <= 2


def test_hundreds_of_targets_that_are_down_do_not_hold_up_the_end(
    untilup: Program, port: int, tmp_path: Path
) -> None:
    """The summary of hundreds of targets is complete, and does not keep untilup from ending."""
    targets = [f"127.0.{number // 250}.{1 + number % 250}:{port}" for number in range(400)]
    log = tmp_path / "log"  # a pipe has room for a part of that
    with log.open("w") as stderr:
        argv = ("-t", "1", "--log-format", "json", *targets)
        assert untilup.start(*argv, stderr=stderr).wait(PATIENCE) == 124
    summary = [
        line for line in json_lines(log.read_text()) if line["event"] in {"timed-out", "failed"}
    ]
    assert len(summary) == 401


def test_timeout_0_is_no_timeout(untilup: Program, clock: Clock, port: int) -> None:
    """With --timeout 0 there is no deadline: after an hour the target is still waited for."""
    process = untilup.start("-t", "0", f"127.0.0.1:{port}", "--", "echo", "ran")
    assert process.stderr
    assert b"(no timeout)" in process.stderr.readline()
    assert b"connection refused" in process.stderr.readline()
    clock.an_hour_passes()
    with tcp_servers.serving(tcp_servers.silent, port):
        # Not communicate(), which would not have what readline() has read ahead.
        assert b" is up after " in process.stderr.read()
        assert process.wait(PATIENCE) == 0


def test_no_strict_goes_on_all_the_same(untilup: Program, port: int) -> None:
    """With --no-strict the command runs after a timeout, and without a command the status is 0."""
    late = untilup.run("-t", "100ms", "--no-strict", f"127.0.0.1:{port}", "--", "echo", "ran")
    assert (late.returncode, late.stdout) == (0, "ran\n")
    assert "timed out" in late.stderr
    assert "all targets are up" not in late.stderr
    assert untilup.run("-t", "100ms", "--no-strict", f"127.0.0.1:{port}").returncode == 0


def test_skip_waits_for_nothing(untilup: Program, port: int) -> None:
    """UNTILUP_SKIP=1 runs the command at once, with a warning."""
    done = untilup.run(f"127.0.0.1:{port}", "--", "echo", "ran", env={"UNTILUP_SKIP": "1"})
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "UNTILUP_SKIP is set" in done.stderr


def test_nothing_to_wait_for_on_purpose(untilup: Program) -> None:
    """UNTILUP_TARGETS=none says that there is nothing to wait for."""
    done = untilup.run("--", "echo", "ran", env={"UNTILUP_TARGETS": "none"})
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_two_hundred_targets(untilup: Program) -> None:
    """Two hundred targets are attempted at the same time."""
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(tcp_servers.serving(tcp_servers.silent)) for _ in range(200)]
        done = untilup.run(*(f"127.0.0.1:{port}" for port in ports), "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr.count("is up at the first attempt") == 200


@pytest.mark.parametrize("module", ["tenacity", "json", "select"])
def test_modules_of_the_application_are_not_taken_for_ones_own(
    untilup: Program, port: int, tmp_path: Path, module: str
) -> None:
    """A module on PYTHONPATH is never imported in place of one that untilup needs."""
    (tmp_path / f"{module}.py").write_text("raise RuntimeError('not the one')\n")
    argv = ["-t", "500ms", "--log-format", "json", f"127.0.0.1:{port}"]
    done = untilup.run(*argv, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 124, done.stderr


def test_the_directory_of_untilup_comes_first(port: int, tmp_path: Path) -> None:
    """If the wheel itself was put on PYTHONPATH, what it needs is taken from there, too."""
    untilup = Program([str(WHEEL)])
    package = importlib.resources.files("untilup")
    (tmp_path / "untilup").symlink_to(str(package))
    (tmp_path / "tenacity.py").write_text("raise RuntimeError('this one')\n")
    done = untilup.run("-t", "5s", f"127.0.0.1:{port}", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, "this one" in done.stderr) == (1, True)


MAX_DURATIONS = ("--once", "-t", "365d", "--attempt-timeout", "365d")


@pytest.mark.parametrize(
    ("target", "answer", "outcome"),
    [
        pytest.param("redis://127.0.0.1:{port}", b"+PONG\r\n", "1 up", id="asked"),
        pytest.param("127.0.0.1:{port}#settle=364d", b"", "closed", id="settling"),
        pytest.param("unix://{path}#settle=364d", b"", "closed", id="settling-on-a-path"),
    ],
)
def test_a_year_ends_when_the_server_ends_it(
    untilup: Program, tmp_path: Path, target: str, answer: bytes, outcome: str
) -> None:
    """The longest --attempt-timeout and settle time are over as soon as the server has decided."""
    path = tmp_path / "socket"
    with (
        socket.create_server((tcp_servers.LOOPBACK, 0)) as on_a_port,
        socket.socket(socket.AF_UNIX) as on_a_path,
    ):
        on_a_path.bind(str(path))
        on_a_path.listen()
        server = on_a_path if "unix" in target else on_a_port
        server.settimeout(PATIENCE)
        text = target.format(port=on_a_port.getsockname()[1], path=path)
        process = untilup.start(*MAX_DURATIONS, text)
        with server.accept()[0] as client:
            client.settimeout(PATIENCE)
            if answer:
                client.recv(4096)
                client.sendall(answer)
        _, err = process.communicate(timeout=PATIENCE)
    assert outcome in err.decode()


def test_a_year_ends_with_the_command(untilup: Program) -> None:
    """A command that has a year is over as soon as it ends."""
    done = untilup.run(*MAX_DURATIONS, "exec:sleep 0.1")
    assert done.returncode == 0, done.stderr
