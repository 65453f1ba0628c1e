"""Names that come late, move, or have several addresses (docs/design.md, Results of an attempt; When to try again)."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from pathlib import Path

import pytest

from tests.netns.namespaces import (
    ABSENT6,
    PEER,
    PEER6,
    SECOND,
    Namespace,
    Untilup,
    Wire,
    at,
    log_lines,
)
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns


# The default of --max-delay, in seconds. At first delays are shorter (see tests/unit/waiting/test_backoff.py).
LONGEST_DELAY = 10
# RFC 1035 section 4.1.1, RCODE.
NO_ERROR, FORMAT_ERROR, SERVER_FAILURE, NO_SUCH_NAME, REFUSED = 0, 1, 2, 3, 5


def test_a_name_that_is_known_late_is_noticed(
    untilup: Untilup, here: Namespace, peer: Namespace, dns_server: socket.socket, log: Path
) -> None:
    """An unknown name is looked up again until it has an address."""
    with peer.serving(PEER), log.open("wb") as stderr:
        waiting = untilup.start("-t", LONG, "--log-format", "json", at("db"), stderr=stderr)
        while "name-unknown" not in log.read_text():
            answer_a_query(dns_server, NO_SUCH_NAME)
        here.hosts(f"{PEER} db")
        began = time.monotonic()
        while waiting.poll() is None:
            answer_a_query(dns_server, NO_SUCH_NAME)
        took = time.monotonic() - began
    assert waiting.returncode == 0
    assert took < LONGEST_DELAY / 2


def test_a_name_that_moves_is_noticed(
    untilup: Untilup, here: Namespace, peer: Namespace, log: Path, eventually: Eventually
) -> None:
    """A name that gets another address is followed there: an answer of the resolver is kept for 1 s only."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    here.hosts(f"{PEER} db")
    with peer.serving(SECOND), log.open("wb") as stderr:
        waiting = untilup.start("-t", LONG, "--log-format", "json", at("db"), stderr=stderr)
        eventually(lambda: '"refused"' in log.read_text())
        here.hosts(f"{SECOND} db")
        began = time.monotonic()
        waiting.communicate(timeout=PATIENCE)
        took = time.monotonic() - began
    assert waiting.returncode == 0
    assert took < LONGEST_DELAY / 2


@pytest.mark.parametrize(
    ("addresses", "live"),
    [
        pytest.param([PEER6, PEER], PEER, id="dropped on ipv6"),
        pytest.param([PEER6, PEER], PEER6, id="dropped on ipv4"),
        pytest.param([PEER, SECOND], SECOND, id="dropped on the first of a family"),
        pytest.param([PEER, SECOND], PEER, id="dropped on the second of a family"),
        pytest.param([ABSENT6, PEER], PEER, id="absent on ipv6"),
    ],
)
def test_a_dead_address_does_not_hold_up_a_live_one(
    untilup: Untilup, here: Namespace, peer: Namespace, addresses: list[str], live: str
) -> None:
    """Every address gets its turn a quarter of a second after the last, not after its timeout."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    here.hosts(*(f"{address} db" for address in addresses))
    for dead in {PEER, PEER6, SECOND} - {live}:
        peer.firewall("-d", dead, "-j", "DROP", ipv6=":" in dead)
    with peer.serving(live):
        seen = untilup.come_up("--attempt-timeout", "20s", at("db"))
    assert seen.attempts == 1
    assert seen.elapsed_s < 20 / 2


def test_an_address_that_refuses_does_not_hold_up_a_live_one(
    untilup: Untilup, here: Namespace, peer: Namespace
) -> None:
    """If the service listens on one of the name's addresses only, that is enough."""
    here.hosts(f"{PEER6} db", f"{PEER} db")
    with peer.serving(PEER):
        assert untilup.come_up(at("db")).attempts == 1


def test_a_silent_address_does_not_hold_up_one_that_refuses(
    untilup: Untilup, here: Namespace, peer: Namespace, wire: Wire, eventually: Eventually
) -> None:
    """While the attempt waits for one address, a refused address is tried again."""
    here.hosts(f"{PEER6} db", f"{PEER} db")
    peer.firewall("-d", PEER6, "-j", "DROP", ipv6=True)
    argv = ("-t", LONG, "--attempt-timeout", "20s", "--log-format", "json", at("db"))
    waiting = untilup.start(*argv)
    eventually(lambda: len(wire.connections()) >= 3)
    with peer.serving(PEER):
        _, err = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0
    (seen,) = [line for line in log_lines(err.decode()) if line.event == "up"]
    assert seen.attempts == 1
    assert seen.elapsed_s < 20 / 2


