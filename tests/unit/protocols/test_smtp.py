"""The greeting of a mail server, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup import checks
from untilup.checks.smtp import ask
from untilup.cli.targets import parse_target
from untilup.errors import DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.smtp import MAX_GREETING, QUIT
from untilup.targets.target import Target

TARGET = Target("smtp", "mail", 25)
SERVES = [
    b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n",
    b"220-mail.example ESMTP\r\n220-no spam\r\n220 ready\r\n",
    b"220\r\n",
    b"220 mail.example\n",
]
NOT_READY = [
    (b"421 4.3.2 Service not available\r\n", "not-serving", "421 4.3.2 Service not available"),
    (b"421-busy\r\n421 later\r\n", "not-serving", "421-busy"),
    (b"554 no mail here\r\n", "server-error", "554 no mail here"),
    (b"450 greylisted\r\n", "server-error", "450 greylisted"),
]
OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    (b"SSH-2.0-OpenSSH_10.0\r\n", "SSH-2.0-OpenSSH_10.0"),
    (b"120 in five minutes\r\n", "120 in five minutes"),
    (b"2200 mail\r\n", "2200 mail"),
    (b"22\r\n", "22"),
    (b"220-mail\r\n250 ready\r\n", "220-mail"),
    (b"* OK ready\r\n", "* OK ready"),
    (b"J\0\0\0\x0a8.0.2\0", "this is MySQL or MariaDB 8.0.2"),
]
# See test_any_bytes.py.
ANSWERS = [*SERVES, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for a greeting in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(TARGET, stream), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """A greeting has one or more lines with 220."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_refuses(received: bytes, reason: str, words: str) -> None:
    """A server that refuses, for now or for good, is not up."""
    assert_failed(outcome(received), reason, words)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not up, and its first line is shown."""
    assert_failed(outcome(received), "not-smtp", f"not as SMTP: {words}")


def test_a_greeting_without_an_end() -> None:
    """A greeting without a last line is none, if it ends or if it does not."""
    assert_failed(outcome(b"220-", b"x" * MAX_GREETING), "too-long")
    assert_failed(outcome(b"220-x\r\n" * (MAX_GREETING // 6)), "too-long")
    assert_failed(outcome(b"220-mail\r\n"), "closed")
    assert_failed(outcome(), "closed", evidence=DOWN)


def test_the_server_is_left_politely() -> None:
    """QUIT follows the greeting, and nothing else is sent."""
    stream = ScriptedStream(SERVES[0])
    ask(TARGET, stream)
    assert stream.sent == QUIT


@pytest.mark.parametrize(
    ("word", "shown", "encrypted"),
    [
        ("smtp://joe:geheim@mail", "smtp://mail:25", False),
        ("smtp://mail:587", "smtp://mail:587", False),
        ("smtp://mail:465", "smtp://mail:465", True),
        ("smtps://joe:geheim@mail", "smtps://mail:465", True),
        ("smtps://mail:1025", "smtps://mail:1025", True),
        ("smtps://mail:587", "smtps://mail:587", False),
        ("submissions://mail", "smtps://mail:465", True),
        ("submission://mail", "smtp://mail:587", False),
    ],
)
def test_where_tls_begins(word: str, shown: str, *, encrypted: bool) -> None:
    """TLS begins at once with smtps, and never on port 587 or always on 465, as mailers have it."""
    target = parse_target(word, 0.0, {})
    syntax = checks.syntax_of(target.scheme)
    assert syntax
    assert (str(target), syntax.encrypted(target)) == (shown, encrypted)


@pytest.mark.parametrize("query", ["verify_peer=0", "skip_ssl_verify=true"])
def test_options_of_mailers(query: str) -> None:
    """What a mailer has in its query to skip the verification is read."""
    assert parse_target(f"smtps://mail/?{query}", 0.0, {}).options == {"insecure": True}


def test_an_option_without_tls() -> None:
    """On port 587 an option of TLS is a usage error."""
    with pytest.raises(UsageError, match="another port than 587"):
        parse_target("smtps://mail:587#insecure", 0.0, {})
