"""A server of another protocol is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.errors import ALIVE
from untilup.net.wrong_protocol import wrong_protocol
from untilup.targets.target import Target

PLAIN = Target("redis", "db", 6379)
WITH_A_USER = Target("redis", "db", 6379, user="joe:ge%2Fheim")


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "Redis: HTTP/1.1 400 Bad Request"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "Redis: SSH-2.0-OpenSSH_9.2p1"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "Redis: this is TLS"),
        (b"AMQP\x00\x00\x09\x01", "Redis: this is AMQP"),
        (b"\x4a\x00\x00\x00\x0a11.8.3-MariaDB\x00\x05", "this is MySQL or MariaDB 11.8.3-MariaDB"),
        (b"\x4a\x00\x00\x01\x0a11.8.3", "J\\x00\\x00\\x01"),
        (b"\r\n-ERR unknown command\r\n", "Redis: -ERR unknown command"),
        (b"\x00\x1b[2J\xff", "\\x00\\x1b[2J\ufffd"),
        (b"x" * 500, "xxx..."),
        (b"\r\n", "nothing that can be shown"),
        (b"", "nothing that can be shown"),
    ],
)
def test_what_it_speaks(received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its protocol is named, or its first line shown."""
    failure = wrong_protocol(PLAIN, received, "Redis")
    assert (failure.reason, failure.cheap, failure.evidence) == ("not-redis", False, ALIVE)
    assert words in failure.detail
    assert failure.detail.isprintable()
    assert len(failure.detail) < 200


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [("PostgreSQL", "not-postgres"), ("MySQL or MariaDB", "not-mysql"), ("NATS", "not-nats")],
)
def test_the_stable_word(protocol: str, reason: str) -> None:
    """The reason code has the short name of the protocol that was asked for."""
    failure = wrong_protocol(PLAIN, b"220 mail", protocol)
    assert (failure.reason, failure.detail) == (
        reason,
        f"answered, but not as {protocol}: 220 mail",
    )


@pytest.mark.parametrize(
    "received", [b"-ERR joe?", b"-ERR ge/heim", b"-ERR ge%2Fheim", b"HTTP joe:x"]
)
def test_an_echo_shows_no_secret(received: bytes) -> None:
    """A server that repeats the user or the password, as it is or decoded, is not quoted."""
    failure = wrong_protocol(WITH_A_USER, received, "Redis")
    assert "not shown" in failure.detail
    assert "heim" not in failure.detail
    assert wrong_protocol(PLAIN, received, "Redis").detail.endswith(received.decode())


@given(st.binary())
def test_any_bytes(received: bytes) -> None:
    """Whatever it says, it is named in a line."""
    failure = wrong_protocol(WITH_A_USER, received, "Redis")
    assert failure.detail.isprintable()
    assert len(failure.detail) < 200
