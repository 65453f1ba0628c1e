"""PostgreSQL's answers to a startup message, and what they mean."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.postgres import _speaks_tls, ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.postgres import MAX_MESSAGE, SSL_REQUEST, TERMINATE, startup_message
from untilup.targets.target import Target

PLAIN = "postgres://db"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def error(code: str, text: str) -> bytes:
    fields = [b"SFATAL", b"VFATAL", f"C{code}".encode(), f"M{text}".encode(), b"Fauth.c", b"L1"]
    return message(b"E", b"\0".join(fields) + b"\0\0")


AUTHENTICATED = message(b"R", bytes(4))
SCRAM = message(b"R", b"\0\0\0\x0aSCRAM-SHA-256\0\0")
MD5 = message(b"R", b"\0\0\0\x05salt")
INSIDE = message(b"S", b"TimeZone\0UTC\0") + message(b"K", bytes(8)) + message(b"Z", b"I")
NOTICE = message(b"N", b"SNOTICE\0C00000\0Mhello\0\0")
OTHER_VERSION = message(b"v", b"\0\3\0\0\0\0\0\1_pq_.x\0")
# MySQL's greetings, of which the length is the first byte of a message, and the rest its length.
MYSQL = [bytes([size]) + b"\0\0\0\x0a5.7.44-log\0" + bytes(size - 12) for size in b"RENvS"]


def outcome(word: str, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(parse_target(word, 0.0, {}), stream), *pieces)


READY = [
    SCRAM,
    MD5,
    NOTICE + SCRAM,
    OTHER_VERSION + MD5,
    AUTHENTICATED + INSIDE,
    AUTHENTICATED + NOTICE + INSIDE,
    AUTHENTICATED + error("28000", 'role "x" does not exist'),
    AUTHENTICATED + error("3D000", 'database "x" does not exist'),
    AUTHENTICATED + error("42501", 'permission denied for database "x"'),
    AUTHENTICATED + error("55000", 'database "x" is not currently accepting connections'),
    error("28000", "no pg_hba.conf entry"),
    error("28P01", "password authentication failed"),
]


@pytest.mark.parametrize("received", READY, ids=range(len(READY)))
def test_ready(received: bytes) -> None:
    """A server that requests a password, or rejects this user or database, serves."""
    assert outcome(PLAIN, received) is None
    for at in range(len(received)):
        assert outcome(PLAIN, received[:at], received[at:]) is None


NOT_READY = [
    (error("57P03", "the database system is starting up"), "not-serving", "is starting up (57P03)"),
    (
        error("57P03", "the database system is shutting down"),
        "not-serving",
        "shutting down (57P03)",
    ),
    (error("57P01", "terminating connection"), "not-serving", "is shutting down: term"),
    (error("57P02", "terminating connection"), "not-serving", "crashed"),
    (
        error("53300", "sorry, too many clients already"),
        "too-many-clients",
        "sorry, too many clients",
    ),
    (
        AUTHENTICATED + error("53300", "remaining slots are reserved"),
        "too-many-clients",
        "reserved",
    ),
    (error("58P01", "could not open file"), "server-error", "could not open file (58P01)"),
    (
        error("08P01", "SSL required"),
        "server-error",
        "the pooler requires TLS: SSL required (08P01)",
    ),
    (
        b"Ecould not fork new process\n\0",
        "server-error",
        "reports an error: could not fork new process",
    ),
    (b"", "closed", "without an answer"),
    (SCRAM[:9], "closed", "before its answer was complete"),
    (b"Ecould not fo", "closed", "before its answer was complete"),
    (AUTHENTICATED, "closed", "before its answer was complete"),
]


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY, ids=range(len(NOT_READY)))
def test_not_ready(received: bytes, reason: str, words: str) -> None:
    """A server that starts, stops, is full or fails may serve later; the failure quotes it."""
    for pieces in ([received], [received[:1], received[1:]], [received[:-1], received[-1:]]):
        assert_failed(outcome(PLAIN, *pieces), reason, words, evidence=ALIVE if received else DOWN)


OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "PostgreSQL: HTTP/1.1 400 Bad Request"),
    (b"-ERR unknown command\r\n", "PostgreSQL: -ERR unknown command"),
    (b"SSH-2.0-OpenSSH\r\n", "PostgreSQL: SSH-2.0-OpenSSH"),
    (b"ERROR\r\n" + bytes(1) * MAX_MESSAGE, ""),
    (b"Error: what?\r\n" * 9999, "PostgreSQL: Error: what?"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "this is TLS"),
    (message(b"Z", b"I"), "PostgreSQL: Z"),
    (message(b"S", b"TimeZone\0UTC\0"), "PostgreSQL: S"),
    (message(b"R", b"\0"), ""),
    (message(b"R", b"5.7."), ""),
    (b"R" + b"\xff" * 9, ""),
    (b"R" + bytes(4), ""),
    (message(b"E", b"no fields"), ""),
    (message(b"E", b"C57P03\0\0"), ""),
    *((received, "MySQL or MariaDB 5.7.44-log") for received in MYSQL),
]


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_servers_of_other_protocols(received: bytes, words: str) -> None:
    """A server of another protocol is named, however its answer comes."""
    for pieces in ([received], [received[:1], received[1:]]):
        failure = outcome(PLAIN, *pieces)
        assert failure
        assert failure.evidence == ALIVE
        if not received.startswith(b"ERROR"):
            assert failure.reason == "not-postgres"
        assert words in failure.detail


@pytest.mark.parametrize(
    ("word", "parameters"),
    [
        (PLAIN, ("untilup", "postgres")),
        (f"{PLAIN}/", ("untilup", "postgres")),
        ("postgres://joe:geheim@db/app", ("joe", "app")),
        ("postgresql+asyncpg://j%C3%B6e:geheim@db/a%2Fpp?x=y", ("j\u00f6e", "a/pp")),
        ("postgres://db/app?user=joe&password=geheim&dbname=other", ("joe", "other")),
        ("postgres://j%00e:geheim@db/a%00b", ("untilup", "postgres")),
        ("postgres://100%:geheim@db", ("100%", "postgres")),
    ],
)
def test_what_is_asked(word: str, parameters: tuple[str, str]) -> None:
    """It asks as the target's user, for its database, and never with its password."""
    stream = ScriptedStream(SCRAM)
    ask(parse_target(word, 0.0, {}), stream)
    user, database = parameters
    expected = {"user": user, "database": database, "application_name": "untilup"}
    assert stream.sent == startup_message(expected)
    assert b"geheim" not in stream.sent


