"""What MySQL and MariaDB greet by, how a login is refused, and what that means."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import Scripted
from untilup.checks.mysql import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NotReady, UsageError
from untilup.protocols.mysql import LONGEST_PACKET, handshake_response


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


def outcome(*pieces: bytes) -> NotReady | None:
    """Return what the check makes of an answer in *pieces*; None is ready."""
    try:
        ask(parse_target("mysql://joe:geheim@db/app", 0.0, {}), Scripted(*pieces))
    except NotReady as failure:
        found = failure
    else:
        return None
    assert (found.free, bool(found.hint)) == (False, True)
    return found


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


@pytest.mark.parametrize(("said", "asked"), READY, ids=range(len(READY)))
def test_ready(said: bytes, asked: bytes) -> None:
    """Who greets, and refuses a stranger's login, serves; it is told nothing of the target's user."""
    for at in range(0, len(said), 3):
        talk = Scripted(said[:at], said[at:])
        target = parse_target("mysql://joe:geheim@db/app", 0.0, {})
        ask(target, talk)
        assert talk.asked == asked
        assert talk.attempt.output[0].startswith("it is ")


NOT_READY = [
    (error(0, 1040, "Too many connections"), "full", "Too many connections (1040)"),
    (error(0, 1040, "Too many connections", ""), "full", "Too many connections (1040)"),
    (error(3, 1040), "full", "1040"),
    (error(0, 1129, "Host '10.0.0.1' is blocked"), "host-blocked", "broke off: Host '10.0.0.1'"),
    (error(0, 1130, "Host is not allowed"), "host-refused", "has no user for this host"),
    (error(0, 1053), "not-serving", "is shutting down"),
    (error(0, 9999), "server-error", "turns everybody away: as it says (9999)"),
    (error(0, 1045, "\x1b\x00" + "x" * 500), "server-error", "\\x1b\\x00xxx"),
    (GREETING + error(2, 1053), "not-serving", "is shutting down"),
    (GREETING + error(2, 1203), "full", "of this user"),
    (
        GREETING + error(2, 2003, "Can't connect"),
        "server-error",
        "the server is a proxy that does not reach the one behind it: Can't connect (2003)",
    ),
    (
        GREETING + error(2, 2013),
        "server-error",
        "the server is a proxy that does not reach the one behind it",
    ),
    (
        error(0, 2003, "Can't connect"),
        "server-error",
        "the server is a proxy that does not reach the one behind it",
    ),
    (b"", "closed", "without an answer"),
    (GREETING[:20], "closed", "before its answer was complete"),
    (GREETING, "closed", "before its answer was complete"),
]


@pytest.mark.parametrize(("said", "reason", "words"), NOT_READY, ids=range(len(NOT_READY)))
def test_not_ready(said: bytes, reason: str, words: str) -> None:
    """Who is full, blocks or does not know this host, or stops, may serve later."""
    for pieces in ([said], [said[:4], said[4:]], [said[:-1], said[-1:]]):
        failure = outcome(*pieces)
        assert failure
        assert (failure.reason, failure.says) == (reason, ALIVE if said else DOWN)
        assert words in failure.detail
        assert failure.detail.isprintable()
        assert len(failure.detail) < 260


STRANGERS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"SSH-2.0-OpenSSH\r\n",
    b"220 mail ESMTP\r\n",
    b"\x15\x03\x01\x00\x02\x02\x46",
    bytes(4),
    packet(0, b"\x0b11.8\0" + bytes(40)),
    packet(0, b"\x0a11.8"),
    packet(0, b"\x0a11.8\0short"),
    packet(1, GREETING[4:]),
    packet(0, bytes(LONGEST_PACKET + 1)),
    packet(0, b"\xff"),
    GREETING + packet(2, b"\x02what"),
    GREETING + packet(3, b"\0\0\0\2\0\0\0"),
]


@pytest.mark.parametrize("said", STRANGERS, ids=range(len(STRANGERS)))
def test_strangers(said: bytes) -> None:
    """A server of another protocol is named."""
    failure = outcome(said)
    assert failure
    assert (failure.reason, failure.says) == ("not-mysql", ALIVE)
    assert failure.detail.startswith("answered, but not MySQL or MariaDB: ")
    if said[:4] == b"HTTP":
        assert failure.detail.endswith(": HTTP/1.1 400 Bad Request")


def test_who_asks_for_ever() -> None:
    """A server that never comes to an end of its questions has not answered, and is not up."""
    talk = Scripted(GREETING, *(packet(2 * turn, b"\1\4") for turn in range(1, 99)))
    with pytest.raises(NotReady) as caught:
        ask(parse_target("mysql://db", 0.0, {}), talk)
    assert (caught.value.reason, caught.value.says) == ("too-long", ALIVE)
    assert len(talk.left) > 90


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
        ("mysql:///app?unix_socket=m", "an absolute path"),
        ("mysql:///app?unix_socket=/" + "x" * 107, "a socket's path has at most"),
    ],
)
def test_what_makes_no_sense(word: str, problem: str) -> None:
    """Without a host or a socket a target is refused."""
    with pytest.raises(UsageError, match=problem):
        parse_target(word, 0.0, {})


# See test_any_bytes.py.
SAYINGS = [GREETING, GREETING_9, DENIED, NATIVE, SHA2, error(0, 1040)]
