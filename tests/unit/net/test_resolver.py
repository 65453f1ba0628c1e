"""Names to addresses: how often a resolver is asked, and in which order its answers are tried."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import tcp_servers
from tests.support.eventually import Eventually
from tests.support.untilup_process import PATIENCE
from untilup.errors import NotReady, ResourceLimitReached
from untilup.net.resolver import HostEntry, host_entry, interleave_families
from untilup.net.tcp import connect
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target

if TYPE_CHECKING:
    from untilup.net.resolver import Address

    Answer = tuple[int, int, int, str, tuple[object, ...]]

V4 = int(socket.AF_INET)
V6 = int(socket.AF_INET6)


class Clock:
    """A clock that goes on when it is told to, and knows which threads have read it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.readers: set[int] = set()

    def __call__(self) -> float:
        self.readers.add(threading.get_ident())
        return self.now


class Resolver:
    """Stands in for getaddrinfo, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.answer: list[Answer] | OSError = [answer(V4, "192.0.2.1")]
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.at_once = 0
        self.most_at_once = 0

    def __call__(self, host: object, port: object, family: int, kind: int) -> list[Answer]:
        assert (port, family, kind) == (None, socket.AF_UNSPEC, socket.SOCK_STREAM)
        self.asked.append(host)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            assert self.may_answer.wait(PATIENCE)
        finally:
            self.at_once -= 1
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


def answer(family: int, host: str, *rest: object) -> Answer:
    """Return one address as getaddrinfo gives it."""
    return (family, int(socket.SOCK_STREAM), socket.IPPROTO_TCP, "", (host, 0, *rest))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock in place of the resolver's monotonic one."""
    made = Clock()
    monkeypatch.setattr("untilup.net.resolver.monotonic", made)
    return made


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """Put a resolver in place of the C library's."""
    made = Resolver()
    monkeypatch.setattr("_socket.getaddrinfo", made)
    yield made
    made.may_answer.set()


@pytest.fixture
def _fresh_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know no names at first, and forget those of the test at its end."""
    monkeypatch.setattr("untilup.net.resolver._cache", {})


def failure_of(name: HostEntry) -> NotReady:
    """Return why *name* has no address."""
    with pytest.raises(NotReady) as caught:
        name.addresses(80)
    return caught.value


def test_addresses_get_the_targets_port(clock: Clock, resolver: Resolver) -> None:
    """Each address comes with the port, and an IPv6 one with its flow and scope."""
    resolver.answer = [answer(V6, "fe80::1", 7, 2), answer(V4, "192.0.2.1")]
    name = HostEntry("db")
    assert name.addresses(80) == [(V6, ("fe80::1", 80, 7, 2)), (V4, ("192.0.2.1", 80))]
    clock.now += 0.5
    assert name.addresses(443)[1] == (V4, ("192.0.2.1", 443))


def test_a_name_is_asked_for_in_its_ascii_form(resolver: Resolver) -> None:
    """A name of other letters is looked up as the DNS holds it."""
    HostEntry("b\u00fccher.example").addresses(80)
    HostEntry("db").addresses(80)
    assert resolver.asked == [b"xn--bcher-kva.example", b"db"]


def test_an_answer_is_reused_for_a_second(clock: Clock, resolver: Resolver) -> None:
    """A successful lookup is reused for 1 s, and then made again."""
    name = HostEntry("db")
    for now, asked in [(0.0, 1), (0.5, 1), (0.99, 1), (1.0, 2), (1.99, 2), (2.01, 3)]:
        clock.now = 1_000.0 + now
        name.addresses(80)
        assert len(resolver.asked) == asked, now


@pytest.mark.parametrize(
    ("age", "reuse"), [(0, 1), (30, 1), (60, 2), (120, 4), (300, 10), (600, 10), (86_400, 10)]
)
def test_reuse_grows_with_age(clock: Clock, resolver: Resolver, age: float, reuse: float) -> None:
    """The reuse of a lookup grows with the target's age, from 1 s to 10 s after five minutes."""
    name = HostEntry("db")
    clock.now += age
    name.addresses(80)
    clock.now += reuse - 0.01
    name.addresses(80)
    assert len(resolver.asked) == 1
    clock.now += 0.02
    name.addresses(80)
    assert len(resolver.asked) == 2


