"""Caches and brokers on loopback of which each answer is scripted: what they are asked, and how they are left."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest

from tests.support import json_log, tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import WAITED_FOR, over_tls, verdict
from tests.support.untilup_process import PATIENCE, Program

PING = b"*1\r\n$4\r\nPING\r\n"
VERSION = b"version\r\n"
BINARY = b"\x80\x0b" + bytes(22)
INFO = b'INFO {"server_id":"x"} \r\n'
CONNECT = b"\x10\x23\x00\x04MQTT\x04\x02\x00\x0a\x00\x17untilup"
CONNACK = b"\x20\x02\x00\x00"
DISCONNECT = b"\xe0\x00"
# The target, what it is asked, the answer by which it is up, and what is said then.
STORES = {
    "redis": ("redis://joe:geheim@{}/0", PING, b"+PONG\r\n", b""),
    "valkey": ("valkey://joe:geheim@{}/0", PING, b"-NOAUTH Authentication required.\r\n", b""),
    "memcached": ("memcached://joe:geheim@{}/", VERSION, b"VERSION 1.6.38\r\n", b""),
    "binary": (
        "memcached://joe:geheim@{}#binary",
        *(BINARY, b"\x81\x0b".ljust(24, b"\0") + b"1.6", b""),
    ),
    "nats": ("nats://joe:geheim@{}/", b"", INFO, b""),
    "mqtt": ("mqtt://joe:geheim@{}/", CONNECT, CONNACK, DISCONNECT),
}


class Store:
    """Gives this *answer* once it has been asked, and keeps all that it was told until the close."""

    def __init__(self, question: bytes, answer: bytes) -> None:
        self.question = question
        self.answer = answer
        self.told: list[bytes] = []
        self.ends: list[str] = []

    def __call__(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        told = b""
        while self.question not in told:
            piece = client.recv(4096)
            if not piece:
                break
            told += piece
        with contextlib.suppress(OSError):
            client.sendall(self.answer)
        try:
            while piece := client.recv(4096):
                told += piece
            self.ends.append("closed")
        except OSError as error:
            self.ends.append(type(error).__name__)
        self.told.append(told)


def reason(untilup: Program, word: str, *options: str) -> tuple[int, str]:
    """Return the exit status of one attempt at *word*, and the reason."""
    done = untilup.run("--once", "--log-format", "json", *options, word)
    lines = json_log.read(done.stderr)
    return done.returncode, [line["reason"] for line in lines if line["target"]][-1]


@pytest.mark.parametrize("name", STORES)
def test_a_store_that_serves(untilup: Program, name: str) -> None:
    """It is asked one question and left politely; user and password go nowhere."""
    word, question, answer, goodbye = STORES[name]
    store = Store(question, answer)
    with tcp_servers.serving(store) as port:
        done = untilup.run(word.format(f"127.0.0.1:{port}"), "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    assert store.ends == ["closed"]
    (told,) = store.told
    assert told.startswith(question)
    assert told.endswith(goodbye)
    assert b"joe" not in told
    assert b"geheim" not in told
    assert "joe" not in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("name", STORES)
def test_silence_and_floods(untilup: Program, name: str) -> None:
    """A server that stays silent, or never completes its answer, gets the time of the attempt and no more."""
    word = STORES[name][0]
    with tcp_servers.serving(tcp_servers.silent) as port:
        quick = ("--attempt-timeout", "300ms")
        assert reason(untilup, word.format(f"127.0.0.1:{port}"), *quick) == (124, "silent")

    def flood(client: socket.socket) -> None:
        for _ in range(1000):
            client.sendall(b"x" * 16384)

    with tcp_servers.serving(flood) as port:
        status, found = reason(untilup, word.format(f"127.0.0.1:{port}"))
    assert status == 124
    assert found.startswith("not-")


# What a server says once, what it repeats until the client has gone, and the reason.
ENDLESS = [
    ("nats://{}", b"INFO {", b"x" * 4096, "too-long"),
    ("redis://{}", b"+PONG", b"x" * 4096, "too-long"),
    ("redis://{}", b"-NOAUTH ", b"x" * 4096, "too-long"),
    ("memcached://{}", b"VERSION ", b"x" * 4096, "too-long"),
    ("memcached://{}#binary", b"\x81\x0b" + bytes(6) + b"\xff" * 4, bytes(4096), "not-memcached"),
    ("mqtt://{}", b"\x20\xff\xff\xff\x7f\0\0", bytes(4096), "not-mqtt"),
    ("amqp://{}", b"\1\0\0\0\0\xff\xff\0\x0a\0\x0a", bytes(4096), "not-amqp"),
    ("kafka://{}", b"\0\xff\xff\xffupup\0\0", bytes(4096), "not-kafka"),
    ("mongodb://{}", b"\xff\xff\xff\0" + bytes(4) + b"\1\0\0\0\xdd\7\0\0", bytes(4096), "not-mongodb"),
    ("postgres://{}", b"N\0\0\0\4", b"N\0\0\0\4" * 1000, "too-long"),
    ("mysql://{}", b"\xff\xff\xff\0\x0a11.8.6-MariaDB\0", bytes(4096), "not-mysql"),
    ("http://{}", b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000, "not-http"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "first", "then", "expected"), ENDLESS)
def test_an_answer_that_never_ends(
    untilup: Program, word: str, first: bytes, then: bytes, expected: str
) -> None:
    """A server that begins like one that is up, and never comes to an end, is not up."""

    def behave(client: socket.socket) -> None:
        client.sendall(first)
        while True:
            client.sendall(then)

    with tcp_servers.serving(behave) as port:
        assert reason(untilup, word.format(f"127.0.0.1:{port}")) == (124, expected)


@pytest.mark.parametrize("name", STORES)
def test_several_hosts(untilup: Program, name: str, port: int) -> None:
    """Any one host will do, and if none does, the report names each."""
    word, question, answer, _ = STORES[name]
    absent = f"127.0.0.1:{port}"
    with tcp_servers.serving(Store(question, answer)) as up:
        assert untilup.run(word.format(f"{absent},127.0.0.1:{up}")).returncode == 0
    web = Store(b"", b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with tcp_servers.serving(web) as other:
        status, output = verdict(untilup, word.format(f"{absent},127.0.0.1:{other}"))
    assert status == WAITED_FOR
    assert f"127.0.0.1:{other}: answered, but not as " in output
    assert "HTTP/1.1 400 Bad Request" in output
    assert f"{absent}: " in output


def test_a_welcome_that_is_taken_back(untilup: Program) -> None:
    """A NATS server may greet and then turn the client away, within the settling time."""

    def full(client: socket.socket) -> None:
        client.sendall(INFO)
        time.sleep(0.05)  # mostly this makes two pieces of them, and the outcome is always the same
        client.sendall(b"-ERR 'maximum connections exceeded'\r\n")
        client.close()

    def gone(client: socket.socket) -> None:
        client.sendall(INFO)
        client.close()

    for behave, found in ((full, "too-many-clients"), (gone, "closed")):
        with tcp_servers.serving(behave) as port:
            target = f"nats://127.0.0.1:{port}#settle=4s"
            assert reason(untilup, target) == (124, found)
            assert untilup.run(f"nats://127.0.0.1:{port}#settle=0").returncode == 0


def test_a_socket_in_the_file_system(untilup: Program, tmp_path: Path) -> None:
    """With unix= Redis is asked by its socket, whatever the host is called."""
    path = tmp_path / "redis.sock"
    word = f"redis://nowhere.invalid#unix={path}"
    assert reason(untilup, word) == (124, "absent")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        process = untilup.start(word)
        client, _ = server.accept()
        with client:
            assert client.recv(99) == PING
            client.sendall(b"+PONG\r\n")
            assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("scheme", ["rediss", "mqtts"])
def test_over_tls(untilup: Program, tmp_path: Path, scheme: str) -> None:
    """Over TLS the certificate has to verify first; a server that speaks plaintext is named."""
    authority = Authority(tmp_path)
    question, answer = (CONNECT, CONNACK) if scheme == "mqtts" else (PING, b"+PONG\r\n")
    store = Store(question, answer)
    with tcp_servers.serving(over_tls(serving(authority.issue()), store)) as port:
        word = f"{scheme}://joe:geheim@127.0.0.1:{port}"
        assert untilup.run(f"{word}#ca={authority.file}").returncode == 0
        assert untilup.run(f"{word}#insecure").returncode == 0
        assert reason(untilup, word) == (124, "certificate")
    assert len(store.told) == 2
    assert not any(b"geheim" in told for told in store.told)
    with tcp_servers.serving(Store(b"", b"-ERR Protocol error\r\n")) as port:
        word = f"{scheme}://127.0.0.1:{port}#insecure"
        assert reason(untilup, word) == (124, "not-tls")
        assert untilup.run(f"{word}&ca={authority.file}").returncode == 2


def test_what_only_a_person_can_change(untilup: Program) -> None:
    """A Redis in protected mode ends the wait at once."""
    store = Store(b"", b"-DENIED Redis is running in protected mode because\r\n")
    with tcp_servers.serving(store) as port:
        done = untilup.run(f"redis://127.0.0.1:{port}", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (125, "")
    assert "protected mode" in done.stderr


# A target with a password, and what a server says that repeats it.
REPEATED = [
    ("redis://joe:hunter2@127.0.0.1:{}", b"-ERR no hunter2 here\r\n"),
    ("redis://joe:h%75nter2@127.0.0.1:{}", b"-ERR no hunter2 here\r\n"),
    ("memcached://joe:hunter2@127.0.0.1:{}", b"SERVER_ERROR no hunter2 here\r\n"),
    ("nats://joe:hunter2@127.0.0.1:{}", b"-ERR 'no hunter2 here'\r\n"),
    ("mysql://joe:hunter2@127.0.0.1:{}", b"\x18\x00\x00\x00\xff\x10\x04#HY000no hunter2 here"),
]


@pytest.mark.parametrize(("target", "answer"), REPEATED)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_password_that_a_server_repeats_is_not_shown(
    untilup: Program, target: str, answer: bytes, form: str
) -> None:
    """What a server says is not shown if it repeats the target's password."""

    def say(client: socket.socket) -> None:
        client.sendall(answer)
        client.recv(99)

    with tcp_servers.serving(say) as port:
        done = untilup.run("--once", "-v", "--log-format", form, target.format(port))
    assert done.returncode == 124
    assert "hunter2" not in done.stdout + done.stderr
    assert "not shown" in done.stderr