def test_a_session_is_ended() -> None:
    """After a session the check sends Terminate. After a request for a password it does not: the server would log an error."""
    stream = ScriptedStream(AUTHENTICATED + INSIDE)
    ask(parse_target(PLAIN, 0.0, {}), stream)
    assert stream.sent.endswith(TERMINATE)
    stream = ScriptedStream(SCRAM)
    ask(parse_target(PLAIN, 0.0, {}), stream)
    assert not stream.sent.endswith(TERMINATE)


def test_what_the_server_repeats_is_not_shown() -> None:
    """A message with the user's name, or another word of the target that is not printed, is not shown, but for its meaning and its code."""
    failure = outcome(
        "postgres://joe:x@db/app", error("53300", 'too many connections for role "joe"')
    )
    assert failure
    assert failure.detail == (
        "the server's connection limit is reached: "
        "(not shown: it repeats a part of the target) (53300)"
    )
    failure = outcome("postgres://joe:x@db/?dbname=secret", error("XX000", "no secret here"))
    assert failure
    assert "no secret here" not in failure.detail
    failure = outcome("postgres://joe:x@db/app", error("XX000", "cannot open app"))
    assert failure
    assert "cannot open app" in failure.detail


# As PgBouncer 1.18 says it: the target, its words, the reason, what is shown of them, the hint.
POOLERS = [
    ("postgres://joe:x@db/app", "no such database: app", "server-error", "no such database: no such database: app (08P01)", "pgbouncer.ini"),
    ("postgres://app:x@db/app", "no such database: app", "server-error", "no such database: no such database (08P01)", "pgbouncer.ini"),
    ("postgres://joe:x@db/?dbname=secret", "no such database: secret", "server-error", "no such database: no such database (08P01)", "pgbouncer.ini"),
    ("postgres://db/app", "no more connections allowed (max_client_conn)", "too-many-clients", "(max_client_conn) (08P01)", "max_client_conn"),
    ("postgres://db/app", "SSL required", "server-error", "requires TLS: SSL required (08P01)", "sslmode=require"),
    ("postgres://db/app", '"trust" authentication failed', "server-error", '"trust" authentication failed (08P01)', "log"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "received", "reason", "words", "hint"), POOLERS)
def test_what_a_pooler_says(target: str, received: str, reason: str, words: str, hint: str) -> None:
    """A pooler's own words are shown, without the user, and the hint is about what they say."""
    failure = assert_failed(outcome(target, error("08P01", received)), reason, words)
    assert hint in failure.hint
    assert "secret" not in failure.detail
    assert ("TLS" in failure.hint) == ("SSL" in received)


@pytest.mark.parametrize(
    ("received", "mode", "result"),
    [
        (b"S", "require", True),
        (b"S", "prefer", True),
        (b"N", "prefer", False),
        (b"N", "require", "not-tls"),
        (b"S" + SCRAM, "require", "not-postgres"),
        (b"HTTP/1.1 400\r\n", "require", "not-postgres"),
        (error("57P03", "the database system is starting up"), "prefer", "not-serving"),
        (b"Ecould not fork\n\0", "require", "server-error"),
        (b"", "require", "closed"),
    ],
)
def test_the_wish_for_tls(received: bytes, mode: str, result: bool | str) -> None:  # noqa: FBT001 - a row of a table
    """The server is willing to speak TLS or not, and nothing that it said in plaintext comes after."""
    stream = ScriptedStream(received)
    try:
        found: bool | str = _speaks_tls(parse_target(PLAIN, 0.0, {}), stream, mode)
    except NotReady as failure:
        found = failure.reason
    assert found == result
    assert stream.sent == SSL_REQUEST


