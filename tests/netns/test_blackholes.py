"""Dropped packets, absent hosts and full queues: how untilup handles silence (docs/design.md, Results of an attempt; When to try again)."""

from __future__ import annotations

import itertools
import socket
import time
from pathlib import Path

import pytest

from tests.netns.namespaces import ABSENT, ABSENT6, PEER, Namespace, Untilup, Wire, at, log_lines
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns

DROP = ("-j", "DROP")
# By the time that an attempt may take: the kernel gives up after 3.05 s.
HOW_ABSENCE_IS_SEEN = {"5s": "host-unreachable", "500ms": "no-answer"}


def test_dropped_packets_are_told_from_an_absent_host(untilup: Untilup, peer: Namespace) -> None:
    """An attempt of over 3.1 s at a host that drops packets does not name absence as a cause."""
    peer.firewall(*DROP)
    seen = untilup.check_once(at(PEER), "--attempt-timeout", "3300ms")
    assert seen.reason == "no-answer"
    assert "packets are dropped" in seen.detail
    assert "no such host" not in seen.detail
    assert seen.elapsed_s >= 3.3


def test_dropped_answers_are_as_dropped_packets(untilup: Untilup, here: Namespace) -> None:
    """If only the way back is blocked, there is no answer either."""
    drop = ("-p", "tcp", "--sport", "5432", *DROP)
    here.run("iptables", "-w", "-A", "INPUT", *drop)
    assert untilup.check_once(at(PEER), "--attempt-timeout", "700ms").reason == "no-answer"


def test_an_absent_host_is_told_when_the_kernel_gives_up(untilup: Untilup) -> None:
    """If no host has an address of the local network, the kernel says so after three ARP queries."""
    done = untilup.run("--once", "--log-format", "json", at(ABSENT), at(ABSENT6))
    assert done.returncode == 124
    seen = [line for line in log_lines(done.stderr) if line.target]
    assert {line.target for line in seen} == {f"tcp://{at(ABSENT)}", f"tcp://{at(ABSENT6)}"}
    for line in seen:
        assert line.reason == "host-unreachable"
        assert "no host on the network answers for this address (" in line.detail
        assert line.elapsed_s >= 2.5


def test_a_short_attempt_says_what_a_longer_one_could_tell(untilup: Untilup) -> None:
    """An attempt that ends before the kernel gives up names both causes, and how to tell them apart."""
    _, target = untilup.time_out("-t", "1500ms", "--attempt-timeout", "1s", at(ABSENT))
    assert target.reason == "no-answer"
    assert "no such host, packets are dropped" in target.detail
    assert "3.1s" in str(target.hint)


@pytest.mark.parametrize("check_once", ["2s", "2800ms"])
def test_an_absent_host_is_not_blamed_on_others(
    untilup: Untilup, log: Path, eventually: Eventually, check_once: str
) -> None:
    """If the kernel gives up early in a later, shorter attempt, no router or firewall has said so."""
    argv = ("-t", LONG, "--attempt-timeout", check_once, "--log-format", "json", at(ABSENT))
    with log.open("wb") as stderr:
        untilup.start(*argv, stderr=stderr)
    eventually(lambda: '"host-unreachable"' in log.read_text())
    unreachable = next(
        line for line in log_lines(log.read_text()) if line.reason == "host-unreachable"
    )
    assert "no host on the network answers" in unreachable.detail


def test_a_lost_syn_costs_half_a_second(untilup: Untilup, peer: Namespace, wire: Wire) -> None:
    """If the first SYN is lost a fresh one gets through, before the kernel would repeat it."""
    first = "-m statistic --mode nth --every 1000 --packet 0"
    peer.firewall(*first.split(), *DROP)
    with peer.serving(PEER):
        seen = untilup.come_up(at(PEER))
    assert seen.attempts == 1
    assert seen.elapsed_s >= 0.4
    assert len(wire.syns()) == len(wire.connections()) == 2


