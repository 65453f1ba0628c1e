"""Answers of LDAP servers to an anonymous bind, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.ldap import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.protocols.ldap import BIND, MAX_ANSWER, UNBIND
from untilup.targets.target import Target

TARGET = Target("ldap", "directory", 389)


def result(code: int, text: bytes = b"", tag: int = 0x61) -> bytes:
    """Return a message with the result *code* and a *text*, in short lengths."""
    body = bytes([0x0A, 1, code, 4, 0, 4, len(text)]) + text
    operation = bytes([tag, len(body)]) + body
    return bytes([0x30, 3 + len(operation), 2, 1, 1]) + operation


# As Active Directory says it, in long lengths (RFC 4511 section 5.1 allows both).
LONG = bytes.fromhex("30 84 00000010 02 01 01 61 84 00000007 0a 01 00 04 00 04 00")
SERVES = [result(0), LONG, result(48, b"anonymous bind disallowed"), result(49), result(50)]
SERVES += [result(8), result(13, b"TLS required"), result(53), result(0) + result(0)]
NOT_READY = [
    (result(51), "not-serving", "it is busy (result 51)"),
    (result(52, b"closing"), "not-serving", "shutting down (result 52): closing"),
    (result(52, tag=0x78), "not-serving", "is unavailable"),
    (result(0, tag=0x78), "server-error", "(result 80)"),
    (result(80, b"no\x07luck"), "server-error", "(result 80): no"),
    (result(1), "server-error", "(result 1)"),
    (result(2, b"version"), "server-error", "(result 2): version"),
]
OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (b"220 mail ESMTP\r\n", "220 mail ESMTP"),
    (b"SSH-2.0-OpenSSH_10.0\r\n", "SSH-2.0-OpenSSH_10.0"),
    (b"\x15\x03\x03\0\x02\x02\x46", "this is TLS"),
    (b"0\x80\2\1\1", "0"),
    (b"0\x85\0\0\0\0\1x", "0"),
    (b"0\3\2\1\1", "0"),
    (b"0\5\2\1\1\x64\0", "0"),
    (b"0\5\2\1\1\x61\0", "0"),
    (b"0\7\2\1\1\x61\2\x0a\0", "0"),
    (b"0\7\2\1\1\x61\2\x0a\5", "0"),
    (b"0\0", "0"),
    (b"0\x0e\2\1\1\x61\x09\x0a\5\0\0\0\0\0\4\0\4\0", "0"),
]
# See test_any_bytes.py.
ANSWERS = [*SERVES, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(TARGET, stream), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """A server is up if it accepts the bind, or refuses it because of the client."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_does_not_serve(received: bytes, reason: str, words: str) -> None:
    """A server that is busy, unavailable or broken is not up, and its text is shown."""
    assert_failed(outcome(received), reason, words)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """What is no answer of LDAP is not up, and is shown as far as it is text."""
    assert_failed(outcome(received), "not-ldap", f"not as LDAP: {words}")


def test_an_answer_without_an_end() -> None:
    """An answer that is longer than any, or cut off, is none."""
    length = (MAX_ANSWER + 1).to_bytes(4, "big")
    assert_failed(outcome(b"0\x84" + length), "too-long")
    assert_failed(outcome(result(0)[:8]), "closed", evidence=ALIVE)
    assert_failed(outcome(), "closed", evidence=DOWN)


def test_what_is_sent() -> None:
    """The bind has no name and no password, and the server is left by an unbind."""
    stream = ScriptedStream(result(0))
    ask(parse_target("ldap://joe:geheim@directory/dc=x??sub?(uid=joe)", 0.0, {}), stream)
    assert stream.sent == BIND + UNBIND


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("ldap://directory", "ldap://directory:389"),
        ("ldap://directory/dc=example,dc=org", "ldap://directory:389/..."),
        ("ldap://directory:1389/dc=example,dc=org??sub?(cn=x)", "ldap://directory:1389/..."),
        ("ldap://cn=admin,dc=x:geheim@directory", "ldap://directory:389"),
        ("ldaps://directory/dc=x#insecure", "ldaps://directory:636/..."),
    ],
)
def test_its_targets(word: str, shown: str) -> None:
    """A URL of RFC 4516 is one target, whatever commas its names have."""
    assert str(parse_target(word, 0.0, {})) == shown
