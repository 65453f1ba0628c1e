"""dns:// - names that resolve, and to what."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.untilup_process import PATIENCE
from untilup.checks import dns
from untilup.cli import targets
from untilup.errors import ABSENT, DOWN, NotReady, UsageError
from untilup.net.resolver import host_entry
from untilup.targets.attempt import Attempt


class Resolver:
    """Stands in for getaddrinfo, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.found = ["192.0.2.1"]
        self.answering = threading.Event()
        self.answering.set()

    def __call__(self, _host: bytes, *_: object) -> list[tuple[object, ...]]:
        self.asked += 1
        assert self.answering.wait(PATIENCE)
        if not self.found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, 1, 6, "", (text, 0))
            for text in self.found
        ]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """Put a resolver in place of the C library's, and know no names."""
    made = Resolver()
    monkeypatch.setattr("_socket.getaddrinfo", made)
    monkeypatch.setattr("untilup.net.resolver._cache", {})
    yield made
    made.answering.set()


def check_once(text: str) -> NotReady | None:
    """Return why the target is not up, or None."""
    try:
        dns.check(Attempt(targets.parse_target(text, 0.0, {}), 1.0))
    except NotReady as failure:
        return failure
    return None


def outcome(text: str) -> str:
    """Return the reason and the words of an attempt, or "up"."""
    failure = check_once(text)
    if failure is None:
        return "up"
    assert not failure.cheap, "a lookup costs somebody work"
    assert failure.evidence == (ABSENT if failure.reason == "name-unknown" else DOWN)
    return f"{failure.reason}: {failure.detail}"


BOTH = ["192.0.2.1", "2001:db8::1"]
TABLE = [
    ("", ["192.0.2.1"], "up"),
    ("", [], "name-unknown: name not found"),
    ("#family=4", BOTH, "up"),
    ("#family=6", BOTH, "up"),
    ("#family=4", BOTH[:1], "up"),
    (
        "#family=6",
        BOTH[:1],
        "wrong-address: the name resolves to 192.0.2.1, to no address of IPv6",
    ),
    (
        "#family=4",
        BOTH[1:],
        "wrong-address: the name resolves to 2001:db8::1, to no address of IPv4",
    ),
    ("#address=192.0.2.1", BOTH, "up"),
    ("#address=2001:DB8:0:0::1", BOTH, "up"),
    ("#address=fe80::1", ["fe80::1%2"], "up"),
    (
        "#address=192.0.2.2",
        BOTH,
        "wrong-address: the name resolves to 192.0.2.1, 2001:db8::1, not to 192.0.2.2",
    ),
    ("#address=192.0.2.1&family=4", BOTH, "up"),
]


@pytest.mark.parametrize(("options", "found", "expected"), TABLE)
def test_what_it_resolves_to(
    resolver: Resolver, options: str, found: list[str], expected: str
) -> None:
    """A name is up as soon as it has an address, or the one that is asked for."""
    resolver.found = found
    assert outcome(f"dns://db{options}") == expected


def test_every_attempt_asks_anew(resolver: Resolver) -> None:
    """An answer from before the attempt is not reused, unlike for connections."""
    for _ in range(3):
        assert outcome("dns://db") == "up"
    host_entry("db").addresses(80)
    assert resolver.asked == 3


def test_one_lookup_at_a_time(resolver: Resolver) -> None:
    """An attempt that waits for another's lookup gets the result of that lookup."""
    resolver.answering.clear()
    name = host_entry("db")
    threads = [threading.Thread(target=name.addresses, args=(80,), kwargs={"fresh": True})]
    threads[0].start()
    while not resolver.asked:
        pass
    asked: list[str] = []
    threads += [threading.Thread(target=lambda: asked.append(outcome("dns://db")))]
    threads[1].start()
    resolver.answering.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert asked == ["up"]
    assert resolver.asked <= 2


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("dns://10.0.0.5", "this is an address"),
        ("dns://[::1]", "this is an address"),
        ("dns://[fe80::1%eth0]", "this is an address"),
        ("dns://db:53", "a dns:// target has no port"),
        ("dns://", "the host is missing"),
        ("dns://db/x", "neither user nor path"),
        ("dns://db#family=5", "write 4 or 6"),
        ("dns://db#address=db2", "write an IPv4 or IPv6 address"),
        ("dns://db#address=::1&family=4", "address= is not of IPv4"),
        ("dns://db#address=10.0.0.5&family=6", "address= is not of IPv6"),
    ],
)
def test_malformed(word: str, problem: str) -> None:
    """What no answer could fulfil is refused before any attempt."""
    with pytest.raises(UsageError) as caught:
        targets.parse_target(word, 0.0, {})
    assert problem in str(caught.value)


@given(st.ip_addresses())
def test_addresses_are_compared_and_not_their_spellings(address: object) -> None:
    """Every spelling of an address is the same address."""
    assert dns.normalize_address(str(address).upper()) == dns.normalize_address(str(address))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """Any text is an address, or is refused."""
    try:
        socket.inet_pton(
            socket.AF_INET6 if ":" in text else socket.AF_INET, dns.normalize_address(text)
        )
    except ValueError:
        pass
