"""A real PostgreSQL through its start, its recovery from a crash, and its stop."""

from __future__ import annotations

import pytest

from tests.container.clients import (
    Clients,
    executed,
    forget_the_start,
    kill,
    run,
    with_clients,
)
from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = [pytest.mark.container, pytest.mark.timeout(120 + 30 * STARTS)]

TARGET = "postgres://app:geheim@db/app"
URL = f"{TARGET}?connect_timeout=10"
AS_ADMIN = (
    *("psql", "--host=127.0.0.1", "--username=postgres", "--no-psqlrc"),
    *("--quiet", "--tuples-only", "--no-align"),
)
SETUP = """
    ALTER SYSTEM SET fsync = off;
    ALTER SYSTEM SET hot_standby = off;
    ALTER SYSTEM SET restore_command = 'until [ -e /tmp/recover ]; do sleep 0.02; done; false';
    CREATE ROLE app LOGIN PASSWORD 'geheim';
    CREATE DATABASE app OWNER app;
    CREATE TABLE written (number bigint, text text);
"""
# Clients on other hosts need a password.
RULES = "host all all 127.0.0.1/32 trust\\nhost all all all scram-sha-256\\n"
# "Frontend/Backend Protocol", "Message Formats", StartupMessage of protocol 3.0.
HELLO = b"\0\0\0\x1f\0\x03\0\0user\0app\0database\0app\0\0"
WRITE = "INSERT INTO written SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n"
# With this file in its data directory the server starts by asking its restore_command for a history
# file, and recovers by what it has itself if there is none.
SIGNAL = "recovery.signal"
STARTING = "the server is starting, recovering or shutting down"


@pytest.fixture(scope="module", autouse=True)
def images_made(images: Images) -> None:
    """Have the images, outside of the time that a test may take."""
    images.get("postgres")
    images.get("clients")


@pytest.fixture
def clients(containers: Containers, distribution: str) -> Clients:
    return Clients(containers, distribution)


@pytest.fixture
def with_databases(images: Images, distribution: str) -> str:
    """Return the image of the product in which the databases' clients are, too."""
    return images.get(with_clients(distribution))


def sql(db: Container, text: str) -> str:
    words = [word for line in text.split(";\n") if line.strip() for word in ("--command", line)]
    return run(db, *AS_ADMIN, *words).strip()


def let_in(db: Container, rules: str) -> None:
    """Reload the server with these *rules* of pg_hba.conf."""
    run(db, "sh", "-c", f"printf '{rules}' > {sql(db, 'SHOW hba_file')}")
    sql(db, "SELECT pg_reload_conf()")


@pytest.fixture
def db(containers: Containers, eventually: Eventually) -> Container:
    """Start a server that requires a password."""
    db = containers.server("postgres", name="db", env={"POSTGRES_PASSWORD": "x"})
    db.go()
    eventually(lambda: executed(db, [*AS_ADMIN, "--command", "SELECT 1"])[0] == 0)
    sql(db, SETUP)
    let_in(db, RULES)
    return db


@pytest.mark.repeated
def test_a_client_gets_in_at_the_first_moment(
    containers: Containers, db: Container, with_databases: str, eventually: Eventually
) -> None:
    """Refused, then recovering, then up: and a client with a password that comes at that moment is let in."""
    for _ in range(STARTS):
        sql(db, WRITE)
        run(db, "touch", f"{sql(db, 'SHOW data_directory')}/{SIGNAL}")
        forget_the_start(db)
        kill(db)
        waiting = containers.start(
            with_databases, "-v", TARGET, "--", "psql", URL, "-Atc", "SELECT 6 * 7"
        )
        eventually(waiting.has_said("connection refused"))
        db.go()
        eventually(waiting.has_said(f"{STARTING}: the database system is"))
        run(db, "touch", "/tmp/recover")
        done = waiting.ended()
        assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
        assert "says: the server requests authentication" in done.stderr
        assert "geheim" not in done.stderr
        assert "app:" not in done.stderr
        run(db, "rm", "/tmp/recover")


@binary_only
def test_what_it_says_to_others(clients: Clients, db: Container, eventually: Eventually) -> None:
    """The server also asks an unknown role for a password. A client that pg_hba.conf rejects has found a server that serves."""
    assert "the server requests authentication" in clients.check_once(
        "postgres://nobody:x@db/nowhere"
    )
    assert "the server requests authentication" in clients.check_once("postgresql+psycopg://db")
    before = len(db.get_logs()[1])
    assert "the server requests authentication" in clients.check_once(TARGET)
    assert db.get_logs()[1][before:] == b"", "an attempt leaves nothing in the log"
    let_in(db, RULES.replace("host all all all", "host all nobody all"))
    found = clients.check_once(TARGET)
    assert "says: error 28000" in found
    assert ": 1 up" in found
    eventually(lambda: b'user "app"' in db.get_logs()[1][before:])


@binary_only
def test_its_stop(clients: Clients, db: Container, eventually: Eventually) -> None:
    """A server that waits for its last client turns new ones away, and is not down before it is."""
    session = clients.command("psql", URL, "-c", "SELECT pg_sleep(60)")
    eventually(
        lambda: "1" in sql(db, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'")
    )
    run(db, "kill", "-TERM", "1")
    eventually(clients.has_answer(TARGET, "the database system is shutting down (57P03)"))
    down = clients.start("--down", TARGET, "--", "echo", "it is down")
    run(db, "kill", "-INT", "1")
    assert session.ended()[0] != 0
    status, printed = down.ended()
    assert (status, "it is down\n" in printed) == (0, True)


@binary_only
def test_it_is_full(
    containers: Containers, clients: Clients, db: Container, eventually: Eventually
) -> None:
    """A server whose places are all taken, the administrator's too, is not up, and says so."""
    # Clients that have not logged in yet have their places for longer than the test takes.
    settings = ("max_wal_senders = 0", "max_connections = 5", "authentication_timeout = '10min'")
    for setting in settings:
        sql(db, f"ALTER SYSTEM SET {setting}")
    sql(db, "ALTER SYSTEM SET superuser_reserved_connections = 1")
    kill(db)
    eventually(clients.has_answer(TARGET, "the server requests authentication"))
    containers.occupant("db", 5432, 5, HELLO)
    eventually(clients.has_answer(TARGET, "sorry, too many clients already (53300)"))


@binary_only
@pytest.mark.parametrize("mode", ["require", "prefer", "verify-full"])
def test_tls(clients: Clients, db: Container, mode: str) -> None:
    """Over TLS, or where there is none, it is asked as the mode says."""
    has_tls = sql(db, "SHOW ssl") == "on"
    found = clients.check_once(f"{TARGET}?sslmode={mode}")
    if mode == "prefer" or (has_tls and mode == "require"):
        assert "the server requests authentication" in found
    else:
        assert ("certificate" if has_tls else "not-tls") in found
    assert "could not accept SSL connection: EOF" not in db.output()
