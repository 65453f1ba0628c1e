"""The identification of an SSH server, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.ssh import ask
from untilup.cli.targets import parse_target
from untilup.errors import DOWN, NeverReady, NotReady
from untilup.protocols.ssh import MAX_RECEIVED
from untilup.targets.target import Target

TARGET = Target("ssh", "bastion", 22)
SERVES = [
    b"SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n",
    b"SSH-1.99-Cisco-1.25\n",
    b"Authorized users only.\r\n\r\nSSH-2.0-x\r\n",
    b"SSH-2.0-dropbear\r\n\0\0\x01\x0c",
]
NOT_READY = [
    (b"Not allowed at this time\r\n", "host-blocked", "PerSourcePenalties"),
    (b"Exceeded MaxStartups\r\n", "too-many-clients", "MaxStartups"),
    (b"SSH-1.5-old\r\n", "server-error", "version 2 of SSH: SSH-1.5-old"),
    (b"SSH-2\r\n", "server-error", "version 2 of SSH: SSH-2"),
]
OTHER_PROTOCOLS = [
    (b"220 mail ESMTP\r\n", "220 mail ESMTP"),
    (b"* OK ready\r\n", "* OK ready"),
    (b"-ERR Authorization Violation\r\n", "-ERR Authorization Violation"),
    (b'INFO {"server_id":"x"} \r\n', 'INFO {"server_id":"x"}'),
    (b"HTTP/1.1 408 Request Timeout\r\n\r\n", "HTTP/1.1 408 Request Timeout"),
    (b"J\0\0\0\x0a8.0.2\0", "this is MySQL or MariaDB 8.0.2"),
    (b"a text without an end", "a text without an end"),
    (b"a banner\r\nand no more\r\n", "a banner"),
]
# See test_any_bytes.py.
ANSWERS = [*SERVES, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an identification in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(TARGET, stream), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """A server of SSH 2 is up; lines of text may precede what it says."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_refuses(received: bytes, reason: str, words: str) -> None:
    """A server that has enough of this host, or of clients, is not up."""
    assert_failed(outcome(received), reason, words)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not up, and its first line is shown."""
    assert_failed(outcome(received), "not-ssh", f"not as SSH: {words}")


def test_an_identification_without_an_end() -> None:
    """Text without an identification is no answer, and neither is a close."""
    assert_failed(outcome(b"SSH-", b"x" * MAX_RECEIVED), "too-long")
    assert_failed(outcome(b"text\r\n" * (MAX_RECEIVED // 6 + 1)), "too-long")
    assert_failed(outcome(), "closed", evidence=DOWN)


def test_nothing_is_sent() -> None:
    """The server hears nothing; --verbose shows how it identifies itself."""
    stream = ScriptedStream(SERVES[0])
    ask(TARGET, stream)
    assert stream.sent == b""
    assert stream.attempt.output == ["the server is SSH-2.0-OpenSSH_10.0p2 Debian-7"]


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("ssh://bastion", "ssh://bastion:22"),
        ("ssh://git@git.example:2222/app.git", "ssh://git.example:2222/app.git"),
        ("sftp://joe:geheim@files/in", "ssh://files:22/in"),
    ],
)
def test_its_targets(word: str, shown: str) -> None:
    """URLs of Git and of SFTP are targets, and their users are not shown."""
    assert str(parse_target(word, 0.0, {})) == shown
