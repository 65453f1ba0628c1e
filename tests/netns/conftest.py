"""Fixtures for tests in network namespaces, which need root."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.namespaces import PEER, Namespace, Untilup, Wire, two_on_a_wire
from tests.support import requirements
from tests.support.untilup_process import PATIENCE


@pytest.fixture(scope="session", autouse=True)
def namespaces_can_be_made() -> None:
    """Skip where there can be no namespaces, or fail where they are required."""
    tools = ("ip", "iptables", "ip6tables")
    requirements.programs("a network of namespaces", *tools, required="UNTILUP_REQUIRE_NETNS")
    requirements.namespaces(["unshare", "--net", "--mount", "--pid", "--fork"])


@pytest.fixture
def wired() -> Iterator[tuple[Namespace, Namespace]]:
    """Make two namespaces on one wire."""
    with two_on_a_wire() as pair:
        yield pair


@pytest.fixture
def here(wired: tuple[Namespace, Namespace]) -> Namespace:
    """Return the namespace in which untilup runs."""
    return wired[0]


@pytest.fixture
def peer(wired: tuple[Namespace, Namespace]) -> Namespace:
    """Return the namespace that is waited for."""
    return wired[1]


@pytest.fixture
def untilup(here: Namespace, distribution: str) -> Iterator[Untilup]:
    """Return untilup inside of *here*."""
    program = Untilup(here, distribution)
    yield program
    program.end()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a file for stderr, which can be read while it is written."""
    return tmp_path / "log"


@pytest.fixture
def wire(peer: Namespace) -> Iterator[Wire]:
    """Listen to the SYNs that arrive at the peer."""
    listener = Wire(peer)
    yield listener
    listener.close()


@pytest.fixture
def dns_server(here: Namespace, peer: Namespace) -> Iterator[socket.socket]:
    """Return the socket at which the DNS server of *here* is asked; it never answers by itself."""
    with peer.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server:
        server.settimeout(PATIENCE)
        server.bind((PEER, 53))
        here.use_dns_server(PEER)
        yield server
