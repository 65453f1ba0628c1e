"""Answers to Redis's PING, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import assert_failed, failure_of
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.redis import MAX_LINE, is_serving
from untilup.targets.target import Target

TARGET = Target("redis", "server", 6379)
# As Redis 8.0.2 says it, but for the last two: those of Redis 2.4, and of a renamed PING.
SERVES = [
    b"+PONG\r\n",
    b"-NOAUTH Authentication required.\r\n",
    b"-NOPERM User default has no permissions to run the 'ping' command\r\n",
    b"-ERR operation not permitted\r\n",
    b"-ERR unknown command 'PING', with args beginning with: \r\n",
]

NOT_READY = [
    (b"-LOADING Redis is loading the dataset in memory\r\n", "not-serving", "it is loading its data"),
    (
        b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        "master-down",
        "lost its master",
    ),
    (
        b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
        "busy",
        "a script or function",
    ),
    (
        b"-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.\r\n",
        "cannot-save",
        "accepts no writes",
    ),
    (b"-ERR max number of clients reached\r\n", "too-many-clients", "connection limit is reached"),
    (b"-ERR max number of clients + cluster connections reached\r\n", "too-many-clients", "connection limit"),
    (b"-CLUSTERDOWN The cluster is down\r\n", "server-error", "CLUSTERDOWN The cluster is down"),
    (b"-\r\n", "server-error", "with an error: -"),
]  # fmt: skip

DENIED = b"-DENIED Redis is running in protected mode because " + b"x" * 900 + b"\r\n"

OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"),
    (b"+OK POP3 ready\r\n", "+OK POP3 ready"),
    (b"ERROR\r\nERROR\r\n", "ERROR"),
    (b"J\0\0\0\x0a8.0.2\0", "this is MySQL or MariaDB 8.0.2"),
    (b"$4\r\nPONG\r\n", "$4"),
    (b"\n", "(nothing that can be shown)"),
]

# See test_any_bytes.py.
ANSWERS = [*SERVES, DENIED, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: read_until(TARGET, stream, "Redis", is_serving), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """PONG is ready, and so is an authentication error: the server serves clients with a password."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve_yet(received: bytes, reason: str, words: str) -> None:
    """Any other error may end, and the failure says what it means."""
    assert_failed(outcome(received), reason, words)


def test_protected_mode() -> None:
    """A server in protected mode can never be up: only an administrator can change that."""
    failure = outcome(DENIED)
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("host-refused", ALIVE)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown, escaped and cut."""
    assert_failed(outcome(received), "not-redis", f"answered, but not as Redis: {words}")


@pytest.mark.parametrize("received", [b"+", b"+PONG", b"-NOAUTH ", b"-LOADING ", b"-DENIED "])
def test_a_line_that_never_ends(received: bytes) -> None:
    """A line that does not end within its limit is not an answer, whatever it begins with."""
    assert_failed(outcome(received, b"x" * MAX_LINE), "too-long")


def test_a_close_without_an_answer() -> None:
    """A close without an answer may be a proxy's; a close within an answer is a server's."""
    for pieces, says in (((), DOWN), ((b"+PON",), ALIVE)):
        assert_failed(outcome(*pieces), "closed", evidence=says)


@pytest.mark.parametrize(
    ("word", "port", "shown"),
    [
        ("redis://cache", 6379, "redis://cache:6379"),
        ("redis://joe:geheim@cache/0?x=geheim", 6379, "redis://cache:6379/0"),
        ("redis://:geheim@cache:6380/1", 6380, "redis://cache:6380/1"),
        ("valkey://joe:geheim@cache", 6379, "valkey://cache:6379"),
        ("rediss://joe:geheim@cache/0#insecure", 6379, "rediss://cache:6379/0"),
        ("valkeys://joe:geheim@cache/0#insecure", 6379, "valkeys://cache:6379/0"),
        ("redis://joe:g#h/e?i@cache/0", 6379, "redis://cache:6379/0"),
        ("redis://joe:geheim@one,two:6380/0", 6379, "redis://one:6379,two:6380/0"),
    ],
)
def test_its_targets(word: str, port: int, shown: str) -> None:
    """A URL as applications have it is a target, and shows neither user nor password."""
    target = parse_target(word, 0.005, {})
    assert target.port == port
    assert str(target) == shown
