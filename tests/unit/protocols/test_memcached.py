"""What a memcached answers when it is asked for its version, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.fake_stream import Scripted
from untilup.errors import ALIVE, DOWN, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.memcached import LONGEST_LINE, is_serving, serves_binary
from untilup.targets.target import Target

TARGET = Target("memcached", "server", 11211)


def response(status: int, body: bytes = b"1.6.38") -> bytes:
    """Return a response to Version in the binary protocol."""
    head = b"\x81\x0b\0\0\0\0" + status.to_bytes(2, "big") + len(body).to_bytes(4, "big")
    return head.ljust(24, b"\0") + body


Judge = Callable[[bytes], bool]
# As memcached 1.6.38 says it.
SERVES = [
    (is_serving, b"VERSION 1.6.38\r\n"),
    (is_serving, b"CLIENT_ERROR unauthenticated\r\n"),
    (serves_binary, response(0)),
    (serves_binary, response(0x20, b"Auth failure.")),
]
NOT_READY = [
    (is_serving, b"ERROR Too many open connections\r\n", "too-many-clients", "connection limit is reached"),
    (is_serving, b"SERVER_ERROR out of memory\r\n", "server-error", "SERVER_ERROR out of memory"),
    (is_serving, b"ERROR\r\n", "server-error", "with an error: ERROR"),
    (is_serving, b"CLIENT_ERROR bad\r\n", "server-error", "CLIENT_ERROR bad"),
    (serves_binary, response(0x86), "server-error", "status 0x0086"),
]  # fmt: skip
FOREIGN = [
    (is_serving, b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as memcached: HTTP/1.1 400 Bad Request"),
    (is_serving, b"-ERR unknown command 'version'\r\n", "not as memcached: -ERR unknown command"),
    (is_serving, b"VERSIONS\r\n", "not as memcached: VERSIONS"),
    (serves_binary, b"ERROR\r\n", "not as memcached: ERROR"),
    (serves_binary, b"\x81\x0a", "not as memcached"),
]

# See test_any_bytes.py.
SAYINGS = [row[1] for row in SERVES] + [row[1] for row in NOT_READY] + [row[1] for row in FOREIGN]


def outcome(judge: Judge, *pieces: bytes) -> NotReady | None:
    """Return what is made of an answer in *pieces*; None is ready."""
    try:
        read_until(TARGET, Scripted(*pieces), "memcached", judge)
    except NotReady as failure:
        return failure
    return None


@pytest.mark.parametrize(("judge", "said"), SERVES)
def test_a_server_that_serves(judge: Judge, said: bytes) -> None:
    """A version is ready, and so is the demand to log in first."""
    assert outcome(judge, said) is None


@pytest.mark.parametrize(("judge", "said", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve(judge: Judge, said: bytes, reason: str, words: str) -> None:
    """An error may become another answer, and is told."""
    failure = outcome(judge, said)
    assert failure
    assert (failure.reason, failure.evidence, failure.cheap) == (reason, ALIVE, False)
    assert words in failure.detail


@pytest.mark.parametrize(("judge", "said", "words"), FOREIGN)
def test_another_protocol_is_named(judge: Judge, said: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown."""
    failure = outcome(judge, said)
    assert failure
    assert (failure.reason, failure.evidence) == ("not-memcached", ALIVE)
    assert words in failure.detail


@pytest.mark.parametrize("judge", [is_serving, serves_binary])
def test_a_close_without_an_answer(judge: Judge) -> None:
    """Who closes without a word may be nobody."""
    failure = outcome(judge)
    assert failure
    assert (failure.reason, failure.evidence) == ("closed", DOWN)


@pytest.mark.parametrize("said", [b"VERSION ", b"CLIENT_ERROR unauthenticated", b"SERVER_ERROR "])
def test_a_line_that_never_ends(said: bytes) -> None:
    """A line without an end within its bound is no answer, whatever it begins with."""
    failure = outcome(is_serving, said, b"x" * LONGEST_LINE)
    assert failure
    assert (failure.reason, failure.evidence) == ("too-long", ALIVE)


@pytest.mark.parametrize("status", [0, 0x20, 0x86])
def test_a_response_that_is_cut(status: int) -> None:
    """A response of the binary protocol is complete with the last byte that its header counts."""
    failure = outcome(serves_binary, response(status)[:-1])
    assert failure
    assert (failure.reason, failure.evidence) == ("closed", ALIVE)
    failure = outcome(serves_binary, response(status, bytes(LONGEST_LINE + 1)))
    assert failure
    assert failure.reason == "not-memcached"
