"""What proves that a target is down, and what proves nothing (docs/design.md, Results of an attempt)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.netns.dns_server import DNSServer
from tests.netns.namespaces import ABSENT, PEER, PEER6, SECOND, Namespace, Untilup, at, log_lines
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns

DOWN = ("--down", "-t", LONG, "--log-format", "json")


@pytest.fixture
def names_end(dns_server: socket.socket) -> Iterator[None]:
    """Have a DNS server that knows no name: not every resolver is content with the hosts file."""
    with DNSServer(dns_server).answering():
        yield


@pytest.fixture
def at_first_up(
    untilup: Untilup, peer: Namespace, log: Path, eventually: Eventually
) -> Callable[[str, Callable[[], None]], str]:
    """Return what waits until a target is down that is up, and then *goes*; it tells the report."""

    def wait(host: str, go: Callable[[], None]) -> str:
        with contextlib.ExitStack() as stack, log.open("wb") as stderr:
            stack.enter_context(peer.serving(PEER))
            waiting = untilup.start(*DOWN, at(host), stderr=stderr)
            eventually(lambda: "it is still up" in log.read_text())
            go()
            assert waiting.wait(PATIENCE) == 0, log.read_text()
        return log.read_text()

    return wait


def vanish(here: Namespace, peer: Namespace) -> None:
    """Take the target's host away, and forget where it was: the kernel does so within a minute."""
    peer.ip("addr", "del", f"{PEER}/24", "dev", "eth0")
    here.ip("neigh", "flush", "dev", "eth0")


def refuse(_: Namespace, peer: Namespace) -> None:
    """Have the target's host refuse connections."""
    peer.firewall("-j", "REJECT", "--reject-with", "tcp-reset")


@pytest.mark.parametrize(
    "go",
    [
        pytest.param(vanish, id="absent"),
        pytest.param(refuse, id="refused"),
    ],
)
def test_who_was_up_and_is_gone_is_down(
    at_first_up: Callable[..., str],
    here: Namespace,
    peer: Namespace,
    go: Callable[[Namespace, Namespace], None],
) -> None:
    """A target that has answered in this wait is down if it refuses, or if its host is unreachable."""
    assert '"down"' in at_first_up(PEER, lambda: go(here, peer))


def test_silence_proves_nothing(
    untilup: Untilup, peer: Namespace, log: Path, eventually: Eventually
) -> None:
    """A server that is up behind dropped packets is not down, however often it was silent."""
    with peer.serving(PEER), log.open("wb") as stderr:
        argv = ("--down", "-v", "--attempt-timeout", "300ms", "--log-format", "json", at(PEER))
        waiting = untilup.start(*argv, "--", "echo", "ran", stderr=stderr)
        eventually(lambda: "it is still up" in log.read_text())
        peer.firewall("-j", "DROP")
        eventually(lambda: log.read_text().count('"no-answer"') >= 3)
        assert waiting.poll() is None
        waiting.kill()
        assert waiting.communicate(timeout=PATIENCE)[0] == b""
    silent = [line for line in log_lines(log.read_text()) if line.reason == "no-answer"]
    assert silent[-1].detail.endswith("silence does not prove that the target is down")


@pytest.mark.usefixtures("names_end")
def test_a_name_that_was_known_is_down_when_it_is_not(
    at_first_up: Callable[..., str], here: Namespace
) -> None:
    """A name that has been up and is taken out of the DNS is down: its container has gone."""
    here.hosts(f"{PEER} db")
    assert '"down"' in at_first_up("db", lambda: here.hosts("127.0.0.1 localhost"))


@pytest.mark.usefixtures("names_end")
@pytest.mark.parametrize("host", [ABSENT, "nobody"])
def test_who_was_never_there_is_not_down(untilup: Untilup, here: Namespace, host: str) -> None:
    """An address or a name where no server has answered in this wait may be a typo."""
    here.hosts("127.0.0.1 localhost")
    done = untilup.run("--down", "-t", "4s", "--log-format", "json", at(host))
    assert done.returncode == 124
    told = [line.detail for line in log_lines(done.stderr) if line.target]
    assert [detail for detail in told if detail.endswith("so this proves nothing")]


def test_a_network_of_ones_own_that_is_not_ready_proves_nothing(
    untilup: Untilup, here: Namespace
) -> None:
    """Without a route nothing is known of the target, whatever it was before."""
    here.ip("link", "set", "eth0", "down")
    done = untilup.run("--down", "-t", "1s", "--log-format", "json", at(PEER))
    assert done.returncode == 124
    assert log_lines(done.stderr)[-1].reason == "network-unreachable"


def test_losing_the_network_proves_nothing(
    untilup: Untilup, here: Namespace, peer: Namespace, log: Path, eventually: Eventually
) -> None:
    """A target that was up, and cannot be reached because the local network is gone, is not down."""
    with peer.serving(PEER), log.open("wb") as stderr:
        argv = ("--down", "-t", "4s", "--log-format", "json", at(PEER))
        waiting = untilup.start(*argv, stderr=stderr)
        eventually(lambda: "it is still up" in log.read_text())
        here.ip("link", "set", "eth0", "down")
        assert waiting.wait(PATIENCE) == 124
    assert '"network-unreachable"' in log.read_text()


def test_a_silent_dns_server_proves_nothing(untilup: Untilup, dns_server: object) -> None:
    """A name without an answer is not down."""
    assert dns_server
    done = untilup.run("--down", "-t", "1s", "--log-format", "json", at("db.example"))
    assert done.returncode == 124


def test_all_addresses_must_be_down(untilup: Untilup, here: Namespace, peer: Namespace) -> None:
    """A name with an address that answers is not down, and one with none that can be reached is."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    here.hosts(f"{PEER} db", f"{SECOND} db")
    with peer.serving(SECOND):
        assert untilup.run("--down", "-t", "1s", at("db")).returncode == 124
    assert untilup.run("--down", "-t", LONG, at("db")).returncode == 0


def test_an_address_family_that_is_not_there_decides_nothing(
    untilup: Untilup, here: Namespace
) -> None:
    """If IPv6 is switched off here, the IPv4 address of a name decides alone."""
    here.hosts(f"{PEER6} db", f"{PEER} db")
    here.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    assert untilup.run("--down", "-t", LONG, at("db")).returncode == 0
