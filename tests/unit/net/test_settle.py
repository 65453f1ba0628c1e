"""How long a connection has to stay open on an idle machine, and on a busy one."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.untilup_process import PATIENCE
from untilup.net import settle
from untilup.net.settle import Settling, has_closed, runnable_by_processor, wait

PROCESSORS = 2
SETTLE = 0.002
LEFT = 5.0


class Machine:
    """A machine of two processors, its clock, and how many tasks want to run besides untilup."""

    def __init__(self, file: Path) -> None:
        self.now = 1000.0
        self._file = file
        self.others(0)

    def others(self, count: int) -> None:
        """From now on so many other tasks want to run."""
        self._file.write_text(f"9.00 9.00 9.00 {count + 1}/200 4711\n")

    def took(self, settling: Settling) -> float:
        """Return after how many seconds *settling* was over, asked whenever it wants to be."""
        began = self.now
        while not settling.is_over():
            assert settling.until > self.now
            self.now = settling.until
        return self.now - began


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return the machine that untilup runs on."""
    file = tmp_path / "loadavg"
    machine = Machine(file)
    monkeypatch.setattr(settle, "LOADAVG", str(file))
    monkeypatch.setattr(os, "cpu_count", lambda: PROCESSORS)
    monkeypatch.setattr(settle, "monotonic", lambda: machine.now)
    return machine


def test_on_an_idle_machine(machine: Machine) -> None:
    """If untilup is the only task that wants to run, the settle time is as long as --settle."""
    assert machine.took(Settling(SETTLE, 0.0, LEFT)) == pytest.approx(SETTLE)


@pytest.mark.parametrize("others", [1, 2, 10])
def test_on_a_busy_machine(machine: Machine, others: int) -> None:
    """The settle time grows with the number of tasks that share a processor."""
    machine.others(others)
    expected = settle.MAX_BY_SHARE * others / PROCESSORS
    assert machine.took(Settling(SETTLE, 0.0, LEFT)) == pytest.approx(expected)


def test_on_a_machine_that_is_far_too_busy(machine: Machine) -> None:
    """However busy the machine is, the settle time has an upper limit."""
    machine.others(10_000)
    took = machine.took(Settling(SETTLE, 0.0, LEFT))
    assert took == pytest.approx(settle.MAX_BY_LOAD)


def test_a_busy_machine_becomes_idle(machine: Machine) -> None:
    """The settle time ends as soon as untilup is the only task that wants to run."""
    machine.others(10)
    settling = Settling(SETTLE, 0.0, LEFT)
    machine.now = settling.until
    assert not settling.is_over()
    machine.now = settling.until
    machine.others(0)
    assert settling.is_over()


def test_the_kernel_is_asked_a_few_times(machine: Machine) -> None:
    """The longer the settle time lasts, the less often the kernel is asked."""
    machine.others(10_000)
    settling = Settling(SETTLE, 0.0, LEFT)
    asked = 0
    while not settling.is_over():
        machine.now = settling.until
        asked += 1
    assert asked < 20


@pytest.mark.parametrize("others", [0, 10])
def test_a_longersettle_is_kept(machine: Machine, others: int) -> None:
    """A --settle longer than what a busy machine adds is neither shortened nor extended."""
    machine.others(others)
    assert machine.took(Settling(3.0, 0.0, LEFT)) == pytest.approx(3.0)


def test_it_is_not_over_beforesettle(machine: Machine) -> None:
    """On an idle machine too, the connection must stay open for --settle."""
    settling = Settling(SETTLE, 0.0, LEFT)
    machine.now += SETTLE * 0.99
    assert not settling.is_over()


def testsettle_0(machine: Machine) -> None:
    """With --settle 0 a connection is settled at once, however busy the machine is."""
    machine.others(10)
    settling = Settling(0.0, 1.0, LEFT)
    assert machine.took(settling) == 0.0
    assert settling.is_certain


@pytest.mark.parametrize(("handshake", "expected"), [(0.0005, SETTLE), (0.05, 0.1), (2.0, 0.25)])
def test_a_slow_handshake(machine: Machine, handshake: float, expected: float) -> None:
    """The settle time is at least twice the handshake's time, up to 250 ms."""
    assert machine.took(Settling(SETTLE, handshake, LEFT)) == pytest.approx(expected)


@pytest.mark.parametrize(("handshake", "others", "expected"), [(2.0, 0, 0.020), (0.0, 10, 0.010)])
def test_a_short_attempt(machine: Machine, handshake: float, others: int, expected: float) -> None:
    """A slow network adds no more than is left of the attempt, and a busy machine half of that."""
    machine.others(others)
    assert machine.took(Settling(SETTLE, handshake, 0.020)) == pytest.approx(expected)