def test_a_lookup_that_was_slow_is_reused_from_its_end(clock: Clock, resolver: Resolver) -> None:
    """The time for which an answer is reused counts from when it came."""

    def slow(host: object, port: object, family: int, kind: int) -> list[Answer]:
        clock.now += 5.0
        return resolver(host, port, family, kind)

    name = HostEntry("db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("_socket.getaddrinfo", slow)
        name.addresses(80)
    clock.now += 0.99
    name.addresses(80)
    assert len(resolver.asked) == 1


@pytest.mark.usefixtures("clock")
def test_another_kind_of_answer_forgets_the_addresses(resolver: Resolver) -> None:
    """When the answers change kind the name may have moved: it is looked up again."""
    name = HostEntry("db")
    for reason, asked in [
        ("refused", 1),  # the first answer is no change
        ("refused", 1),
        ("no-answer", 2),
        ("no-answer", 2),
        ("refused", 3),
        ("", 4),
        ("", 4),
    ]:
        name.addresses(80)
        name.record_outcome(80, reason)
        name.addresses(80)
        assert len(resolver.asked) == asked, reason


@pytest.mark.usefixtures("clock")
def test_two_ports_of_one_name_share_its_lookups(resolver: Resolver) -> None:
    """Two ports of a name that answer differently do not make each other look it up again."""
    name = HostEntry("db")
    for _ in range(10):
        for port, reason in [(80, "refused"), (443, "closed")]:
            name.addresses(port)
            name.record_outcome(port, reason)
    assert len(resolver.asked) == 1


@pytest.mark.usefixtures("clock", "_fresh_names")
def test_two_targets_of_one_host_share_its_lookups(resolver: Resolver) -> None:
    """Targets on one host, one refused and one closed at once, cost it no lookup at each attempt."""
    resolver.answer = [answer(V4, tcp_servers.LOOPBACK)]
    with (
        tcp_servers.serving(tcp_servers.close_at_once) as closing,
        tcp_servers.refusing() as refusing,
    ):
        targets = [
            Target("tcp", "two.targets.test", port, settle=PATIENCE) for port in (closing, refusing)
        ]
        reasons = []
        for target in targets * 5:
            with pytest.raises(NotReady) as caught:
                connect(Attempt(target, 2 * PATIENCE))
            reasons.append(caught.value.reason)
    assert reasons == ["closed", "refused"] * 5
    assert resolver.asked == [b"two.targets.test"]


def test_a_failed_lookup_is_not_reused(clock: Clock, resolver: Resolver) -> None:
    """A name that is unknown now may be known a moment later: the next attempt asks again."""
    name = HostEntry("db")
    resolver.answer = socket.gaierror(socket.EAI_NONAME, "unknown")
    for asked in (1, 2):
        failure = failure_of(name)
        assert (failure.reason, failure.cheap) == ("name-unknown", False)
        assert len(resolver.asked) == asked
        clock.now += 0.001
    resolver.answer = [answer(V4, "192.0.2.1")]
    assert name.addresses(80) == [(V4, ("192.0.2.1", 80))]


def test_a_failed_refresh_does_not_bring_back_old_addresses(
    clock: Clock, resolver: Resolver
) -> None:
    """When a name that was known is unknown at the next lookup, that is the answer."""
    name = HostEntry("db")
    name.addresses(80)
    clock.now += 1.5
    resolver.answer = socket.gaierror(socket.EAI_NONAME, "unknown")
    assert failure_of(name).reason == "name-unknown"
    clock.now += 0.001
    assert failure_of(name).reason == "name-unknown"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "name-unknown"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "resolver-unavailable"),
        (socket.gaierror(socket.EAI_FAIL, "x"), "resolver-failed"),
        (OSError(5, "Input/output error"), "resolver-failed"),
    ],
    ids=["unknown", "silent", "failed", "by errno"],
)
def test_each_failure_has_its_reason(resolver: Resolver, error: OSError, reason: str) -> None:
    """A failure of getaddrinfo has a reason, and costs a DNS server work."""
    resolver.answer = error
    failure = failure_of(HostEntry("db"))
    assert (failure.reason, failure.cheap) == (reason, False)


def test_running_out_of_descriptors_is_no_answer_of_the_resolver(resolver: Resolver) -> None:
    """A lookup that could not open a file ends the wait: the name is not at fault."""
    resolver.answer = OSError(24, "Too many open files")
    with pytest.raises(ResourceLimitReached, match="ulimit -n"):
        HostEntry("db").addresses(80)


