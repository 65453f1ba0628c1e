"""What the kernel answers, in words.

Each answer was provoked and measured; the words say what was seen and what it means. Where one
answer has several causes that no client can tell apart, they are named in order of likelihood.
"""

from __future__ import annotations

import errno

from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NotReady, answered
from untilup.os_errors import describe_errno, limit_reached

# The kernel gives up on ARP and neighbour discovery after three unanswered queries, one a second
# (net.ipv4.neigh.default.mcast_solicit): measured 3.05 to 3.08 s after the first packet. Sooner it
# may be a router or a firewall that speaks, or the end of queries that an earlier attempt began.
NEIGHBOR_TIMEOUT = 2.5
# Below this much time one attempt cannot see the kernel give up (3.08 s, rounded up).
TELLS_ABSENT_FROM_DROPPED = 3.1

_LISTENS = (
    "is the service started, and does it listen on this port and on an address that can be "
    "reached from here (0.0.0.0 or ::, not only 127.0.0.1)?"
)
_ROUTE = "is this container attached to the network that the target is on?"
_FIREWALL = "look at firewalls, network policies and routes between here and the target"
_FORWARDER = (
    "is the service behind the published port or proxy started, and does it listen on all of its "
    "container's addresses?"
)
_IPV6 = "if the target has an IPv4 address, name that; IPv6 is often switched off in containers"

# errno -> reason, what was seen and what it means, hint
_ANSWERS = {
    errno.ECONNREFUSED: (
        "refused",
        "connection refused: the address is up and nothing listens on the port",
        _LISTENS,
    ),
    errno.ECONNRESET: (
        "closed",
        "accepted, then reset at once: a forwarder (docker-proxy, a load balancer) with nobody behind it, or a server that turns everybody away",
        _FORWARDER,
    ),
    errno.EHOSTUNREACH: (
        "host-unreachable",
        "host unreachable: a router or a firewall says that there is no way to the host, or nobody on the network answers for this address",
        _FIREWALL,
    ),
    errno.ENETUNREACH: (
        "network-unreachable",
        "network unreachable: there is no route from here, or a firewall says so",
        _ROUTE,
    ),
    errno.ETIMEDOUT: ("no-answer", "no answer: the kernel gave up sending", _FIREWALL),
    errno.ENOPROTOOPT: ("rejected", "rejected by a firewall (protocol unreachable)", _FIREWALL),
    errno.EACCES: (
        "rejected",
        "prohibited: by a route or firewall here (at once), or by one on the way",
        _FIREWALL,
    ),
    errno.EPERM: (
        "rejected",
        "not permitted: a firewall on this machine drops what is sent to the target",
        _FIREWALL,
    ),
    errno.EINVAL: (
        "rejected",
        "the route to the target is a blackhole: it swallows everything on purpose",
        _FIREWALL,
    ),
    errno.EADDRNOTAVAIL: (
        "address-unavailable",
        "no address of one's own to connect from: this address family is switched off here, or every local port is in use",
        _IPV6,
    ),
    errno.EAFNOSUPPORT: (
        "address-unavailable",
        "this machine does not speak the target's address family",
        _IPV6,
    ),
    errno.ENETDOWN: (
        "network-unreachable",
        "one's own network interface is down",
        _ROUTE,
    ),
}

# Reason -> what it says of the target. The rest tells of the way there, and nothing of the target;
# nor does silence, which is all that a firewall leaves of a server that is up.
_SAYS = {
    "refused": DOWN,
    "closed": DOWN,
    "host-unreachable": ABSENT,
}


def connect_failure(error: OSError, took: float) -> NotReady:
    """Return the reason for a connection that failed with *error* after *took* seconds.

    Raise ResourceLimitReached where not the target but this process is in trouble.
    """
    if limit := limit_reached(error):
        raise limit
    number = error.errno or 0
    if number == errno.EHOSTUNREACH and took >= NEIGHBOR_TIMEOUT:
        return NotReady(
            "host-unreachable",
            f"host unreachable: nobody on the network answers for this address ({took:.1f}s)",
            "is the host, or its container, running and attached to this network?",
            cheap=True,
            evidence=ABSENT,
        )
    reason, detail, hint = _ANSWERS.get(number, ("failed", describe_errno(error), ""))
    return NotReady(
        reason, detail, hint, cheap=reason != "closed", evidence=_SAYS.get(reason, INCONCLUSIVE)
    )


def no_answer(took: float) -> NotReady:
    """Return the reason for an address that has said nothing for *took* seconds."""
    causes = "packets are dropped (firewall, another network), or the server's queue is full"
    hint = _FIREWALL
    if took < TELLS_ABSENT_FROM_DROPPED:
        causes = f"no such host, {causes}"
        hint += (
            "; a look of 3.1s or more (--timeout, --attempt-timeout) could tell absent from dropped"
        )
    return NotReady("no-answer", f"no answer in {took:.1f}s: {causes}", hint, cheap=True)


def closed_immediately() -> NotReady:
    """Return the reason for a connection that the peer closed while it had to settle."""
    return NotReady(
        "closed",
        "accepted, then closed at once: a forwarder (docker-proxy, a load balancer) with nobody behind it, or a server that turns everybody away",
        _FORWARDER,
        evidence=DOWN,
    )


def not_settled(took: float) -> NotReady:
    """Return the failure of a connection that came too late in its attempt to settle."""
    return answered(
        "too-late", f"accepted, but only {took:.1f}s into the attempt: too late to settle"
    )


def self_connected() -> NotReady:
    """Return the reason for a connection that found its own end as the peer.

    The kernel picked the target's port as the local one and connected the socket to itself.
    """
    return NotReady(
        "self-connect",
        "nothing listens: the connection reached itself, by chance (the port is one of those that the kernel gives to clients)",
        _LISTENS,
        cheap=True,
        evidence=DOWN,
    )


# The phase of an attempt that is not over: the reason, what is said after so many seconds, the evidence.
_PHASES = {
    "resolving": ("resolver-unavailable", "resolving: the DNS server has not answered for {:.1f}s", INCONCLUSIVE),
    "settling": ("too-late", "accepted, and has been settling for {:.1f}s", ALIVE),
    "queueing": ("queue-full", "the server's queue has been full for {:.1f}s", ALIVE),
    "asking": ("silent", "asked, and no answer for {:.1f}s", INCONCLUSIVE),
    "listening": ("silent", "connected, and the server, which speaks first, has said nothing for {:.1f}s", INCONCLUSIVE),
    "executing": ("too-slow", "the kernel has been opening its program for {:.1f}s (a network file system that is gone?)", INCONCLUSIVE),
    "running": ("too-slow", "the command has been running for {:.1f}s", INCONCLUSIVE),
}  # fmt: skip
_NO_PHASE = ("not-attempted", "starting for {:.1f}s", INCONCLUSIVE)


def still_in_phase(phase: str, age: float) -> NotReady:
    """Return the failure of an attempt that has been in *phase* for *age* seconds and is not over."""
    if phase == "connecting":
        return no_answer(age)
    reason, detail, evidence = _PHASES.get(phase, _NO_PHASE)
    return NotReady(reason, detail.format(age), evidence=evidence)
