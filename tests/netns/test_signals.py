"""A signal ends the wait at once while a resolver hangs, and as PID 1 too (docs/design.md, The command)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.namespaces import PEER, LogLine, Namespace, Untilup, at, log_lines
from tests.support.eventually import Eventually
from tests.support.signals import each_signal
from tests.support.untilup_process import PATIENCE

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("as_from_a_shell")]


# Seconds for which getaddrinfo hangs if it is not answered (resolv.conf(5): two tries of 5 s), and
# the delay between attempts.
LASTS = 10
# unshare passes no signal on. By --kill-child PID 1 does not outlive it, whatever happens.
AS_PID_1 = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


@pytest.fixture(params=[(), AS_PID_1], ids=["child", "PID 1"])
def untilup(
    here: Namespace, distribution: str, request: pytest.FixtureRequest
) -> Iterator[Untilup]:
    """Return untilup inside of *here*: as anybody's child, and as PID 1 of a container."""
    program = Untilup(here, *request.param, distribution)
    yield program
    program.end()


def wait_for(target: str, untilup: Untilup, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start waiting for *target*, with stderr in *log*."""
    argv = ("-t", "5m", "--log-format", "json", *options, target)
    with log.open("wb") as stderr:
        return untilup.start(*argv, stderr=stderr)


def end(waiting: subprocess.Popen[bytes], signum: int) -> float:
    """End untilup by a signal, see that it ends by that, and return the time it took, in seconds."""
    children = Path(f"/proc/{waiting.pid}/task/{waiting.pid}/children").read_text()
    began = time.monotonic()
    if children:
        signal.pidfd_send_signal(pidfd := os.pidfd_open(int(children)), signum)
        os.close(pidfd)
        status = 128 + signum
    else:
        waiting.send_signal(signum)
        status = -signum
    waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == status
    return time.monotonic() - began


def last_words(log: Path) -> tuple[LogLine, LogLine]:
    """Return the summary: its head, and what it says of the one target."""
    head, target = [
        line for line in log_lines(log.read_text()) if line.event in ("interrupted", "failed")
    ]
    return head, target


@each_signal
def test_a_resolver_that_hangs_does_not_hold_the_signal_up(
    untilup: Untilup, dns_server: socket.socket, log: Path, signum: signal.Signals
) -> None:
    """The signal ends the wait, as what it is, although getaddrinfo cannot be interrupted."""
    waiting = wait_for(at("db.example"), untilup, log)
    assert b"example" in dns_server.recv(512)
    assert end(waiting, signum) < LASTS / 2
    head, target = last_words(log)
    assert signum.name in head.message
    assert target.reason == "resolver-unavailable"
    assert "resolving: the DNS server has not answered" in target.detail


@each_signal
def test_a_delay_does_not_hold_the_signal_up(
    untilup: Untilup, log: Path, eventually: Eventually, signum: signal.Signals
) -> None:
    """The signal ends the wait, as what it is, during the delay between attempts."""
    waiting = wait_for(at(PEER), untilup, log, "--delay", f"{LASTS}s", "--max-delay", f"{LASTS}s")
    eventually(lambda: '"refused"' in log.read_text())
    assert end(waiting, signum) < LASTS / 2
    head, target = last_words(log)
    assert signum.name in head.message
    assert target.reason == "refused"
