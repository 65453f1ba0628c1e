"""The deadline is met whatever hangs, and the summary says what hung (docs/design.md, When to try again; Results of an attempt)."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

import pytest

from tests.netns.namespaces import PEER, Namespace, Untilup, at
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.netns


@contextlib.contextmanager
def silent_resolver(here: Namespace, peer: Namespace) -> Iterator[str]:
    """Yield a target whose DNS server's address drops everything."""
    here.use_dns_server(PEER, "options timeout:30 attempts:5")
    peer.run("iptables", "-w", "-A", "INPUT", "-p", "udp", "-j", "DROP")
    yield at("db.example")


@contextlib.contextmanager
def dropped_packets(_here: Namespace, peer: Namespace) -> Iterator[str]:
    """Yield a target that drops everything."""
    peer.firewall("-j", "DROP")
    yield at(PEER)


@contextlib.contextmanager
def full_queue(_here: Namespace, peer: Namespace) -> Iterator[str]:
    """Yield a target that listens, and does not accept what waits there already."""
    with peer.full(PEER):
        yield at(PEER)


@contextlib.contextmanager
def no_listener(_here: Namespace, _peer: Namespace) -> Iterator[str]:
    """Yield a target that refuses."""
    yield at(PEER)


# Seconds that a resolver hangs for if it is not answered: the longest of resolv.conf(5), five tries of
# 30 s. An attempt may last longer.
HANGS = 150
LONG_ATTEMPT = ("--attempt-timeout", "200s")
# What is done to untilup, and the reason and the words by which its summary tells of that.
TROUBLES = {
    "unresponsive DNS server": (
        silent_resolver,
        "resolver-unavailable",
        "resolving: the DNS server has not answered for ",
    ),
    "dropped packets": (dropped_packets, "no-answer", "no answer in "),
    "full queue": (full_queue, "no-answer", "no answer in "),
    "no listener": (no_listener, "refused", "connection refused"),
}


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        ("unresponsive DNS server", 2),
        ("dropped packets", 1),
        ("full queue", 1),
        ("no listener", 1),
    ],
)
def test_the_deadline_is_met(
    untilup: Untilup, wired: tuple[Namespace, Namespace], trouble: str, seconds: int
) -> None:
    """By untilup's own clock the wait ends long before what hangs, and the summary says what hung."""
    set_up, reason, words = TROUBLES[trouble]
    with set_up(*wired) as target:
        head, seen, *_ = untilup.time_out("-t", str(seconds), *LONG_ATTEMPT, target)
    assert seconds <= head.elapsed_s < HANGS / 2
    assert (seen.target, seen.reason) == (f"tcp://{target}", reason)
    assert words in seen.detail


@pytest.fixture
def unread() -> Iterator[int]:
    """Return the writing end of a pipe that is full and has no reader."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 1024)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x")
    os.set_blocking(writer, True)
    yield writer
    os.close(writer)
    os.close(reader)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_deadline_is_met_without_a_reader(
    untilup: Untilup, wired: tuple[Namespace, Namespace], unread: int, trouble: str
) -> None:
    """A stderr that takes nothing more holds nothing up."""
    set_up, *_ = TROUBLES[trouble]
    with set_up(*wired) as target:
        began = time.monotonic()
        waiting = untilup.start("-v", "-t", "1s", *LONG_ATTEMPT, target, stderr=unread)
        assert waiting.wait(timeout=PATIENCE) == 124
    assert 1 <= time.monotonic() - began < HANGS / 2
