"""A reader of stderr, or the lack of one, cannot delay a wait (docs/design.md, Output)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import stat
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.untilup_process import PATIENCE, Program

# A whole line, which is not the start of one with another behind it.
LINE = re.compile(rb"(\d+\.\d\ds untilup: |  +(?! ))((?!untilup: ).)+")

# What can be written to, and its two ends: to read from, and to write to.
Channel = Callable[[], AbstractContextManager[tuple[int, int]]]
Stderr = Callable[[], AbstractContextManager[int]]


@pytest.fixture
def down(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


@contextlib.contextmanager
def owned(*descriptors: int) -> Iterator[None]:
    """Close *descriptors* at the end."""
    try:
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe, as container engines read from."""
    reader, writer = os.pipe()
    with owned(reader, writer):
        yield reader, writer


@contextlib.contextmanager
def unix_socket() -> Iterator[tuple[int, int]]:
    """Open a pair of sockets, as systemd reads from."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours.fileno(), theirs.fileno()


@contextlib.contextmanager
def tcp_socket() -> Iterator[tuple[int, int]]:
    """Open a connection, as inetd does."""
    with (
        socket.create_server((tcp_servers.LOOPBACK, 0)) as server,
        socket.create_connection(server.getsockname()) as theirs,
        server.accept()[0] as ours,
    ):
        yield ours.fileno(), theirs.fileno()


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Open a terminal that passes everything on as it is."""
    ours, theirs = pty.openpty()
    with owned(ours, theirs):
        tty.setraw(theirs)
        yield ours, theirs


def make_small(descriptor: int) -> None:
    """Have little room in a channel, if it is of a kind whose size can be set."""
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 4096)
    if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        with socket.socket(fileno=os.dup(descriptor)) as end:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


def fill(descriptor: int) -> int:
    """Write until there is room for nothing more, and return how much that was."""
    filled = 0
    os.set_blocking(descriptor, False)
    # What a peer's kernel takes over may make room once more, a moment later.
    for piece in (b"x" * 4096, b"x", b"x"):
        with contextlib.suppress(BlockingIOError):
            while True:
                filled += os.write(descriptor, piece)
        time.sleep(0.01)
    os.set_blocking(descriptor, True)
    return filled


def read_all(descriptor: int) -> bytes:
    """Return what there is to read now."""
    content = b""
    os.set_blocking(descriptor, False)
    with contextlib.suppress(BlockingIOError):
        while piece := os.read(descriptor, 65536):
            content += piece
    return content


@contextlib.contextmanager
def full(channel: Channel) -> Iterator[int]:
    """Yield the writing end of a *channel* that is full and has no reader."""
    with channel() as (_, writer):
        fill(writer)
        yield writer


@contextlib.contextmanager
def stopped_terminal() -> Iterator[int]:
    """Yield a terminal that was stopped, as by Ctrl-S."""
    with terminal() as (_, writer):
        termios.tcflow(writer, termios.TCOOFF)
        yield writer
        termios.tcflow(writer, termios.TCOON)


@contextlib.contextmanager
def broken_pipe() -> Iterator[int]:
    """Yield the end to write to of a pipe that has no end to read from any more."""
    reader, writer = os.pipe()
    os.close(reader)
    with owned(writer):
        yield writer


@contextlib.contextmanager
def hung_up_terminal() -> Iterator[int]:
    """Yield a terminal whose window was closed."""
    ours, theirs = pty.openpty()
    os.close(ours)
    with owned(theirs):
        yield theirs


@contextlib.contextmanager
def full_disk() -> Iterator[int]:
    """Yield a device on which no space is left."""
    with Path("/dev/full").open("wb", buffering=0) as device:
        yield device.fileno()


@contextlib.contextmanager
def not_for_writing() -> Iterator[int]:
    """Yield a descriptor that was opened for reading."""
    with Path("/dev/null").open("rb") as device:
        yield device.fileno()


CHANNELS = [pipe, unix_socket, tcp_socket, terminal]
FULL = [
    *(pytest.param(partial(full, each), id=f"full-{each.__name__}") for each in CHANNELS),
    stopped_terminal,
]
UNWRITABLE = [*FULL, broken_pipe, hung_up_terminal, full_disk, not_for_writing]


# --- what cannot be written -----------------------------------------------------------------------


@pytest.mark.parametrize("stderr", UNWRITABLE)
def test_the_deadline_does_not_wait_for_stderr(untilup: Program, down: str, stderr: Stderr) -> None:
    """What cannot be written is dropped: the wait ends at its deadline, with 124."""
    with stderr() as descriptor:
        began = time.monotonic()
        process = untilup.start("-v", "-t", "500ms", down, "--", "echo", "ran", stderr=descriptor)
        assert process.wait(PATIENCE) == 124
        assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("stderr", UNWRITABLE)
def test_the_hand_over_does_not_wait_for_stderr(untilup: Program, up: int, stderr: Stderr) -> None:
    """The command is run although nothing of what untilup says can be written."""
    with stderr() as descriptor:
        process = untilup.start("-v", f"127.0.0.1:{up}", "--", "echo", "ran", stderr=descriptor)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")


@pytest.mark.parametrize("stderr", UNWRITABLE)
@pytest.mark.parametrize(
    "word", [pytest.param("--timeout=soon", id="value"), pytest.param("--tmeout=1", id="option")]
)
def test_a_usage_error_does_not_wait_for_stderr(
    untilup: Program, stderr: Stderr, word: str
) -> None:
    """A usage error that cannot be written is exit status 2 all the same."""
    with stderr() as descriptor:
        assert untilup.start(word, "db:5432", stderr=descriptor).wait(PATIENCE) == 2


