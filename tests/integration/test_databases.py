"""postgres:// and mysql:// against scripted servers, over TCP, TLS and a socket, and what is never shown."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import WAITED_FOR, verdict
from tests.support.untilup_process import PATIENCE, Program

# PostgreSQL's request for a password (AuthenticationSASL), and the wish for TLS.
SCRAM = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"
SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
FIELDS = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
STARTING = b"E" + (len(FIELDS) + 4).to_bytes(4, "big") + FIELDS
# MariaDB's first two packets: error 1045 is the second.
HELLO = b"\x0a11.8.6-MariaDB\0" + bytes(4) + b"scramble\0" + b"\xfe\xf7" + bytes(30)
GREETING = len(HELLO).to_bytes(3, "little") + b"\0" + HELLO
DENIED = b"\x16\0\0\2\xff\x15\x04#28000Access denied"

Behaviour = Callable[[socket.socket], object]


def postgres(answer: bytes = SCRAM, context: ssl.SSLContext | None = None) -> Behaviour:
    """Return a server that gives this *answer*; with a *context* it is willing to speak TLS."""

    def behave(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        asked = client.recv(4096)
        if asked == SSL_REQUEST:
            client.sendall(b"S" if context else b"N")
            if context:
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(client, server_side=True) as tls,
                ):
                    assert tls.recv(4096)
                    tls.sendall(answer)
                    tls.recv(4096)
                return
            asked = client.recv(4096)
        if asked:
            client.sendall(answer)

    return behave


def mysql(client: socket.socket) -> None:
    """Send the greeting, and refuse the login."""
    client.settimeout(PATIENCE)
    client.sendall(GREETING)
    assert b"untilup" in client.recv(4096)
    client.sendall(DENIED)


def check_once(untilup: Program, target: str) -> tuple[int, str]:
    """Return the exit status of one attempt at *target*, and all that it shows."""
    done = untilup.run("--once", "-v", target)
    assert "geheim" not in done.stdout + done.stderr
    assert "joe" not in done.stdout + done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_postgres(untilup: Program, scheme: str) -> None:
    """A server that requests authentication is up, and the command runs. The password is not shown."""
    with tcp_servers.serving(postgres()) as port:
        url = f"{scheme}://joe:geheim@127.0.0.1:{port}/app"
        done = untilup.run("env:DATABASE_URL", "--", "echo", "ran", env={"DATABASE_URL": url})
    assert (done.returncode, done.stdout) == (0, "ran\n")
    name = scheme.partition("+")[0]
    assert f"{name}://127.0.0.1:{port}/app is up at the first attempt" in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql"])
def test_mysql(untilup: Program, scheme: str) -> None:
    """A server that greets and refuses the login is up."""
    with tcp_servers.serving(mysql) as port:
        status, shown = check_once(untilup, f"{scheme}://joe:ge#heim@127.0.0.1:{port}/app")
    assert (status, "says: the server is 11.8.6-MariaDB" in shown) == (0, True)


def test_it_starts(untilup: Program) -> None:
    """A server that says that it starts is not up, and is asked again."""
    with tcp_servers.serving(postgres(STARTING)) as port:
        status, shown = check_once(untilup, f"postgres://joe:geheim@127.0.0.1:{port}/app")
    assert (status, "the database system is starting up (57P03)" in shown) == (124, True)


def test_what_pgbouncer_says(untilup: Program) -> None:
    """The words of a pooler are shown with a hint about them; the user, whose name they may repeat, is not."""
    fields = b"SFATAL\0C08P01\0Mno such database: joe\0\0"
    answer = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields
    with tcp_servers.serving(postgres(answer)) as port:
        status, shown = check_once(untilup, f"postgres://joe:geheim@127.0.0.1:{port}/app")
    assert (status, "no such database (08P01)" in shown) == (124, True)
    assert "TLS" not in shown


def test_another_protocol(untilup: Program) -> None:
    """A server that speaks something else is named."""
    with tcp_servers.serving(mysql) as port:
        status, shown = check_once(untilup, f"postgres://127.0.0.1:{port}")
    assert (status, "not as PostgreSQL: this is MySQL or MariaDB 11.8.6" in shown) == (124, True)
    with tcp_servers.serving(tcp_servers.greet_and_close) as port:
        status, shown = check_once(untilup, f"mysql://127.0.0.1:{port}")
    assert (status, "not as MySQL or MariaDB: 220 welcome, and goodbye" in shown) == (124, True)


def test_several_hosts(untilup: Program, port: int) -> None:
    """A host that refuses and one that is silent do not keep a third from being enough."""
    asked = threading.Event()

    def answer(client: socket.socket) -> None:
        asked.set()
        postgres()(client)

    def close_later(client: socket.socket) -> None:
        assert asked.wait(PATIENCE)
        client.close()

    with tcp_servers.serving(tcp_servers.silent) as silent, tcp_servers.serving(postgres()) as up:
        hosts = f"127.0.0.1:{port},127.0.0.1:{silent},127.0.0.1:{up}"
        done = untilup.run(f"postgres://joe:geheim@{hosts}/app", "--", "echo", "ran")
        assert (done.returncode, done.stdout) == (0, "ran\n")
    # With --once every host has its attempt: here the second ends after the third has been asked.
    with tcp_servers.serving(close_later) as late, tcp_servers.serving(answer) as up:
        hosts = f"127.0.0.1:{port},127.0.0.1:{late},127.0.0.1:{up}"
        status, shown = check_once(untilup, f"postgres://{hosts}/#settle=0")
    assert status == 0
    assert f"127.0.0.1:{port}  " in shown


def test_no_host_is_up(untilup: Program, port: int) -> None:
    """If no host is up, the report tells what was observed of each."""
    with tcp_servers.serving(tcp_servers.silent) as silent:
        hosts = f"127.0.0.1:{port},127.0.0.1:{silent}"
        quick = {"UNTILUP_ATTEMPT_TIMEOUT": "1s"}
        status, output = verdict(untilup, f"postgres://{hosts}/", quick)
    assert status == WAITED_FOR
    assert f"127.0.0.1:{port}: connection refused" in output
    # Its own attempt, or the whole, ends first; they say the same in other words.
    assert re.search(f"127.0.0.1:{silent}: .*(but no answer in|no answer for)", output)


@pytest.mark.parametrize("scheme", ["mysql", "nats"])
def test_a_server_that_should_speak_first(untilup: Program, scheme: str) -> None:
    """At the port of a server that waits to be asked, nothing is asked, and that is not claimed."""
    with tcp_servers.serving(tcp_servers.silent) as port:
        quick = ("--settle", "0", "--attempt-timeout", "300ms")
        done = untilup.run("--once", *quick, f"{scheme}://127.0.0.1:{port}")
        late = untilup.run("-t", "500ms", "--settle", "0", f"{scheme}://127.0.0.1:{port}")
    assert (done.returncode, late.returncode) == (124, 124)
    assert "which speaks first in this protocol, sent nothing in 0." in done.stderr
    for shown in (done.stderr, late.stderr):
        assert "but no answer" not in shown
    with tcp_servers.serving(tcp_servers.close_at_once) as port:
        done = untilup.run("--once", f"{scheme}://127.0.0.1:{port}#settle=0")
    assert (
        "which speaks first in this protocol, closed the connection without a greeting"
        in done.stderr
    )


@pytest.mark.parametrize(
    ("mode", "status", "words"),
    [
        ("require", 0, "the server requests authentication"),
        ("prefer", 0, "the server requests authentication"),
        ("verify-ca", 124, "is from a CA that is not"),
        ("verify-full", 124, "is from a CA that is not"),
        ("verify-ca&sslrootcert=CA", 0, "the server requests authentication"),
        ("require&sslrootcert=CA", 0, "the server requests authentication"),
        ("verify-full&sslrootcert=CA", 124, "is for other addresses"),
        ("verify-full&sslrootcert=/none", 124, "ca=/none: no such file"),
    ],
)
def test_tls(untilup: Program, tmp_path: Path, mode: str, status: int, words: str) -> None:
    """What is verified of a certificate, here for another name, is what the mode says."""
    authority = Authority(tmp_path)
    context = serving(authority.issue("other.example"))
    query = mode.replace("CA", str(authority.file))
    with tcp_servers.serving(postgres(context=context)) as port:
        found, shown = check_once(
            untilup, f"postgresql://joe:geheim@127.0.0.1:{port}/app?sslmode={query}"
        )
    assert (found, words in shown) == (status, True)


def test_no_tls(untilup: Program) -> None:
    """A server without TLS is up with sslmode=prefer, and not with sslmode=require."""
    with tcp_servers.serving(postgres()) as port:
        assert check_once(untilup, f"postgres://127.0.0.1:{port}?sslmode=prefer")[0] == 0
        status, shown = check_once(untilup, f"postgres://127.0.0.1:{port}#sslmode=require")
    assert (status, "not-tls" in shown) == (124, True)


def test_sockets(untilup: Program, public: Path) -> None:
    """A server on a socket is asked there, as the query says."""
    with tcp_servers.serving_at(public / ".s.PGSQL.5432", postgres()):
        status, shown = check_once(
            untilup, f"postgresql://joe:geheim@/app?host={public}&sslmode=require"
        )
    assert (status, "the server requests authentication" in shown) == (0, True)
    with tcp_servers.serving_at(public / "m.sock", mysql):
        assert check_once(untilup, f"mysql://joe:geheim@/app?unix_socket={public}/m.sock")[0] == 0
    status, shown = check_once(untilup, f"mysql:///app?unix_socket={public}/none.sock")
    assert (status, "absent" in shown) == (124, True)


def test_a_missing_file_is_told_at_once(untilup: Program, port: int) -> None:
    """If the CA's file is not there, it does not matter whether the server is."""
    done = untilup.run(f"postgres://127.0.0.1:{port}?sslmode=verify-full&sslrootcert=/none")
    assert done.returncode == 125
    assert "ca=/none: no such file" in done.stderr
