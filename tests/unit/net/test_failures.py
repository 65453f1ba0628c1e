"""Every answer of the kernel and the resolver that was ever measured has its words.

The rows are those of the table of measurements that the words were made from: the situation, what
a client sees, after how long, and the reason that untilup gives.
"""

from __future__ import annotations

import errno
import socket

import pytest

from untilup.errors import NotReady, ResourceLimitReached
from untilup.net import aggregate, failures, resolver

CONNECTIONS = [
    # situation, errno, seconds, reason, what the words must say
    ("no listener, address up", errno.ECONNREFUSED, 0.0002, "refused", "nothing listens"),
    ("published, by the host's own address", errno.ECONNREFUSED, 0.0002, "refused", "nothing"),
    ("podman, published, no listener", errno.ECONNREFUSED, 0.0002, "refused", "nothing listens"),
    ("paused container, no listener", errno.ECONNREFUSED, 0.0002, "refused", "nothing listens"),
    ("stopped container, published port", errno.ECONNREFUSED, 0.0002, "refused", "nothing"),
    ("REJECT, port unreachable or reset", errno.ECONNREFUSED, 0.0001, "refused", "nothing"),
    ("IPv6 REJECT, port unreachable", errno.ECONNREFUSED, 1.03, "refused", "nothing listens"),
    ("accepted and reset", errno.ECONNRESET, 0.0003, "closed", "reset at once"),
    ("absent address, ARP cold", errno.EHOSTUNREACH, 3.08, "host-unreachable", "no host on"),
    ("absent IPv6 address on the link", errno.EHOSTUNREACH, 3.05, "host-unreachable", "no host on"),
    ("ip route unreachable", errno.EHOSTUNREACH, 0.0, "host-unreachable", "router"),
    ("REJECT, host unreachable", errno.EHOSTUNREACH, 0.0001, "host-unreachable", "firewall"),
    ("IPv6 REJECT, address unreachable", errno.EHOSTUNREACH, 1.03, "host-unreachable", "firewall"),
    ("no route; own link down", errno.ENETUNREACH, 0.0001, "network-unreachable", "no route"),
    ("REJECT, net unreachable", errno.ENETUNREACH, 0.0001, "network-unreachable", "firewall"),
    ("IPv6 REJECT, no route", errno.ENETUNREACH, 1.03, "network-unreachable", "firewall"),
    ("REJECT, protocol unreachable", errno.ENOPROTOOPT, 0.0001, "rejected", "firewall"),
    ("IPv6 REJECT, administratively", errno.EACCES, 1.03, "rejected", "on the way"),
    ("ip route prohibit", errno.EACCES, 0.0, "rejected", "by a route or a firewall"),
    ("ip route blackhole", errno.EINVAL, 0.0, "rejected", "blackhole"),
    ("local firewall drops", errno.EPERM, 0.0, "rejected", "this machine"),
    ("IPv6 off, localhost is ::1", errno.EADDRNOTAVAIL, 0.0, "address-unavailable", "disabled"),
    ("address family not built in", errno.EAFNOSUPPORT, 0.0, "address-unavailable", "family"),
    ("own interface down", errno.ENETDOWN, 0.0, "network-unreachable", "interface"),
    ("the kernel gives up by itself", errno.ETIMEDOUT, 130.0, "no-answer", "no answer"),
    ("anything else", errno.EPROTO, 0.0, "failed", "EPROTO"),
]

LOOKUPS = [
    ("unknown name, stopped container", socket.EAI_NONAME, 0.007, "name-unknown", "not found"),
    ("a name without an address", socket.EAI_NODATA, 0.007, "name-unknown", "no address"),
    ("internal network, cut off", socket.EAI_AGAIN, 10.0, "resolver-unavailable", "(10.0s)"),
    ("no network at all", socket.EAI_AGAIN, 0.006, "resolver-unavailable", "does not answer"),
    ("the DNS server fails", socket.EAI_FAIL, 0.006, "resolver-failed", "failed"),
    ("anything else", socket.EAI_FAMILY, 0.0, "resolver-failed", "lookup failed"),
]


def in_words(reason: NotReady) -> bool:
    """Tell whether *reason* is a text in plain words."""
    return "Errno" not in str(reason) and str(reason)[0].islower() and len(str(reason)) > 10


@pytest.mark.parametrize(
    ("number", "took", "reason", "words"),
    [row[1:] for row in CONNECTIONS],
    ids=[r[0] for r in CONNECTIONS],
)
def test_connection(number: int, took: float, reason: str, words: str) -> None:
    """A failed connection has a reason code, and a text with what was observed and what it means."""
    refusal = failures.connect_failure(OSError(number, "as the kernel says it"), took)
    assert refusal.reason == reason
    assert words in refusal.detail
    assert in_words(refusal)
    assert refusal.cheap == (reason != "closed"), "only an accepted connection costs a server work"
    assert refusal.hint or reason == "failed"


