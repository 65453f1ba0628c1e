"""Name resolution: one lookup of a name at a time, whose result is reused for a while.

getaddrinfo cannot be interrupted and has no timeout: only the main thread's deadline bounds it.
"""

from __future__ import annotations

import _socket as socket
from _thread import allocate_lock
from time import monotonic

from untilup.errors import ABSENT, INCONCLUSIVE, NotReady
from untilup.os_errors import describe_errno, raise_if_limit
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.targets.attempt import Attempt

    # The family, and the argument of connect(): (address, port), for IPv6 also flow and scope.
    Address = tuple[int, tuple[Any, ...]]

# Addresses are reused for 1 s at first, later for 1/30 of the time since the first lookup: 10 s
# after five minutes. In Kubernetes (ndots:5, five search domains) one lookup is 2 queries if the
# first domain has the name, and 12 if none has (docs/load.md).
MIN_TTL = 1.0
MAX_TTL = 10.0
TTL_PER_AGE = 1 / 30

_SPELLING = (
    "Check the spelling, that the container is running, and that both containers share a network."
)
# getaddrinfo's error, in Debian's and musl's resolvers -> reason, what it means, hint
_FAILURES = {
    socket.EAI_NONAME: ("name-unknown", "name not found", _SPELLING),
    socket.EAI_AGAIN: (
        "resolver-unavailable",
        "the DNS server does not answer, or cannot answer now (temporary failure in name resolution)",
        "",
    ),
    socket.EAI_FAIL: (
        "resolver-failed",
        "the DNS server failed to resolve the name",
        "Run `getent hosts NAME` in this container, and check the DNS servers in /etc/resolv.conf.",
    ),
}
if hasattr(socket, "EAI_NODATA"):  # not in musl
    _FAILURES[socket.EAI_NODATA] = ("name-unknown", "the name has no address", _SPELLING)


class HostEntry:
    """The addresses of one host name, shared by all targets on that host.

    A simulation passes a *clock*, in seconds, and a replacement for the resolver.
    """

    def __init__(
        self,
        host: str,
        clock: Callable[[], float] | None = None,
        look_up: Callable[[str], list[Address]] | None = None,
    ) -> None:
        self._host = host
        self._clock = clock or monotonic
        self._look_up = look_up or _look_up
        self._born = self._clock()
        self._lookup = allocate_lock()
        self._addresses: list[Address] = []
        self._answered = 0.0
        self._expires = 0.0
        self._failure: NotReady | None = None
        self._failed = 0.0
        self._reasons: dict[int, str] = {}

    def addresses(self, port: int, *, fresh: bool = False) -> list[Address]:
        """Return all addresses of the name with *port*, in the order in which to try them.

        If *fresh*, use no lookup from before this call. Raise NotReady if there is no address. Block
        for as long as the resolver does.
        """
        asked = self._clock()
        with self._lookup:
            if self._failure and self._failed >= asked:
                raise self._failure  # from another thread's lookup, which ended while this one waited
            if self._clock() >= self._expires or (fresh and self._answered < asked):
                self._refresh()
            return [(family, (at[0], port, *at[2:])) for family, at in self._addresses]

    def _refresh(self) -> None:
        try:
            self._addresses = self._look_up(self._host)
        except NotReady as failure:
            self._failure, self._failed = failure, self._clock()
            raise
        self._answered = now = self._clock()
        reuse = (now - self._born) * TTL_PER_AGE
        self._expires = now + min(max(reuse, MIN_TTL), MAX_TTL)

    def record_outcome(self, port: int, reason: str) -> None:
        """Forget the addresses if the *reason* of *port* changes: the name may have moved."""
        if self._reasons.setdefault(port, reason) != reason:
            self._reasons[port] = reason
            self._expires = 0.0


_cache: dict[str, HostEntry] = {}


def host_entry(host: str) -> HostEntry:
    """Return the one HostEntry of *host*."""
    # setdefault on a dict is atomic: two watchers of one host get the same HostEntry.
    return _cache.get(host) or _cache.setdefault(host, HostEntry(host))


def observe_addresses(attempt: Attempt, addresses: list[Address], took: float) -> None:
    """Record the *addresses* of the target's name, unless the name is an address itself."""
    if not attempt.exhaustive:
        return
    found = [str(at[0]) for _, at in addresses]
    if found != [attempt.target.host]:
        attempt.observe("name lookup", took, "resolved", ", ".join(found))


def _look_up(host: str) -> list[Address]:
    # As bytes: a str would load the idna codec, which takes longer than the attempt.
    ascii_name = hostport.to_ascii(host).encode("ascii")
    began = monotonic()
    try:
        found = socket.getaddrinfo(ascii_name, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except OSError as error:
        raise lookup_failure(error, monotonic() - began) from error
    return interleave_families([(family, at) for family, _, _, _, at in found])


def lookup_failure(error: OSError, took: float) -> NotReady:
    """Return the failure of a lookup that ended in *error* after *took* seconds."""
    if not isinstance(error, socket.gaierror):  # EAI_SYSTEM: errno has the cause
        raise_if_limit(error)
        return NotReady("resolver-failed", f"the name lookup failed: {describe_errno(error)}")
    default = ("resolver-failed", f"the name lookup failed: {error.strerror}", "")
    reason, detail, hint = _FAILURES.get(error.errno or 0, default)
    duration = f" ({took:.1f}s)" if took >= 1 else ""
    evidence = ABSENT if reason == "name-unknown" else INCONCLUSIVE
    return NotReady(reason, detail + duration, hint, evidence=evidence)


def interleave_families(addresses: list[Address]) -> list[Address]:
    """Return *addresses* with alternating families, as in RFC 8305 section 4.

    The resolver's order (RFC 6724) decides which family is first, and the order within a family.
    """
    by_family: dict[int, list[Address]] = {}
    for address in dict.fromkeys(addresses):
        by_family.setdefault(address[0], []).append(address)
    longest = max(map(len, by_family.values()), default=0)
    return [
        family[index]
        for index in range(longest)
        for family in by_family.values()
        if index < len(family)
    ]