def test_every_addresses_reason_is_told(untilup: Untilup, here: Namespace, peer: Namespace) -> None:
    """The summary names each address with what it answered, the nearest to a service first."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    peer.firewall("-d", PEER, "-j", "DROP")
    peer.firewall("-d", SECOND, "-j", "REJECT", "--reject-with", "icmp-net-unreachable")
    here.hosts(*(f"{address} db" for address in (PEER, PEER6, SECOND)))
    _, target, *_ = untilup.time_out("-t", "2s", "--attempt-timeout", "1s", at("db"))
    assert target.reason == "refused"
    by_address = dict(answer.split(": ", 1) for answer in target.detail.split("; "))
    assert list(by_address) == [PEER6, PEER, SECOND]
    assert "connection refused" in by_address[PEER6]
    assert "no answer in " in by_address[PEER]
    assert "network unreachable" in by_address[SECOND]


def test_an_answer_is_not_lost_in_an_attempt_that_the_deadline_ends(
    untilup: Untilup, here: Namespace, peer: Namespace
) -> None:
    """The first attempt of a short wait tells what one address answered, and that another was silent."""
    peer.firewall("-d", PEER, "-j", "DROP")
    here.hosts(f"{PEER} db", f"{PEER6} db")
    # Shorter than the attempt; the second address gets its turn after a quarter of a second.
    _, target, *_ = untilup.time_out("-t", "4s", "--attempt-timeout", "20s", at("db"))
    assert target.reason == "refused"
    assert f"{PEER6}: connection refused" in target.detail
    assert f"{PEER}: no answer" in target.detail


def test_addresses_with_one_answer_share_its_words(
    untilup: Untilup, here: Namespace, peer: Namespace
) -> None:
    """Addresses that answer alike are named together."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    here.hosts(*(f"{address} db" for address in (PEER, PEER6, SECOND)))
    seen = untilup.check_once(at("db"))
    addresses, words = seen.detail.split(": ", 1)
    assert set(addresses.split(", ")) == {PEER, PEER6, SECOND}
    assert words.count("connection refused") == 1


def answer(query: bytes, code: int) -> bytes:
    """Return a DNS server's answer of no record to *query*, with *code*."""
    response = 0x8180  # an answer, from one that asks on behalf of others
    return query[:2] + struct.pack("!5H", response | code, 1, 0, 0, 0) + query[12:]


def answer_a_query(dns_server: socket.socket, code: int) -> None:
    """Answer the next query by *code*, if one comes soon."""
    dns_server.settimeout(0.05)
    with contextlib.suppress(TimeoutError):
        query, client = dns_server.recvfrom(512)
        dns_server.sendto(answer(query, code), client)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(NO_SUCH_NAME, "name-unknown", id="no such name"),
        pytest.param(NO_ERROR, "name-unknown", id="no address"),
        pytest.param(SERVER_FAILURE, "resolver-unavailable", id="server failure"),
        pytest.param(REFUSED, "resolver-unavailable", id="refused"),
    ],
)
def test_what_a_dns_server_answers_is_told(
    untilup: Untilup, dns_server: socket.socket, code: int, reason: str
) -> None:
    """A name that has no address is distinguished from a DNS server in trouble."""
    checking = untilup.start("--once", "--log-format", "json", at("db.example"))
    while checking.poll() is None:
        answer_a_query(dns_server, code)
    _, err = checking.communicate(timeout=PATIENCE)
    assert checking.returncode == 124
    assert [line.reason for line in log_lines(err.decode()) if line.target] == [reason]


def test_without_a_network_the_name_is_not_called_unknown(
    untilup: Untilup, here: Namespace
) -> None:
    """A container without a network cannot ask, which says nothing about the name."""
    here.use_dns_server(PEER)
    here.ip("link", "set", "eth0", "down")
    assert untilup.check_once(at("db.example")).reason == "resolver-unavailable"