@pytest.mark.parametrize(
    ("number", "took", "reason", "words"), [row[1:] for row in LOOKUPS], ids=[r[0] for r in LOOKUPS]
)
def test_lookup(number: int, took: float, reason: str, words: str) -> None:
    """A failed attemptup has a reason code and a text, and always costs a DNS server work."""
    failure = resolver.lookup_failure(socket.gaierror(number, "as the resolver says it"), took)
    assert failure.reason == reason
    assert words in failure.detail
    assert in_words(failure)
    assert not failure.cheap


def test_lookup_that_fails_by_errno() -> None:
    """A lookup that fails by the system's own error (EAI_SYSTEM) names it."""
    failure = resolver.lookup_failure(OSError(errno.EIO, "Input/output error"), 0.1)
    assert (failure.reason, failure.cheap) == ("resolver-failed", False)
    assert "input/output error (EIO)" in failure.detail


@pytest.mark.parametrize(
    ("failure", "reason", "words"),
    [
        (failures.no_answer(5.0), "no-answer", "packets are dropped"),
        (failures.no_answer(1.0), "no-answer", "no such host"),
        (failures.closed_immediately(), "closed", "docker-proxy"),
        (failures.self_connected(), "self-connect", "nothing listens"),
        (failures.not_settled(4.9), "too-late", "too late"),
        (failures.still_in_phase("resolving", 2.0), "resolver-unavailable", "DNS server"),
        (failures.still_in_phase("connecting", 2.0), "no-answer", "no answer in 2s"),
        (failures.still_in_phase("settling", 0.1), "too-late", "settle time"),
        (failures.still_in_phase("asking", 2.0), "silent", "no answer for 2s"),
        (
            failures.still_in_phase("listening", 2.0),
            "silent",
            "speaks first, has sent nothing for 2s",
        ),
        (
            failures.still_in_phase("opening /ca.pem", 2.0),
            "no-answer",
            "the file system of /ca.pem",
        ),
        (failures.still_in_phase("", 0.1), "not-attempted", "no attempt has contacted"),
    ],
    ids=lambda value: value.detail[:40] if isinstance(value, NotReady) else "",
)
def test_silence(failure: NotReady, reason: str, words: str) -> None:
    """A failure without an errno (silence, an early close, a self-connect) has a text, too."""
    assert failure.reason == reason
    assert words in failure.detail
    assert in_words(failure)


def test_a_short_attempt_says_what_it_could_not_tell() -> None:
    """Below 3.1 s an absent host cannot be told from dropped packets, and the hint says so."""
    assert "--attempt-timeout" in failures.no_answer(1.0).hint
    assert "--attempt-timeout" not in failures.no_answer(3.2).hint


@pytest.mark.parametrize(
    ("number", "limit"), [(errno.EMFILE, "ulimit -n"), (errno.ENFILE, "file-max")]
)
def test_limits_are_not_the_targets_fault(number: int, limit: str) -> None:
    """Running out of descriptors ends the wait and names the limit."""
    with pytest.raises(ResourceLimitReached, match=limit):
        failures.connect_failure(OSError(number, "too many"), 0.0)
    with pytest.raises(ResourceLimitReached, match=limit):
        resolver.lookup_failure(OSError(number, "too many"), 0.0)


def test_every_address_keeps_its_reason() -> None:
    """Of several addresses each is named with its reason; the one nearest to a service is first."""
    dark, refused = (
        failures.no_answer(5.0),
        failures.connect_failure(OSError(errno.ECONNREFUSED, ""), 0.0),
    )
    both = aggregate.combine({"10.0.0.1": dark, "::1": refused, "10.0.0.2": dark}, "db")
    assert (both.reason, both.hint) == ("refused", refused.hint)
    assert both.detail == f"::1: {refused.detail}; 10.0.0.1, 10.0.0.2: {dark.detail}"


def test_one_costly_answer_makes_the_attempt_costly() -> None:
    """An attempt is free only if every address's answer was."""
    refused = failures.connect_failure(OSError(errno.ECONNREFUSED, ""), 0.0)
    assert aggregate.combine({"::1": refused, "127.0.0.1": refused}, "db").cheap
    assert not aggregate.combine(
        {"::1": refused, "127.0.0.1": failures.closed_immediately()}, "db"
    ).cheap


def test_an_address_that_was_given_is_not_repeated() -> None:
    """A target that is an address already does not have it repeated in the reason."""
    refused = failures.connect_failure(OSError(errno.ECONNREFUSED, ""), 0.0)
    assert aggregate.combine({"127.0.0.1": refused}, "127.0.0.1").detail == refused.detail
