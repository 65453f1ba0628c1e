"""MySQL's and MariaDB's greetings, refused logins, and what they mean."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.mysql import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.mysql import MAX_PACKET, handshake_response


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def error(number: int, code: int, text: str = "as it says", state: str = "#HY000") -> bytes:
    return packet(number, b"\xff" + code.to_bytes(2, "little") + f"{state}{text}".encode())


# As MariaDB 11.8 and MySQL 8.4 send it: the version, a thread, half of the scramble, capabilities.
GREETING = packet(0, b"\x0a11.8.6-MariaDB\0" + bytes(4) + b"scramble\0" + b"\xfe\xf7" + bytes(30))
GREETING_9 = packet(0, b"\x093.20.32\0" + bytes(4) + b"scramble\0")
DENIED = error(2, 1045, "Access denied for user 'untilup'@'10.0.0.1' (using password: NO)")
LOGIN = packet(1, handshake_response("untilup"))
NATIVE = packet(2, b"\xfemysql_native_password\0scramblescramblescra\0")
SHA2 = packet(2, b"\xfecaching_sha2_password\0scramblescramblescra\0")


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(
        lambda stream: ask(parse_target("mysql://joe:geheim@db/app", 0.0, {}), stream), *pieces
    )


READY = [
    (GREETING + DENIED, LOGIN),
    (GREETING + error(2, 1045, state=""), LOGIN),
    (GREETING + error(2, 3159, "secure transport is required"), LOGIN),
    (GREETING + error(2, 1251), LOGIN),
    (GREETING + packet(2, b"\0\0\0\2\0\0\0"), LOGIN + packet(0, b"\1")),
    (GREETING + NATIVE + error(4, 1045), LOGIN + packet(3, b"")),
    (GREETING + SHA2 + error(4, 1045), LOGIN + packet(3, b"\0")),
    (GREETING + SHA2 + packet(4, b"\1\4") + error(6, 1045), LOGIN + packet(3, b"\0") + packet(5, b"\0")),
    (GREETING + packet(2, b"\xfe") + error(4, 1045), LOGIN + packet(3, b"\0")),
    (GREETING_9, b""),
]  # fmt: skip


@pytest.mark.parametrize(("received", "asked"), READY, ids=range(len(READY)))
def test_ready(received: bytes, asked: bytes) -> None:
    """A server that sends its greeting and refuses the login is up. It is not sent the target's user."""
    for at in range(0, len(received), 3):
        stream = ScriptedStream(received[:at], received[at:])
        target = parse_target("mysql://joe:geheim@db/app", 0.0, {})
        ask(target, stream)
        assert stream.sent == asked
        assert stream.attempt.output[0].startswith("the server is ")


NOT_READY = [
    (error(0, 1040, "Too many connections"), "too-many-clients", "Too many connections (1040)"),
    (error(0, 1040, "Too many connections", ""), "too-many-clients", "Too many connections (1040)"),
    (error(3, 1040), "too-many-clients", "1040"),
    (error(0, 1129, "Host '10.0.0.1' is blocked"), "host-blocked", "ended early: Host '10.0.0.1'"),
    (error(0, 1130, "Host is not allowed"), "host-refused", "has no user for this host"),
    (error(0, 1053), "not-serving", "is shutting down"),
    (error(0, 9999), "server-error", "rejects every connection: as it says (9999)"),
    (error(0, 1045, "\x1b\x00" + "x" * 500), "server-error", "\\x1b\\x00xxx"),
    (GREETING + error(2, 1053), "not-serving", "is shutting down"),
    (GREETING + error(2, 1203), "too-many-clients", "for this user"),
    (
        GREETING + error(2, 2003, "Can't connect"),
        "server-error",
        "the server is a proxy that does not reach its backend: Can't connect (2003)",
    ),
    (
        GREETING + error(2, 2013),
        "server-error",
        "the server is a proxy that does not reach its backend",
    ),
    (
        error(0, 2003, "Can't connect"),
        "server-error",
        "the server is a proxy that does not reach its backend",
    ),
    (b"", "closed", "without an answer"),
    (GREETING[:20], "closed", "before its answer was complete"),
    (GREETING, "closed", "before its answer was complete"),
]


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY, ids=range(len(NOT_READY)))
def test_not_ready(received: bytes, reason: str, words: str) -> None:
    """A server that is full, blocks this host, does not know it, or shuts down may serve later."""
    for pieces in ([received], [received[:4], received[4:]], [received[:-1], received[-1:]]):
        assert_failed(outcome(*pieces), reason, words, evidence=ALIVE if received else DOWN)


OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"SSH-2.0-OpenSSH\r\n",
    b"220 mail ESMTP\r\n",
    b"\x15\x03\x01\x00\x02\x02\x46",
    bytes(4),
    packet(0, b"\x0b11.8\0" + bytes(40)),
    packet(0, b"\x0a11.8"),
    packet(0, b"\x0a11.8\0short"),
    packet(1, GREETING[4:]),
    packet(0, bytes(MAX_PACKET + 1)),
    packet(0, b"\xff"),
    GREETING + packet(2, b"\x02what"),
    GREETING + packet(3, b"\0\0\0\2\0\0\0"),
]


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_other_protocols(received: bytes) -> None:
    """A server of another protocol is named."""
    shown = "HTTP/1.1 400 Bad Request" if received[:4] == b"HTTP" else ""
    assert_failed(outcome(received), "not-mysql", f"answered, but not as MySQL or MariaDB: {shown}")


def test_an_endless_authentication() -> None:
    """A server that never ends its authentication is not up."""
    stream = ScriptedStream(GREETING, *(packet(2 * turn, b"\1\4") for turn in range(1, 99)))
    with pytest.raises(NotReady) as caught:
        ask(parse_target("mysql://db", 0.0, {}), stream)
    assert (caught.value.reason, caught.value.evidence) == ("too-long", ALIVE)
    assert len(stream.left) > 90


@pytest.mark.parametrize(
    ("word", "hosts", "printed"),
    [
        ("mysql://db/app", [("db", 3306)], "mysql://db:3306/app"),
        ("mariadb+pymysql://u:p@a,b:1/app", [("a", 3306), ("b", 1)], "mariadb://a:3306,b:1/app"),
        (
            "mysql:///app?unix_socket=/run/m.sock",
            [("/run/m.sock", 0)],
            "mysql://%2Frun%2Fm.sock/app",
        ),
        ("mysql://localhost/app?socket=/m", [("/m", 0)], "mysql://%2Fm/app"),
        ("mysql://%2Fm/app", [("/m", 0)], "mysql://%2Fm/app"),
    ],
)
def test_where_it_is(word: str, hosts: list[tuple[str, int]], printed: str) -> None:
    """The query may name a socket, as drivers have it."""
    target = parse_target(word, 0.0, {})
    assert (target.hosts, str(target)) == (hosts, printed)
    assert parse_target(printed, 0.0, {}).hosts == hosts


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("mysql:///app", "the host is missing; for a socket"),
        ("mysql:///app?unix_socket=m", "must be absolute"),
        ("mysql:///app?unix_socket=/" + "x" * 107, "a socket's path has at most"),
    ],
)
def test_what_makes_no_sense(word: str, problem: str) -> None:
    """Without a host or a socket a target is refused."""
    with pytest.raises(UsageError, match=problem):
        parse_target(word, 0.0, {})


# See test_any_bytes.py.
ANSWERS = [GREETING, GREETING_9, DENIED, NATIVE, SHA2, error(0, 1040)]