@pytest.mark.parametrize(
    ("word", "hosts", "printed"),
    [
        ("postgres://db/app", [("db", 5432)], "postgres://db:5432/app"),
        ("postgres://a:1,b/app", [("a", 1), ("b", 5432)], "postgres://a:1,b:5432/app"),
        ("postgres:///app?host=a,b", [("a", 5432), ("b", 5432)], "postgres://a:5432,b:5432/app"),
        ("postgres:///app?host=a:1&host=b", [("a", 1), ("b", 5432)], "postgres://a:1,b:5432/app"),
        ("postgres:///app?host=a,b&port=1,2", [("a", 1), ("b", 2)], "postgres://a:1,b:2/app"),
        ("postgres://db/app?port=1", [("db", 1)], "postgres://db:1/app"),
        ("postgres://x/app?host=db", [("db", 5432)], "postgres://db:5432/app"),
        ("postgres:///app?host=/run/pg", [("/run/pg", 5432)], "postgres://%2Frun%2Fpg:5432/app"),
        ("postgres://%2Frun%2Fpg:1/app", [("/run/pg", 1)], "postgres://%2Frun%2Fpg:1/app"),
        ("postgresql+psycopg://u:p@/app?host=/s", [("/s", 5432)], "postgresql://%2Fs:5432/app"),
    ],
)
def test_where_it_is(word: str, hosts: list[tuple[str, int]], printed: str) -> None:
    """Hosts are in the authority or in the query, and a directory is that of a socket, as in libpq."""
    target = parse_target(word, 0.0, {})
    assert (target.hosts, str(target)) == (hosts, printed)
    assert (target.host, target.port) == hosts[0]
    assert parse_target(printed, 0.0, {}).hosts == hosts


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("postgres://", "for a socket add its directory"),
        ("postgres:///app", "for a socket add its directory"),
        ("postgres:///app?host=", "the host is missing"),
        ("postgres:///app?host=a&port=x", "'port' in the query is one port"),
        ("postgres:///app?host=a,b,c&port=1,2", "'port' in the query is one port"),
        ("postgres:///app?host=/" + "x" * 107, "a socket's path has at most"),
        ("postgres://db?sslmode=on", "'sslmode' may be disable, allow"),
        ("postgres://db#sslmode=on", "'on' is not accepted; write disable, allow"),
        ("postgres://db?sslmode=require#insecure&ca=/x", "'insecure' and 'ca' cannot be combined"),
        ("postgres://%2Frun:x/app", "is not a number from 1 to"),
    ],
)
def test_what_makes_no_sense(word: str, problem: str) -> None:
    """Without a host, or with what libpq would refuse, a target is refused."""
    with pytest.raises(UsageError, match=problem):
        parse_target(word, 0.0, {})


@pytest.mark.parametrize(
    ("tail", "options"),
    [
        ("", {"sslmode": "allow"}),
        ("?sslmode=require", {"sslmode": "require", "insecure": True}),
        ("?sslmode=prefer#sslmode=disable", {"sslmode": "disable"}),
        ("?sslmode=prefer", {"sslmode": "prefer", "insecure": True}),
        ("?sslmode=verify-full&sslrootcert=system", {"sslmode": "verify-full"}),
        ("?sslmode=verify-ca", {"sslmode": "verify-ca", "any-name": True}),
        (
            "?sslmode=require&sslrootcert=/ca&sslcert=/c&sslkey=/k",
            {"sslmode": "require", "any-name": True, "ca": "/ca", "cert": "/c", "key": "/k"},
        ),
        ("?sslmode=verify-full&sslrootcert=/ca#ca=/own", {"sslmode": "verify-full", "ca": "/own"}),
        (
            "?sslmode=verify-full&sslrootcert=/ca#insecure",
            {"sslmode": "verify-full", "insecure": True},
        ),
        ("?sslmode=no-verify", {"sslmode": "require", "insecure": True}),
        ("?ssl=true", {"sslmode": "require", "insecure": True}),
        ("?ssl=verify-full", {"sslmode": "verify-full"}),
        ("?ssl=False", {"sslmode": "disable"}),
        ("?ssl=true&sslmode=disable", {"sslmode": "disable"}),
    ],
)
def test_modes(tail: str, options: dict[str, object]) -> None:
    """The modes are libpq's: what is verified of a certificate, by which files; other drivers' are read too."""
    assert parse_target(f"postgres://db/app{tail}", 0.0, {}).options == options


def test_an_endless_answer() -> None:
    """A message that never ends is not read forever: it has a limit."""
    failure = outcome(PLAIN, *[b"E" + b"x" * 1000] * 99)
    assert failure
    assert failure.reason == "not-postgres"


def test_equal_targets() -> None:
    """The alias is another name, and its targets print with it."""
    target = parse_target("postgresql://db", 0.0, {})
    assert isinstance(target, Target)
    assert str(target) == "postgresql://db:5432"


# See test_any_bytes.py.
ANSWERS = [*READY, *MYSQL, AUTHENTICATED, NOTICE, INSIDE, error("57P03", "x\x1b\xff")]
