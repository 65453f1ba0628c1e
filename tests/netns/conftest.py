"""Fixtures for tests in network namespaces, which need root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from netns.namespaces import PEER, Namespace, Untilup, Wire, two_on_a_wire
from program import PATIENCE

PROGRAMS = ("ip", "iptables", "ip6tables", "unshare")


def hindrance() -> str:
    """Return why no network namespace can be made, or nothing."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        return f"network namespaces need {', '.join(missing)}"
    # Root in a container has the programs and not the right.
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return f"no network namespace for this root: {tried.stderr}" if tried.returncode else ""


@pytest.fixture(scope="session", autouse=True)
def namespaces_can_be_made() -> None:
    """Skip where there can be no namespaces, or fail where they are required."""
    if why := hindrance():
        required = os.environ.get("UNTILUP_REQUIRE_NETNS") == "1"
        (pytest.fail if required else pytest.skip)(why)


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
def untilup(here: Namespace) -> Iterator[Untilup]:
    """Return untilup as it is installed, inside of *here*."""
    program = Untilup(here)
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
def name_server(here: Namespace, peer: Namespace) -> Iterator[socket.socket]:
    """Return the socket at which the name server of *here* is asked; it never answers by itself."""
    with peer.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server:
        server.settimeout(PATIENCE)
        server.bind((PEER, 53))
        here.ask_name_server(PEER)
        yield server