def test_a_fresh_syn_goes_out_every_half_second(
    untilup: Untilup, peer: Namespace, wire: Wire
) -> None:
    """Within one attempt at a silent address a new connection comes before the kernel repeats the last SYN."""
    peer.firewall(*DROP)
    told = untilup.check_once(at(PEER), "--attempt-timeout", "2400ms")
    assert told.reason == "no-answer"
    # The kernel repeats the first SYN of each after 1 s. A busy machine makes an attempt longer.
    syns = [syn.source for syn in wire.syns()]
    connections = [syn.source for syn in wire.connections()]
    assert 3 <= len(connections) <= 1 + told.elapsed_s / 0.5
    for last, new in itertools.pairwise(connections):
        assert syns[: syns.index(new)].count(last) == 1


def test_a_host_that_stops_dropping_is_noticed_within_the_attempt(
    untilup: Untilup, peer: Namespace, wire: Wire, eventually: Eventually
) -> None:
    """An attempt that has long been under way ends soon after the packets get through."""
    peer.firewall(*DROP)
    with peer.serving(PEER):
        argv = ("-t", LONG, "--attempt-timeout", "20s", "--log-format", "json", at(PEER))
        waiting = untilup.start(*argv)
        # The kernel alone would not send again before the third second.
        eventually(lambda: len(wire.connections()) >= 4)
        began = time.monotonic()
        peer.lift(*DROP)
        _, err = waiting.communicate(timeout=PATIENCE)
        took = time.monotonic() - began
    assert waiting.returncode == 0
    assert next(line for line in log_lines(err.decode()) if line.event == "up").attempts == 1
    assert took < 20 / 2


def test_the_earlier_connections_stay_open(
    untilup: Untilup, peer: Namespace, wire: Wire, eventually: Eventually
) -> None:
    """The first connection to be answered wins, also where that is the oldest."""
    sources: list[int] = []

    def note_source(client: socket.socket) -> None:
        sources.append(client.getpeername()[1])

    peer.firewall(*DROP)
    with peer.serving(PEER, note_source):
        waiting = untilup.start("-t", LONG, "--attempt-timeout", "20s", at(PEER))
        eventually(lambda: len(wire.connections()) >= 2)
        oldest = wire.connections()[0].source
        peer.firewall("--sport", str(oldest), "-j", "ACCEPT")
        waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0
    assert sources == [oldest]


def test_a_full_queue_is_no_answer(untilup: Untilup, peer: Namespace) -> None:
    """A server whose queue of connections is full drops what comes: it is not up."""
    with peer.full(PEER):
        seen = untilup.check_once(at(PEER), "--attempt-timeout", "700ms")
    assert seen.reason == "no-answer"
    assert "queue is full" in seen.detail


def test_a_server_that_never_accepts_is_up(untilup: Untilup, peer: Namespace) -> None:
    """While its queue has room, the kernel accepts for the server, and no client can tell."""
    with peer.listening(PEER, backlog=8):
        assert untilup.come_up(at(PEER)).attempts == 1


@pytest.mark.parametrize("check_once", HOW_ABSENCE_IS_SEEN)
def test_a_host_that_comes_late_is_noticed(
    untilup: Untilup, peer: Namespace, log: Path, eventually: Eventually, check_once: str
) -> None:
    """An address that appears after the first attempts, with a server, ends the wait."""
    with peer.serving("0.0.0.0"), log.open("wb") as stderr:
        argv = ("-t", LONG, "--attempt-timeout", check_once, "--log-format", "json", at(ABSENT))
        waiting = untilup.start(*argv, stderr=stderr)
        eventually(lambda: '"attempt-failed"' in log.read_text())
        began = time.monotonic()
        peer.ip("addr", "add", f"{ABSENT}/24", "dev", "eth0")
        waiting.communicate(timeout=PATIENCE)
        took = time.monotonic() - began
    assert waiting.returncode == 0
    change, *_ = (line for line in log_lines(log.read_text()) if line.event == "attempt-failed")
    assert change.reason == HOW_ABSENCE_IS_SEEN[check_once]
    # The kernel asks for the host's whereabouts once a second; the longest delay is 10 s.
    assert took < 10
