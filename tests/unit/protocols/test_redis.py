"""What a server of the Redis protocol answers to a PING, byte for byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import Scripted
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.redis import LONGEST_LINE, is_serving
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
    (b"-LOADING Redis is loading the dataset in memory\r\n", "not-serving", "it loads its data"),
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
        "takes no writes",
    ),
    (b"-ERR max number of clients reached\r\n", "too-many-clients", "connection limit is reached"),
    (b"-ERR max number of clients + cluster connections reached\r\n", "too-many-clients", "connection limit"),
    (b"-CLUSTERDOWN The cluster is down\r\n", "server-error", "CLUSTERDOWN The cluster is down"),
    (b"-\r\n", "server-error", "with an error: -"),
]  # fmt: skip

DENIED = b"-DENIED Redis is running in protected mode because " + b"x" * 900 + b"\r\n"

FOREIGN = [
    (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"),
    (b"+OK POP3 ready\r\n", "+OK POP3 ready"),
    (b"ERROR\r\nERROR\r\n", "ERROR"),
    (b"J\0\0\0\x0a8.0.2\0", "this is MySQL or MariaDB 8.0.2"),
    (b"$4\r\nPONG\r\n", "$4"),
    (b"\n", "(nothing that can be shown)"),
]

# See test_any_bytes.py.
SAYINGS = [*SERVES, DENIED, *(row[0] for row in NOT_READY + FOREIGN)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return what is made of an answer in *pieces*; None is ready."""
    try:
        read_until(TARGET, Scripted(*pieces), "Redis", is_serving)
    except (NotReady, NeverReady) as failure:
        return failure
    return None


@pytest.mark.parametrize("said", SERVES)
def test_a_server_that_serves(said: bytes) -> None:
    """PONG is ready, and so is a refusal of who has not logged in: others are served."""
    assert outcome(said) is None


@pytest.mark.parametrize(("said", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve_yet(said: bytes, reason: str, words: str) -> None:
    """Any other error may become another answer, and is told with what it means."""
    failure = outcome(said)
    assert isinstance(failure, NotReady)
    assert (failure.reason, failure.evidence, failure.cheap) == (reason, ALIVE, False)
    assert words in failure.detail
    assert failure.hint


def test_protected_mode() -> None:
    """Whom a server's configuration keeps out is let in by nobody but a person."""
    failure = outcome(DENIED)
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("host-refused", ALIVE)


@pytest.mark.parametrize(("said", "words"), FOREIGN)
def test_another_protocol_is_named(said: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown, escaped and cut."""
    failure = outcome(said)
    assert isinstance(failure, NotReady)
    assert (failure.reason, failure.evidence) == ("not-redis", ALIVE)
    assert f"answered, but not as Redis: {words}" in failure.detail
    assert failure.detail.isprintable()
    assert len(failure.detail) < 200


@pytest.mark.parametrize("said", [b"+", b"+PONG", b"-NOAUTH ", b"-LOADING ", b"-DENIED "])
def test_a_line_that_never_ends(said: bytes) -> None:
    """A line without an end within its bound is no answer, whatever it begins with."""
    failure = outcome(said, b"x" * LONGEST_LINE)
    assert isinstance(failure, NotReady)
    assert (failure.reason, failure.evidence) == ("too-long", ALIVE)


def test_a_close_without_an_answer() -> None:
    """Who closes without a word may be nobody; who closes in the middle of one is there."""
    for pieces, says in (((), DOWN), ((b"+PON",), ALIVE)):
        failure = outcome(*pieces)
        assert isinstance(failure, NotReady)
        assert (failure.reason, failure.evidence) == ("closed", says)


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
