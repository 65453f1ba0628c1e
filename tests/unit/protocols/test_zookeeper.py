"""Answers to ZooKeeper's srvr, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.zookeeper import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.zookeeper import MAX_ANSWER
from untilup.targets.target import Target

TARGET = Target("zookeeper", "zk", 2181)
# As ZooKeeper 3.9.3 says it.
STATE = b"""\
Zookeeper version: 3.9.3-1, built on 2025-03-10 10:29 UTC
Latency min/avg/max: 0/0.0/0
Received: 1
Sent: 0
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: standalone
Node count: 5
"""
SERVES = [
    STATE,
    *(STATE.replace(b"standalone", mode) for mode in (b"leader", b"follower", b"observer")),
    STATE.replace(b"Zookeeper version: 3.9.3-1", b"ClickHouse Keeper version: v25.3.2.39"),
    STATE.partition(b"Node")[0],
]
NO_QUORUM = b"This ZooKeeper instance is not currently serving requests\n"
NOT_READY = [
    (NO_QUORUM, "not-serving", "has no quorum"),
    (NO_QUORUM.replace(b"ZooKeeper ", b""), "not-serving", "has no quorum"),
    (STATE.replace(b"standalone", b"read-only"), "not-serving", "its mode is read-only"),
    (STATE.replace(b"standalone", b""), "not-serving", "its mode is not given"),
]
NOT_ALLOWED = b"srvr is not executed because it is not in the whitelist.\n"
OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (b"-ERR unknown command 'srvr', with args beginning with: \r\n", "-ERR unknown command"),
    (b"220 mail ESMTP\r\n", "220 mail ESMTP"),
    (b"ERROR\r\n", "ERROR"),
]
# See test_any_bytes.py.
ANSWERS = [*SERVES, NOT_ALLOWED, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(TARGET, stream), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """A server is up alone, or as any member of an ensemble with a quorum."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve(received: bytes, reason: str, words: str) -> None:
    """A server that listens without a quorum is not up, nor is one that serves only readers."""
    assert_failed(outcome(received), reason, words)


def test_a_server_that_may_not_tell() -> None:
    """A server that does not allow srvr can never be up, and the hint says how to allow it."""
    failure = outcome(NOT_ALLOWED)
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("not-allowed", ALIVE)
    assert "4lw.commands.whitelist" in failure.hint


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not up, and its first line is shown."""
    assert_failed(outcome(received), "not-zookeeper", f"not as ZooKeeper: {words}")


def test_an_answer_without_an_end() -> None:
    """An answer without a mode is none, if it ends or if it does not."""
    assert_failed(outcome(STATE[:30], b"x" * MAX_ANSWER), "too-long")
    assert_failed(outcome(STATE.partition(b"Mode")[0]), "closed")
    assert_failed(outcome(), "closed", evidence=DOWN)


def test_the_mode_is_shown() -> None:
    """--verbose shows the mode."""
    stream = ScriptedStream(STATE)
    ask(TARGET, stream)
    assert stream.attempt.output == ["the server's mode is standalone"]
    assert stream.sent == b"srvr\n"


def test_its_targets() -> None:
    """An ensemble is one target, with the path of the client; options of TLS need 'tls'."""
    target = parse_target("zookeeper://joe:geheim@a,b:2182/solr", 0.0, {})
    assert str(target) == "zookeeper://a:2181,b:2182/solr"
    with pytest.raises(UsageError, match="add 'tls'"):
        parse_target("zookeeper://a#insecure", 0.0, {})