@pytest.mark.parametrize("stderr", FULL)
def test_nothing_is_ever_made_non_blocking(untilup: Program, down: str, stderr: Stderr) -> None:
    """O_NONBLOCK, which all processes that share stderr would get, is never set, not even for a moment."""
    targets = [down.replace(".1:", f".{number}:") for number in range(1, 21)]
    with stderr() as descriptor:
        process = untilup.start("-v", "-t", "500ms", *targets, stderr=descriptor)
        while process.poll() is None:
            assert os.get_blocking(descriptor)
        assert process.returncode == 124


@pytest.mark.parametrize(("command", "status"), [(["true"], 0), ([], 0), (["./missing"], 127)])
def test_stderr_may_be_closed(untilup: Program, up: int, command: list[str], status: int) -> None:
    """Without a stderr nothing is said, and all else is as ever."""
    untilup.words[:0] = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
    words = ["-v", f"127.0.0.1:{up}", *(["--", *command] if command else [])]
    done = untilup.run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


@pytest.mark.parametrize("closing", ["2>&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"])
def test_the_report_is_not_sent_to_a_server(untilup: Program, down: str, closing: str) -> None:
    """Without a stderr no connection gets its number, and with that what is said there."""
    received: list[bytes] = []

    def listen(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        while piece := client.recv(4096):
            received.append(piece)

    untilup.words[:0] = ["sh", "-c", f'exec "$@" {closing}', "sh"]
    with contextlib.ExitStack() as stack:
        # One connection for each number that could be had, all open at a time.
        ports = [stack.enter_context(tcp_servers.serving(listen)) for _ in range(3)]
        targets = [f"127.0.0.1:{port}" for port in ports]
        process = untilup.start("-v", "--settle", "100ms", "-t", "200ms", *targets, down)
        assert process.wait(PATIENCE) == 124
    assert received == []


@pytest.mark.usefixtures("unmeasured")
def test_a_log_that_may_not_grow_is_survived(untilup: Program, up: int, tmp_path: Path) -> None:
    """If the size of files is limited, what cannot be written is dropped as elsewhere."""
    untilup.words[:0] = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
    with (tmp_path / "log").open("wb") as log:
        process = untilup.start("-v", f"127.0.0.1:{up}", "--", "echo", "ran", stderr=log)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")
    assert (tmp_path / "log").read_bytes() == b""


# --- what is read ---------------------------------------------------------------------------------


def broken(output: bytes) -> list[bytes]:
    """Return the lines of *output* that are not whole ones."""
    return [line for line in output.splitlines() if not LINE.fullmatch(line)]


def test_the_lines_of_several_are_not_mixed(untilup: Program, down: str) -> None:
    """Of several processes that write to one small pipe, slowly read, every line is whole."""
    reader, writer = os.pipe()
    output = b""
    with owned(reader):
        with owned(writer):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            words = ["-v", "--delay", "1ms", "-t", "700ms", down]
            processes = [untilup.start(*words, stderr=writer) for _ in range(4)]
        while piece := os.read(reader, 1000):
            output += piece
            time.sleep(0.005)  # slower than they write
    assert [process.wait(PATIENCE) for process in processes] == [124] * len(processes)
    assert output.count(b"\n") > len(processes)
    assert broken(output) == []
    assert output.endswith(b"\n")


@pytest.mark.parametrize("room", [1, 10, 100, 1000, 5000])
def test_a_line_that_does_not_fit_is_dropped_whole(untilup: Program, down: str, room: int) -> None:
    """If a pipe has less room than a line needs, nothing of the line is written."""
    with pipe() as (reader, writer):
        filled = fill(writer)
        os.read(reader, room)
        process = untilup.start("-v", "-t", "300ms", down, stderr=writer)
        assert process.wait(PATIENCE) == 124
        assert broken(read_all(reader)[filled - room :]) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_slow_reader_gets_whole_lines(untilup: Program, down: str, channel: Channel) -> None:
    """A reader that is slower than untilup misses lines, but gets no piece of one."""
    targets = [down.replace(".1:", f".{number}:") for number in range(1, 31)]
    with channel() as (reader, writer):
        make_small(writer)
        make_small(reader)
        filled = fill(writer)
        process = untilup.start("-v", "-t", "0", "--delay", "1ms", *targets, stderr=writer)
        output = b""
        # It never ends by itself, and so there is always more to come.
        while output[filled:].count(b"\n") < 20:
            output += os.read(reader, 200)
            time.sleep(0.003)  # less than 70 kB a second, which is slower than untilup writes
        process.terminate()
        assert process.wait(PATIENCE) == -signal.SIGTERM
        output += read_all(reader)
    lines, _, _ = output[filled:].rpartition(
        b"\n"
    )  # the start of the last one cannot be taken back
    assert broken(lines) == []


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["-v", "-t", "200ms"], id="timed-out"),
        pytest.param(["-v", "-t", "200ms", "--log-format", "json"], id="json"),
        pytest.param(["-v", "-t", "200ms", "--no-strict"], id="no-strict"),
        pytest.param(["--once"], id="once"),
        pytest.param(["-t", "soon"], id="value"),
        pytest.param(["--no-such-option"], id="option"),
    ],
)
def test_nothing_is_said_on_stdout(untilup: Program, down: str, words: list[str]) -> None:
    """All that untilup has to say goes to stderr, because stdout belongs to the command."""
    done = untilup.run(*words, down)
    assert done.stdout == ""
    assert done.stderr != ""
