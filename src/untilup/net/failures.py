"""What a connection failure means: the kernel's error numbers, and attempts that were cut off.

Each error was provoked and measured. A message says what was observed and what it means. If a client
cannot tell several causes apart, the message names them in order of likelihood.
"""

from __future__ import annotations

import errno

from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NotReady, answered
from untilup.os_errors import describe_errno, raise_if_limit
from untilup.values import format_duration

# The kernel gives up on ARP and neighbor discovery after three unanswered queries, one a second
# (net.ipv4.neigh.default.mcast_solicit): measured 3.05 to 3.08 s after the first packet. An earlier
# error comes from a router or a firewall, or ends the queries that an earlier attempt began.
NEIGHBOR_TIMEOUT = 2.5
# A shorter attempt cannot see the kernel give up (3.08 s, rounded up).
TELLS_ABSENT_FROM_DROPPED = 3.1

_LISTENS = (
    "Check that the service is running, and that it listens on this port and on 0.0.0.0 or ::, "
    "not only on 127.0.0.1."
)
_ROUTE = "Check that this container is attached to the network of the target."
_FIREWALL = "Check the firewalls, network policies and routes between here and the target."
_BACKEND = (
    "Check that the service behind the published port or proxy is running, and that it listens on "
    "all addresses of its container."
)
_IPV6 = "Use the target's IPv4 address, if it has one: IPv6 is often disabled in containers."
_NO_BACKEND = "a proxy without a backend (docker-proxy, a load balancer), or a server that rejects all clients"

# errno -> reason, what was observed and what it means, hint
_ANSWERS = {
    errno.ECONNREFUSED: ("refused", "connection refused: the address is up and nothing listens on the port", _LISTENS),
    errno.ECONNRESET: ("closed", f"accepted, then reset at once: {_NO_BACKEND}", _BACKEND),
    errno.EHOSTUNREACH: ("host-unreachable", "host unreachable: a router or a firewall reports no route to the host, or no host on the network answers for this address", _FIREWALL),
    errno.ENETUNREACH: ("network-unreachable", "network unreachable: there is no route from here, or a firewall says so", _ROUTE),
    errno.ETIMEDOUT: ("no-answer", "no answer: the kernel gave up sending", _FIREWALL),
    errno.ENOPROTOOPT: ("rejected", "rejected by a firewall (protocol unreachable)", _FIREWALL),
    errno.EACCES: ("rejected", "prohibited by a route or a firewall: on this machine (if at once), or on the way", _FIREWALL),
    errno.EPERM: ("rejected", "not permitted: a firewall on this machine drops packets to the target", _FIREWALL),
    errno.EINVAL: ("rejected", "the route to the target is a blackhole route, which drops all packets", _FIREWALL),
    errno.EADDRNOTAVAIL: ("address-unavailable", "no local address to connect from: the address family is disabled here, or every local port is in use", _IPV6),
    errno.EAFNOSUPPORT: ("address-unavailable", "this machine does not support the target's address family", _IPV6),
    errno.ENETDOWN: ("network-unreachable", "the network interface of this machine is down", _ROUTE),
}  # fmt: skip

# What a reason proves about the target. The other reasons are about the way to it; and a server that
# is up behind a firewall is as silent as one that is down.
_EVIDENCE = {"refused": DOWN, "closed": DOWN, "host-unreachable": ABSENT}


def connect_failure(error: OSError, took: float) -> NotReady:
    """Return the failure of a connection that ended in *error* after *took* seconds.

    Raise ResourceLimitReached if this process, not the target, is the cause.
    """
    number = error.errno or 0
    if number == errno.EHOSTUNREACH and took >= NEIGHBOR_TIMEOUT:
        return NotReady(
            "host-unreachable",
            f"host unreachable: no host on the network answers for this address ({format_duration(took)})",
            "Check that the host, or its container, is running and attached to this network.",
            cheap=True,
            evidence=ABSENT,
        )
    if number not in _ANSWERS:
        raise_if_limit(error)
        return NotReady("failed", describe_errno(error), cheap=True)
    reason, detail, hint = _ANSWERS[number]
    evidence = _EVIDENCE.get(reason, INCONCLUSIVE)
    return NotReady(reason, detail, hint, cheap=reason != "closed", evidence=evidence)


def no_answer(took: float) -> NotReady:
    """Return the failure of an address that has not answered for *took* seconds."""
    causes = "packets are dropped (firewall, another network), or the server's queue is full"
    hint = _FIREWALL
    if took < TELLS_ABSENT_FROM_DROPPED:
        causes = f"no such host, {causes}"
        hint += " An attempt of at least 3.1s (--timeout, --attempt-timeout) can tell an absent host from dropped packets."
    return NotReady(
        "no-answer", f"no answer in {format_duration(took)}: {causes}", hint, cheap=True
    )


def closed_immediately() -> NotReady:
    """Return the failure of a connection that the peer closed within the settle time."""
    detail = f"accepted, then closed at once: {_NO_BACKEND}"
    return NotReady("closed", detail, _BACKEND, evidence=DOWN)


def not_settled(took: float) -> NotReady:
    """Return the failure of a connection that was made too late in its attempt for the settle time."""
    detail = (
        f"accepted, but only {format_duration(took)} into the attempt: too late for the settle time"
    )
    return answered("too-late", detail)


def self_connected() -> NotReady:
    """Return the failure of a socket that is connected to itself.

    The kernel chose the target's port as the local port.
    """
    return NotReady(
        "self-connect",
        "nothing listens: the connection reached itself, because the kernel chose the target's port as the local port",
        _LISTENS,
        cheap=True,
        evidence=DOWN,
    )


# The phase of an attempt that was cut off: the reason, what is said after this many seconds, the
# evidence.
_PHASES = {
    "resolving": ("resolver-unavailable", "resolving: the DNS server has not answered for {}", INCONCLUSIVE),
    "settling": ("too-late", "accepted, but the settle time has not ended after {}", ALIVE),
    "queueing": ("queue-full", "the server's queue has been full for {}", ALIVE),
    "asking": ("silent", "connected, but no answer for {}", INCONCLUSIVE),
    "listening": ("silent", "connected, but the server, which speaks first, has sent nothing for {}", INCONCLUSIVE),
    "executing": ("too-slow", "the kernel is still opening the program after {}: the machine may be busy, or the file system may hang", INCONCLUSIVE),
    "running": ("too-slow", "the command has been running for {}", INCONCLUSIVE),
}  # fmt: skip
_NO_PHASE = ("not-attempted", "no attempt has contacted the target in {}", INCONCLUSIVE)
# Before the path that the kernel is looking up or opening, which hangs if its file system does.
OPENING = "opening "


def still_in_phase(phase: str, age: float) -> NotReady:
    """Return the failure of an attempt that is cut off after *age* seconds in *phase*."""
    if phase == "connecting":
        return no_answer(age)
    if phase.startswith(OPENING):
        file = phase.removeprefix(OPENING)
        detail = f"no answer in {format_duration(age)} from the file system of {file}"
        return NotReady("no-answer", detail, "Check that it is mounted, and that its server is up.")
    reason, detail, evidence = _PHASES.get(phase, _NO_PHASE)
    return NotReady(reason, detail.format(format_duration(age)), evidence=evidence)
