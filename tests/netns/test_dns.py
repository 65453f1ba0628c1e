"""dns:// with a real DNS server, asked by glibc for the wheel and by musl in the executable."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.dnsmasq import PROGRAM, Dnsmasq
from tests.netns.namespaces import PEER, PEER6, SECOND, Namespace, Untilup, log_lines
from tests.support import requirements
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns


@pytest.fixture
def server(
    here: Namespace, peer: Namespace, tmp_path: Path, eventually: Eventually
) -> Iterator[Dnsmasq]:
    """Return the DNS server of *here*, which knows no name yet."""
    requirements.programs("a real name server", PROGRAM, required="UNTILUP_REQUIRE_NETNS")
    made = Dnsmasq(peer, tmp_path)
    here.use_dns_server(PEER)
    with made.serving():
        eventually(lambda: made.has_logged("started"))
        yield made


def waiting_for(untilup: Untilup, log: Path, word: str) -> subprocess.Popen[bytes]:
    """Start to wait for the target *word*, with the report in *log*."""
    with log.open("wb") as stderr:
        return untilup.start("-t", LONG, "--log-format", "json", word, stderr=stderr)


def test_a_name_that_comes_late(
    untilup: Untilup, server: Dnsmasq, log: Path, eventually: Eventually
) -> None:
    """A name that the server does not have is asked for until it has it."""
    waiting = waiting_for(untilup, log, "dns://db.example")
    eventually(lambda: '"name-unknown"' in log.read_text())
    server.know(f"{PEER} db.example")
    assert waiting.wait(PATIENCE) == 0


def test_a_name_that_moves(
    untilup: Untilup, server: Dnsmasq, log: Path, eventually: Eventually
) -> None:
    """With address= the name must have this one: a change is seen, and what it is until then."""
    server.know(f"{SECOND} db.example")
    waiting = waiting_for(untilup, log, f"dns://db.example#address={PEER}")
    eventually(lambda: '"wrong-address"' in log.read_text())
    assert f"resolves to {SECOND}, not to {PEER}" in log.read_text()
    server.know(f"{PEER} db.example")
    assert waiting.wait(PATIENCE) == 0


def test_every_attempt_is_a_query(
    untilup: Untilup, server: Dnsmasq, log: Path, eventually: Eventually
) -> None:
    """An answer is not kept between attempts, as it is for connections."""
    server.know(f"{SECOND} db.example")
    waiting = waiting_for(untilup, log, f"dns://db.example#address={PEER}")
    eventually(lambda: server.queries("db.example") >= 5)
    waiting.kill()
    seen = log_lines(log.read_text())
    assert [line.reason for line in seen if line.event == "attempt-failed"] == ["wrong-address"]


@pytest.mark.parametrize(
    ("addresses", "option", "reason"),
    [
        ([PEER], "", ""),
        ([PEER], "#family=4", ""),
        ([PEER], "#family=6", "wrong-address"),
        ([PEER6], "#family=6", ""),
        ([PEER6], "#family=4", "wrong-address"),
        ([PEER, PEER6], "#family=6", ""),
        ([PEER, PEER6], "#address=2001:DB8::0:2", ""),
        ([PEER, SECOND], f"#address={SECOND}", ""),
        ([PEER, SECOND], f"#address={SECOND}&family=4", ""),
    ],
)
def test_families_and_addresses(
    untilup: Untilup, server: Dnsmasq, addresses: list[str], option: str, reason: str
) -> None:
    """A name counts once it has an address of the family, or the address, that is asked for."""
    server.know(*(f"{address} db.example" for address in addresses))
    if reason:
        assert untilup.check_once(f"dns://db.example{option}").reason == reason
    else:
        assert untilup.run("--once", f"dns://db.example{option}").returncode == 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("missing.example", "name-unknown", id="no such name"),
        pytest.param("textonly.example", "name-unknown", id="a name without an address"),
        pytest.param("db.elsewhere", "resolver-unavailable", id="refused"),
    ],
)
@pytest.mark.usefixtures("server")
def test_names_without_an_address(untilup: Untilup, name: str, reason: str) -> None:
    """A name that does not exist, has no address, or is refused by the DNS server, is not up."""
    assert untilup.check_once("--attempt-timeout", "20s", f"dns://{name}").reason == reason


def test_a_server_that_is_silent(
    untilup: Untilup, server: Dnsmasq, log: Path, eventually: Eventually
) -> None:
    """While the server is silent the deadline holds; once it speaks again, the wait goes on."""
    server.know(f"{PEER} db.example")
    server.signal(signal.SIGSTOP)
    summary = untilup.time_out("-t", "1s", "dns://db.example")
    assert {line.reason for line in summary if line.target} == {"resolver-unavailable"}
    waiting = waiting_for(untilup, log, "dns://db.example")
    eventually(lambda: '"start"' in log.read_text())
    server.signal(signal.SIGCONT)
    assert waiting.wait(PATIENCE) == 0


def test_search_domains(untilup: Untilup, here: Namespace, server: Dnsmasq) -> None:
    """A short name is completed as resolv.conf says, one that ends with a dot is not."""
    server.know(f"{PEER} db.prod.example")
    here.write(
        "resolv.conf", f"nameserver {PEER}\nsearch test.example prod.example\noptions ndots:5\n"
    )
    assert untilup.run("-t", LONG, "dns://db").returncode == 0
    assert server.queries("db.test.example")
    assert untilup.check_once("dns://db.").reason in {"name-unknown", "resolver-unavailable"}
