"""Names to addresses: one lookup a name at a time, its answer reused for a while.

getaddrinfo cannot be interrupted and has no timeout: only the main thread's deadline bounds it.
"""

from __future__ import annotations

import _socket as socket
from _thread import allocate_lock
from time import monotonic

from untilup.errors import ABSENT, INCONCLUSIVE, NotReady
from untilup.os_errors import describe_errno, limit_reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.targets.attempt import Attempt

    # The family, and what connect() takes for it: (text, port), in IPv6 also flow and scope.
    Address = tuple[int, tuple[Any, ...]]

# An answer is reused for 1 s at first, and for 1/30 of the time that the name has been asked for:
# 10 s after five minutes. In Kubernetes (ndots:5, five search domains) one lookup is 2 queries where
# the first domain has the name, and 12 where none has (docs/fleet.md).
MIN_TTL = 1.0
MAX_TTL = 10.0
TTL_PER_AGE = 1 / 30

_SPELLING = (
    "is the name spelled as the service is called, is its container started, and is it on a "
    "network of this container's?"
)
# Debian's and musl's resolvers, by the number that getaddrinfo returns: the reason (stable), what
# was seen and what it means, a hint.
_FAILURES = {
    socket.EAI_NONAME: ("name-unknown", "the name is unknown", _SPELLING),
    socket.EAI_AGAIN: (
        "resolver-unavailable",
        "the DNS server does not answer, or has no answer for now (temporary failure in name resolution)",
        "",
    ),
    socket.EAI_FAIL: (
        "resolver-failed",
        "the DNS server failed to look the name up",
        "Ask the DNS servers in /etc/resolv.conf for it by hand: getent hosts NAME.",
    ),
}
if hasattr(socket, "EAI_NODATA"):  # not in musl
    _FAILURES[socket.EAI_NODATA] = ("name-unknown", "the name has no address", _SPELLING)


class HostEntry:
    """One host name, shared by all targets on it.

    A simulation brings a *clock* of its own, in seconds, and what it has in place of a resolver.
    """

    __slots__ = (
        "_addresses",
        "_answered",
        "_born",
        "_clock",
        "_expires",
        "_failed",
        "_failure",
        "_host",
        "_look_up",
        "_lookup",
        "_reasons",
    )

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
        """Return every address of the name with *port*, in the order in which to try them.

        A *fresh* answer is none from before this call. Raise NotReady where there is no address.
        Blocks for as long as the resolver does.
        """
        asked = self._clock()
        with self._lookup:
            if self._failure and self._failed >= asked:
                raise self._failure  # of another thread's lookup, which ended while this one queued
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

    def answered(self, port: int, reason: str) -> None:
        """Forget the addresses when *port* answers otherwise than before: the name may have moved."""
        if self._reasons.setdefault(port, reason) != reason:
            self._reasons[port] = reason
            self._expires = 0.0


_cache: dict[str, HostEntry] = {}


def host_entry(host: str) -> HostEntry:
    """Return the one HostEntry of *host*."""
    # setdefault on a dict is atomic: two watchers of one host get the same HostEntry.
    return _cache.get(host) or _cache.setdefault(host, HostEntry(host))


def note(attempt: Attempt, addresses: list[Address], took: float) -> None:
    """Note which *addresses* the target's name has, unless it is one itself."""
    found = [str(at[0]) for _, at in addresses]
    if found != [attempt.target.host]:
        attempt.observe("name lookup", took, "resolved", ", ".join(found))


def _look_up(host: str) -> list[Address]:
    # Bytes, because a str would load the idna codec, which costs more than the attempt.
    ascii_name = host.encode("ascii" if host.isascii() else "idna")
    began = monotonic()
    try:
        found = socket.getaddrinfo(ascii_name, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except OSError as error:
        raise lookup_failure(error, monotonic() - began) from error
    return interleave_families([(family, at) for family, _, _, _, at in found])


def lookup_failure(error: OSError, took: float) -> NotReady:
    """Return the reason for a name lookup that failed with *error* after *took* seconds."""
    if not isinstance(error, socket.gaierror):  # EAI_SYSTEM: errno says what happened
        if limit := limit_reached(error):
            raise limit
        return NotReady("resolver-failed", f"the name lookup failed: {describe_errno(error)}")
    otherwise = ("resolver-failed", f"the name lookup failed: {error.strerror}", "")
    reason, detail, hint = _FAILURES.get(error.errno or 0, otherwise)
    slowly = f" ({took:.1f}s)" if took >= 1 else ""
    says = ABSENT if reason == "name-unknown" else INCONCLUSIVE
    return NotReady(reason, detail + slowly, hint, evidence=says)


def interleave_families(addresses: list[Address]) -> list[Address]:
    """Order *addresses* so that the families take turns, as in RFC 8305 section 4.

    The resolver's order (RFC 6724) decides which family is first, and the order within a family.
    """
    by_family: dict[int, list[Address]] = {}
    for address in dict.fromkeys(addresses):
        by_family.setdefault(address[0], []).append(address)
    turns = max(map(len, by_family.values()), default=0)
    return [
        family[turn] for turn in range(turns) for family in by_family.values() if turn < len(family)
    ]
