"""How many queries one lookup is, with the search domains that a pod has (docs/load.md)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet import scenarios
from tests.netns.dns_server import DNSServer
from tests.netns.namespaces import PEER, PORT, Namespace, Untilup
from tests.support.eventually import Eventually

pytestmark = pytest.mark.netns


# A pod's three, and two that a cloud and a company may add.
FIRST = "shop.svc.cluster.local"
DOMAINS = [FIRST, "svc.cluster.local", "cluster.local", "cloud.internal", "corp.example"]
IN_A_POD = f"nameserver {PEER}\nsearch {' '.join(DOMAINS)}\noptions ndots:5\n"


@pytest.fixture
def server(dns_server: socket.socket, here: Namespace) -> Iterator[DNSServer]:
    """Return the DNS server of *here*, which asks it as a pod does."""
    here.write("resolv.conf", IN_A_POD)
    scripted = DNSServer(dns_server)
    with scripted.answering():
        yield scripted


@pytest.mark.parametrize(
    ("host", "known", "queries"),
    [
        pytest.param("db", f"db.{FIRST}", scenarios.QUERIES_KNOWN, id="of one's own namespace"),
        pytest.param("db.data", "db.data.svc.cluster.local", 4, id="of another namespace"),
        pytest.param("db.example", "db.example", scenarios.QUERIES_UNKNOWN, id="from outside"),
        pytest.param("db.example.", "db.example", 2, id="with a dot at its end"),
    ],
)
def test_a_known_name(
    untilup: Untilup, server: DNSServer, host: str, known: str, queries: int
) -> None:
    """Each domain is tried with A and AAAA, up to the first that has the name."""
    server.addresses[known] = [PEER]
    untilup.check_once(f"{host}:{PORT}")
    assert len(server.asked) == queries


def test_an_unknown_name(
    untilup: Untilup, server: DNSServer, log: Path, eventually: Eventually
) -> None:
    """An unknown name is queried with each search domain and without, by A and AAAA, at each lookup."""
    everywhere = [*(f"db.{domain}" for domain in DOMAINS), "db"]
    with log.open("wb") as stderr:
        untilup.start("--log-format", "json", f"db:{PORT}", stderr=stderr)
    eventually(lambda: len(server.asked) >= 2 * scenarios.QUERIES_UNKNOWN)
    lookup = server.asked[: scenarios.QUERIES_UNKNOWN]
    assert sorted(lookup) == sorted(everywhere * 2)
