"""Shared by the benchmarks: installed forms of untilup, rounds, and tables."""

from __future__ import annotations

import contextlib
import os
import platform
import random
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
# Far longer than any run here takes, for busy machines.
PATIENCE = 120.0


def clean_environment() -> dict[str, str]:
    """Return the environment without what changes Python's, coverage's or untilup's behaviour."""
    prefixes = ("PYTHON", "COVERAGE_", "UNTILUP_")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


@contextlib.contextmanager
def installed(*packages: str, pip: str = "pip") -> Iterator[Path]:
    """Yield the directory of the programs of a new virtual environment.

    It holds the wheel of this checkout, with its bytecode compiled, and PyPI's *packages*, all
    installed by *pip*: the one that Python brings along, or another version.
    """
    with tempfile.TemporaryDirectory(prefix="untilup-bench-") as directory:
        programs = Path(directory) / "bin"
        install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--compile"]
        for command in (
            [sys.executable, "-m", "venv", directory],
            [*install, pip],
            [*install, str(CHECKOUT), *packages],
        ):
            subprocess.run(command, env=clean_environment(), stdout=sys.stderr, check=True)
        yield programs


def executable() -> dict[str, Path]:
    """Return the executable of `make binary`, if it exists, by its name in Markdown."""
    made = CHECKOUT / "dist" / f"untilup-linux-{platform.machine()}"
    return {f"`{made.name}`": made} if made.exists() else {}


class Ended:
    """A process that has ended, *seconds* after it was spawned."""

    __slots__ = ("peak_bytes", "seconds")

    def __init__(self, seconds: float, peak_bytes: int) -> None:
        self.seconds = seconds
        self.peak_bytes = peak_bytes


def spawn(argv: Sequence[str | Path], stderr: str | Path = os.devnull) -> int:
    """Start *argv*, a path and its arguments, without input and output; return its PID."""
    return os.posix_spawn(
        argv[0],
        [str(word) for word in argv],
        clean_environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(stderr), os.O_WRONLY | os.O_CREAT, 0o600),
        ],
    )


def run(argv: Sequence[str | Path]) -> Ended:
    """Run *argv* until it exits; raise SystemExit if it fails or hangs.

    *seconds* are from just before posix_spawn until it has exited. *peak_bytes* is as wait4 tells
    it: never less than this script's own peak, which the process starts with.
    """
    began = time.monotonic()
    return ended(spawn(argv), began, str(argv[0]))


def ended(pid: int, began: float, name: str) -> Ended:
    """Wait for the process *pid*, spawned at *began*, to exit; see *run*."""
    descriptor = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    in_time = poll.poll(PATIENCE * 1000)
    seconds = time.monotonic() - began
    os.close(descriptor)
    if not in_time:
        os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{name} failed: {os.waitstatus_to_exitcode(status)}")
    return Ended(seconds, usage.ru_maxrss * 1024)


def interleaved(cases: Mapping[str, Callable[[], Ended]], rounds: int) -> dict[str, list[Ended]]:
    """Run every case once a round, in another order each; the first round is not counted.

    So whatever else the machine does, it does to all of them.
    """
    results: dict[str, list[Ended]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name in random.sample(list(cases), len(cases)):
            result = cases[name]()
            if number:
                results[name].append(result)
    return results


def median_seconds(results: Iterable[Ended]) -> float:
    """Return the median of the times of *results*."""
    return statistics.median(result.seconds for result in results)


def closed_port() -> socket.socket:
    """Return a socket that keeps a port of its own and refuses connections until it listens."""
    holder = socket.socket()
    holder.bind((LOOPBACK, 0))
    return holder


def open_port() -> socket.socket:
    """Return a listening socket: the kernel accepts connections, and no process serves them."""
    server = closed_port()
    server.listen(socket.SOMAXCONN)
    server.settimeout(0)
    return server


def hang_up(servers: Iterable[socket.socket]) -> None:
    """Close the connections to *servers*, so that their queues never fill."""
    for server in servers:
        with contextlib.suppress(BlockingIOError):
            while True:
                server.accept()[0].close()


def address(port: socket.socket) -> str:
    """Return the target that names *port*."""
    return f"{LOOPBACK}:{port.getsockname()[1]}"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def megabytes(number: float) -> str:
    return f"{number / 1e6:.1f} MB"


def print_title(title: str) -> None:
    print(f"\n### {title}\n")


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a markdown table, at once."""
    print(f"| {' | '.join(header)} |")
    print(f"|{' --- |' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()