def asked_by_all(
    name: HostEntry, clock: Clock, resolver: Resolver, eventually: Eventually
) -> list[list[Address] | NotReady]:
    """Have many threads ask for *name* while the resolver hangs; return what each was told."""
    outcomes: list[list[Address] | NotReady] = []

    def ask() -> None:
        try:
            outcomes.append(name.addresses(80))
        except NotReady as failure:
            outcomes.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    resolver.may_answer.clear()
    try:
        for thread in threads:
            thread.start()
        # A thread that has read the clock is in the lookup, or waits for it.
        eventually(lambda: {thread.ident for thread in threads} <= clock.readers)
        eventually(lambda: resolver.asked)
    finally:
        clock.now += 1.0
        resolver.may_answer.set()
        for thread in threads:
            thread.join(PATIENCE)
    return outcomes


def test_one_lookup_at_a_time(clock: Clock, resolver: Resolver, eventually: Eventually) -> None:
    """All threads that need a name during its lookup wait for the result of that lookup."""
    outcomes = asked_by_all(HostEntry("db"), clock, resolver, eventually)
    assert outcomes == [[(V4, ("192.0.2.1", 80))]] * 8
    assert (len(resolver.asked), resolver.most_at_once) == (1, 1)


def test_a_failure_is_shared_by_those_who_queued(
    clock: Clock, resolver: Resolver, eventually: Eventually
) -> None:
    """All threads that need a name during its lookup get the failure of that lookup."""
    name = HostEntry("db")
    resolver.answer = socket.gaierror(socket.EAI_AGAIN, "silent")
    outcomes = asked_by_all(name, clock, resolver, eventually)
    assert [getattr(outcome, "reason", outcome) for outcome in outcomes] == [
        "resolver-unavailable"
    ] * 8
    assert (len(resolver.asked), resolver.most_at_once) == (1, 1)
    clock.now += 0.001
    resolver.answer = [answer(V4, "192.0.2.1")]
    assert name.addresses(80), "a later call does not get the old failure"


def test_other_names_do_not_queue(resolver: Resolver) -> None:
    """A name that the resolver hangs on does not hold up the lookup of another."""
    resolver.may_answer.clear()
    threads = [
        threading.Thread(target=HostEntry(host).addresses, args=(80,)) for host in ("slow", "quick")
    ]
    try:
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + PATIENCE
        while resolver.most_at_once < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sorted(map(str, resolver.asked)) == ["b'quick'", "b'slow'"]
    finally:
        resolver.may_answer.set()
        for thread in threads:
            thread.join(PATIENCE)


@pytest.mark.usefixtures("_fresh_names")
def test_a_host_has_one_name() -> None:
    """All targets on one host share its Name."""
    assert host_entry("one.host.test") is host_entry("one.host.test")
    assert host_entry("one.host.test") is not host_entry("another.host.test")


def test_an_address_needs_no_resolver() -> None:
    """What is an address already comes back as it is, without a DNS server."""
    assert HostEntry("127.0.0.1").addresses(80) == [(V4, ("127.0.0.1", 80))]
    assert HostEntry("::1").addresses(80) == [(V6, ("::1", 80, 0, 0))]


addresses = st.lists(
    st.one_of(
        st.integers(0, 20).map(lambda number: (V4, (f"192.0.2.{number}", 0))),
        st.integers(0, 20).map(lambda number: (V6, (f"2001:db8::{number:x}", 0, 0, 0))),
    ),
    max_size=30,
)


def of_family(family: int, found: list[Address]) -> list[Address]:
    return [address for address in found if address[0] == family]


@given(addresses)
@example([])
@example([(V6, ("::1", 0, 0, 0)), (V6, ("::2", 0, 0, 0)), (V4, ("192.0.2.1", 0))])
def test_families_take_turns(found: list[Address]) -> None:
    """Addresses are tried as in RFC 8305 section 4: the families alternate while both last.

    The resolver's first address stays first, the order within a family is kept, and an address
    that was found twice is tried once.
    """
    unique = list(dict.fromkeys(found))
    ordered = interleave_families(found)
    assert sorted(ordered, key=repr) == sorted(unique, key=repr)
    assert ordered[:1] == unique[:1]
    for family in (V4, V6):
        assert of_family(family, ordered) == of_family(family, unique)
    both_last = 2 * min(len(of_family(family, unique)) for family in (V4, V6))
    for one, other in itertools.pairwise(ordered[:both_last]):
        assert one[0] != other[0]


def test_turns() -> None:
    """The families take turns, and what one of them has more comes last."""
    v6 = [(V6, (f"2001:db8::{number}", 0, 0, 0)) for number in range(3)]
    v4 = [(V4, ("192.0.2.1", 0))]
    assert interleave_families([*v6, *v4]) == [v6[0], v4[0], v6[1], v6[2]]
    assert interleave_families([*v4, *v6]) == [v4[0], v6[0], v6[1], v6[2]]
