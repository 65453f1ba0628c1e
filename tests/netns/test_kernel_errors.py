"""Each answer of a firewall, a route or the local machine has its reason code (docs/design.md, Results of an attempt)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.netns.namespaces import HERE, HERE6, PEER, PEER6, Namespace, Untilup, Wire, at
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE

pytestmark = pytest.mark.netns


# An attempt that waited for its end would outlast the test.
PATIENT = ("--attempt-timeout", "1h", "-t", "1h")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("icmp-port-unreachable", "refused"),
        ("tcp-reset", "refused"),
        ("icmp-net-unreachable", "network-unreachable"),
        ("icmp-net-prohibited", "network-unreachable"),
        ("icmp-host-unreachable", "host-unreachable"),
        ("icmp-host-prohibited", "host-unreachable"),
        ("icmp-admin-prohibited", "host-unreachable"),
        ("icmp-proto-unreachable", "rejected"),
    ],
)
def test_a_rejection_is_told_at_once(
    untilup: Untilup, peer: Namespace, wire: Wire, answer: str, reason: str
) -> None:
    """Each way in which an IPv4 firewall can reject has its reason, and its first answer is enough."""
    peer.firewall("-j", "REJECT", "--reject-with", answer)
    assert untilup.check_once(at(PEER), *PATIENT).reason == reason
    assert len(wire.syns()) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("icmp6-port-unreachable", "refused"),
        ("tcp-reset", "refused"),
        ("icmp6-no-route", "network-unreachable"),
        ("icmp6-addr-unreachable", "host-unreachable"),
        ("icmp6-adm-prohibited", "rejected"),
        ("icmp6-policy-fail", "rejected"),
        ("icmp6-reject-route", "rejected"),
    ],
)
def test_a_rejection_on_ipv6_is_told_within_the_attempt(
    untilup: Untilup, peer: Namespace, answer: str, reason: str
) -> None:
    """Each way in which an IPv6 firewall can reject has its reason, within the default attempt timeout."""
    peer.firewall("-j", "REJECT", "--reject-with", answer, ipv6=True)
    # The kernel heeds a rejection at its second SYN, after 1 s.
    assert untilup.check_once(at(PEER6)).reason == reason


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("DROP", "no-answer"),
        ("REJECT", "refused"),
        ("REJECT --reject-with tcp-reset", "refused"),
        ("REJECT --reject-with icmp-net-unreachable", "network-unreachable"),
        ("REJECT --reject-with icmp-admin-prohibited", "host-unreachable"),
    ],
)
def test_a_firewall_of_ones_own_counts_as_any_other(
    untilup: Untilup, here: Namespace, rule: str, reason: str
) -> None:
    """What a firewall drops or rejects on its way out has the reason that it has elsewhere."""
    here.firewall("-j", *rule.split(), on="OUTPUT")
    assert untilup.check_once(at(PEER), "--attempt-timeout", "1s").reason == reason


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        ("unreachable", "host-unreachable", "no route to the host"),
        ("prohibit", "rejected", "prohibited"),
        ("blackhole", "rejected", "blackhole"),
        ("throw", "network-unreachable", "no route"),
    ],
)
def test_a_route_that_leads_nowhere_is_told_at_once(
    untilup: Untilup, here: Namespace, kind: str, reason: str, words: str
) -> None:
    """A route that says no has its reason and words; nothing is waited for."""
    for address in (PEER, PEER6):
        here.ip("route", "add", kind, address)
        seen = untilup.check_once(at(address), *PATIENT)
        assert seen.reason == reason
        assert words in seen.detail


@pytest.mark.parametrize("elsewhere", ["198.51.100.1", "2001:db8:1::1"], ids=["ipv4", "ipv6"])
def test_without_a_route_the_network_is_unreachable(untilup: Untilup, elsewhere: str) -> None:
    """An address to which no route leads is on an unreachable network."""
    seen = untilup.check_once(at(elsewhere), *PATIENT)
    assert seen.reason == "network-unreachable"
    assert "no route from here" in seen.detail


@pytest.mark.parametrize("address", [PEER, PEER6], ids=["ipv4", "ipv6"])
def test_with_ones_own_interface_down_the_network_is_unreachable(
    untilup: Untilup, here: Namespace, address: str
) -> None:
    """An interface that is down has no routes."""
    here.ip("link", "set", "eth0", "down")
    assert untilup.check_once(at(address)).reason == "network-unreachable"


@pytest.mark.parametrize("address", ["::1", PEER6])
def test_without_ipv6_there_is_no_address_to_connect_from(
    untilup: Untilup, here: Namespace, address: str
) -> None:
    """If IPv6 is switched off, that is said, and not that the service refuses."""
    here.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6")
    seen = untilup.check_once(at(address))
    assert seen.reason == "address-unavailable"
    assert "disabled" in seen.detail


def test_a_network_that_is_attached_late_is_noticed(
    untilup: Untilup, wired: tuple[Namespace, Namespace], log: Path, eventually: Eventually
) -> None:
    """A network that is attached while untilup waits ends the wait."""
    here, peer = wired
    here.ip("link", "set", "eth0", "down")
    with peer.serving(PEER), log.open("wb") as stderr:
        waiting = untilup.start("-t", LONG, at(PEER), stderr=stderr)
        eventually(lambda: "network unreachable" in log.read_text())
        here.ip("link", "set", "eth0", "up")
        waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0


@pytest.mark.parametrize("own", [HERE, HERE6], ids=["ipv4", "ipv6"])
def test_an_address_of_ones_own_without_a_listener_refuses(untilup: Untilup, own: str) -> None:
    """An address that is up, and a port without a listener: refused; nothing is waited for."""
    assert untilup.check_once(at(own), *PATIENT).reason == "refused"
