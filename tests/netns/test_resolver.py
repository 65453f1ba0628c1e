"""Names that a DNS server knows, asked by glibc for the wheel and by musl in the executable."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.dns_server import DNSServer
from tests.netns.namespaces import HERE, HERE6, PEER, PEER6, Namespace, Untilup, at
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns

# As Kubernetes writes it.
SEARCH = "search prod.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
# What a DNS server has, and what a lookup costs where it is asked by five domains in addition: the
# table in docs/kubernetes.md.
KNOWN = ("db.prod.svc.cluster.local", "db.example.com")
NOBODY = "nobody"
COSTS = [
    ("db", 2),
    ("db.prod", 4),
    ("db.prod.svc", 6),
    ("db.prod.svc.cluster.local", 12),
    ("db.prod.svc.cluster.local.", 2),
    ("db.example.com", 12),
    ("db.example.com.", 2),
    (NOBODY, 12),
]


@pytest.fixture
def names(dns_server: socket.socket) -> Iterator[DNSServer]:
    """Return the DNS server of *here*, which knows no name yet."""
    server = DNSServer(dns_server)
    with server.answering():
        yield server


@pytest.fixture
def cluster(here: Namespace, names: DNSServer) -> DNSServer:
    """Return the DNS server of *here*, which completes names as in Kubernetes."""
    here.write("resolv.conf", f"nameserver {PEER}\n{SEARCH}")
    return names


@pytest.mark.parametrize("address", [PEER, PEER6])
def test_a_name_of_one_family(
    untilup: Untilup, peer: Namespace, names: DNSServer, address: str
) -> None:
    """A name with an address of IPv4 alone, or of IPv6 alone, is found."""
    names.addresses["db.example"] = [address]
    with peer.serving(address):
        assert untilup.come_up(at("db.example")).attempts == 1


def test_a_name_of_both_families(untilup: Untilup, peer: Namespace, names: DNSServer) -> None:
    """All addresses of a name are tried; those without a server do not matter."""
    names.addresses["db.example"] = [HERE6, PEER]
    with peer.serving(PEER):
        assert untilup.come_up(at("db.example")).attempts == 1


def test_a_name_that_the_server_learns_late(
    untilup: Untilup, peer: Namespace, names: DNSServer, log: Path, eventually: Eventually
) -> None:
    """A name that the server did not have at first is asked for again, until it has."""
    with peer.serving(PEER), log.open("wb") as stderr:
        waiting = untilup.start("-t", LONG, "--log-format", "json", at("db.example"), stderr=stderr)
        eventually(lambda: '"name-unknown"' in log.read_text())
        names.addresses["db.example"] = [PEER]
        assert waiting.wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize(
    ("name", "full"),
    [
        pytest.param("db", "db.prod.svc.cluster.local", id="in the same namespace"),
        pytest.param("db.test", "db.test.svc.cluster.local", id="in another namespace"),
        pytest.param("db.example.com", "db.example.com", id="of the outside"),
    ],
)
def test_a_short_name_is_completed(
    untilup: Untilup, peer: Namespace, cluster: DNSServer, name: str, full: str
) -> None:
    """A name of few dots is completed by the domains of resolv.conf, in their order."""
    cluster.addresses[full] = [PEER]
    with peer.serving(PEER):
        assert untilup.come_up(at(name)).attempts == 1
    assert cluster.asked[0] == f"{name}.prod.svc.cluster.local"


@pytest.mark.parametrize(("name", "queries"), COSTS)
def test_what_a_lookup_costs(
    untilup: Untilup, here: Namespace, names: DNSServer, name: str, queries: int
) -> None:
    """A lookup asks for A and AAAA in every domain up to the one that has the name: docs/kubernetes.md."""
    domains = f"{SEARCH.splitlines()[0]} example.net corp.example.net"
    here.write("resolv.conf", f"nameserver {PEER}\n{domains}\noptions ndots:5\n")
    names.addresses.update({known: [HERE] for known in KNOWN})
    seen = untilup.check_once(at(name))
    assert seen.reason == ("name-unknown" if name == NOBODY else "refused")
    assert len(names.asked) == queries


def test_a_full_name_is_not_completed(
    untilup: Untilup, peer: Namespace, cluster: DNSServer
) -> None:
    """A name that ends with a dot is asked for as it is."""
    cluster.addresses["db.example"] = [PEER]
    with peer.serving(PEER):
        untilup.come_up(at("db.example."))
    assert set(cluster.asked) == {"db.example"}


def test_a_name_of_other_letters(untilup: Untilup, peer: Namespace, names: DNSServer) -> None:
    """A name with letters beyond ASCII is asked for in its ASCII form (RFC 5891)."""
    names.addresses["xn--bcher-kva.example"] = [PEER]
    with peer.serving(PEER):
        assert untilup.come_up(at("b\u00fccher.example")).attempts == 1


def test_a_dns_server_beside_a_silent_one(
    untilup: Untilup, here: Namespace, peer: Namespace, names: DNSServer
) -> None:
    """If the first DNS server is silent, the second one is used."""
    here.write("resolv.conf", f"nameserver {HERE6}\nnameserver {PEER}\nsearch .\n")
    here.run("ip6tables", "-w", "-A", "INPUT", "-p", "udp", "--dport", "53", "-j", "DROP")
    names.addresses["db.example"] = [PEER]
    with peer.serving(PEER):
        assert untilup.come_up("-t", LONG, at("db.example")).event == "up"