def test_the_peer_speaks(machine: Machine) -> None:
    """A byte from the peer ends the settle time, on a busy machine too."""
    machine.others(10)
    settling = Settling(SETTLE, 0.0, LEFT)
    settling.end()
    assert (settling.is_over(), settling.is_certain) == (True, True)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("0.00 0.01 0.05 1/80 11206\n", 0.0, id="idle"),
        pytest.param("10.4 3.21 1.05 12/180 11206\n", 5.5, id="busy"),
        pytest.param("0.00 0.00 0.00 0/0 0\n", settle.UNKNOWN_SHARE, id="made-up"),
        pytest.param("0.00 0.00", settle.UNKNOWN_SHARE, id="cut"),
        pytest.param("a b c d e", settle.UNKNOWN_SHARE, id="no-number"),
        pytest.param("", settle.UNKNOWN_SHARE, id="empty"),
        pytest.param(None, settle.UNKNOWN_SHARE, id="absent"),
    ],
)
def test_what_the_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, share: float
) -> None:
    """If the kernel does not say how many tasks want to run, the machine counts as busy."""
    file = tmp_path / "loadavg"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(settle, "LOADAVG", str(file))
    monkeypatch.setattr(os, "cpu_count", lambda: PROCESSORS)
    assert runnable_by_processor() == share


class Peer:
    """A connection whose peer says the *words* at a time of the *machine*'s clock, if ever."""

    def __init__(self, machine: Machine, at: float = float("inf"), words: bytes = b"") -> None:
        self._machine = machine
        self._at = machine.now + at
        self._words = words
        self.ends = float("inf")  # the attempt

    def receive(self, until: float) -> bytes:
        """Wait as Talk.receive does."""
        until = min(until, self.ends)
        if self._at <= max(until, self._machine.now):
            self._machine.now = max(self._at, self._machine.now)
            return self._words
        self._machine.now = max(until, self._machine.now)
        raise TimeoutError


@pytest.mark.parametrize("words", [b"", b"hello"])
def test_the_peer_does_something_in_time(machine: Machine, words: bytes) -> None:
    """What the peer does within the settle time is returned: it closes, or says something."""
    assert wait(Peer(machine, 0.001, words).receive, SETTLE, LEFT) == words


def test_the_peer_does_nothing(machine: Machine) -> None:
    """A connection that stays open for the settle time has settled."""
    began = machine.now
    assert wait(Peer(machine).receive, SETTLE, LEFT) is None
    assert machine.now - began == pytest.approx(SETTLE)


def test_the_peer_is_late_on_a_busy_machine(machine: Machine) -> None:
    """A proxy that has to wait for a processor is waited for."""
    machine.others(10)
    assert wait(Peer(machine, 0.200).receive, SETTLE, LEFT) == b""


def test_the_peer_closes_while_the_kernel_is_asked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that closes, and sleeps before the kernel is asked, has closed in time."""
    peer = Peer(machine)

    def closes() -> float:
        peer._at = machine.now
        return 0.0

    monkeypatch.setattr(settle, "runnable_by_processor", closes)
    assert wait(peer.receive, SETTLE, LEFT) == b""


def test_the_attempt_ends_before_the_settle_time(machine: Machine) -> None:
    """At the end of the attempt nothing is waited for."""
    peer = Peer(machine)
    peer.ends = machine.now + 0.5
    began = machine.now
    assert wait(peer.receive, 1.0, LEFT) is None
    assert machine.now - began == pytest.approx(0.5)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return the two ends of a connection; the first never blocks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    ours.settimeout(0)
    with ours, theirs:
        yield ours, theirs


def test_it_is_open(ends: tuple[socket.socket, socket.socket]) -> None:
    """A peer that does nothing has neither closed nor said anything."""
    assert has_closed(ends[0]) is None


def test_it_has_spoken(ends: tuple[socket.socket, socket.socket]) -> None:
    """A peer that says something before it closes is up, and its words can still be read."""
    ours, theirs = ends
    theirs.sendall(b"x")
    theirs.close()
    ours.settimeout(PATIENCE)
    assert ours.recv(1, socket.MSG_PEEK) == b"x"
    ours.settimeout(0)
    assert has_closed(ours) is False
    assert ours.recv(1) == b"x"


@pytest.mark.parametrize("linger", [0, 1], ids=["FIN", "RST"])
def test_it_has_closed(ends: tuple[socket.socket, socket.socket], linger: int) -> None:
    """A peer that closes, politely or by a reset, has closed."""
    ours, theirs = ends
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", linger, 0))
    theirs.close()
    assert has_closed(ours) is True
