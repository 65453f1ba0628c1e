"""What a memcached answers when it is asked for its version, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.fake_stream import assert_failed, failure_of
from untilup.errors import DOWN, NeverReady, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.memcached import MAX_LINE, is_serving, serves_binary
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
OTHER_PROTOCOLS = [
    (is_serving, b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as memcached: HTTP/1.1 400 Bad Request"),
    (is_serving, b"-ERR unknown command 'version'\r\n", "not as memcached: -ERR unknown command"),
    (is_serving, b"VERSIONS\r\n", "not as memcached: VERSIONS"),
    (serves_binary, b"ERROR\r\n", "not as memcached: ERROR"),
    (serves_binary, b"\x81\x0a", "not as memcached"),
]

# See test_any_bytes.py.
ANSWERS = (
    [row[1] for row in SERVES] + [row[1] for row in NOT_READY] + [row[1] for row in OTHER_PROTOCOLS]
)


def outcome(judge: Judge, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: read_until(TARGET, stream, "memcached", judge), *pieces)


@pytest.mark.parametrize(("judge", "received"), SERVES)
def test_a_server_that_serves(judge: Judge, received: bytes) -> None:
    """A version is ready, and so is a request for authentication."""
    assert outcome(judge, received) is None


@pytest.mark.parametrize(("judge", "received", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve(
    judge: Judge, received: bytes, reason: str, words: str
) -> None:
    """An error may end, and is shown."""
    assert_failed(outcome(judge, received), reason, words)


@pytest.mark.parametrize(("judge", "received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(judge: Judge, received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown."""
    assert_failed(outcome(judge, received), "not-memcached", words)


@pytest.mark.parametrize("judge", [is_serving, serves_binary])
def test_a_close_without_an_answer(judge: Judge) -> None:
    """A close without an answer may be a proxy's."""
    assert_failed(outcome(judge), "closed", evidence=DOWN)


@pytest.mark.parametrize(
    "received", [b"VERSION ", b"CLIENT_ERROR unauthenticated", b"SERVER_ERROR "]
)
def test_a_line_that_never_ends(received: bytes) -> None:
    """A line that does not end within its limit is not an answer, whatever it begins with."""
    assert_failed(outcome(is_serving, received, b"x" * MAX_LINE), "too-long")


@pytest.mark.parametrize("status", [0, 0x20, 0x86])
def test_a_response_that_is_cut(status: int) -> None:
    """A response of the binary protocol is complete with the last byte that its header counts."""
    assert_failed(outcome(serves_binary, response(status)[:-1]), "closed")
    failure = outcome(serves_binary, response(status, bytes(MAX_LINE + 1)))
    assert failure
    assert failure.reason == "not-memcached"
