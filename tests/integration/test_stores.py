"""Caches and brokers on loopback of which each answer is scripted: what they are asked, and how they are left."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import over_tls
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
    """Return the exit status of one look at *word*, and the reason."""
    done = untilup.run("--once", "--log-format", "json", *options, word)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    return done.returncode, [line["reason"] for line in lines if line.get("target")][-1]


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
    """Who says nothing, or does not come to an end, is given the time of the look and no more."""
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


@pytest.mark.parametrize("name", STORES)
def test_several_hosts(untilup: Program, name: str) -> None:
    """Any one host will do, and where none does each is told."""
    word, question, answer, _ = STORES[name]
    absent = f"127.0.0.1:{tcp_servers.free_port()}"
    with tcp_servers.serving(Store(question, answer)) as port:
        assert untilup.run(word.format(f"{absent},127.0.0.1:{port}")).returncode == 0
    web = Store(b"", b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with tcp_servers.serving(web) as port:
        done = untilup.run("-t", "1", word.format(f"{absent},127.0.0.1:{port}"))
    assert done.returncode == 124
    assert f"127.0.0.1:{port}: answered, but not " in done.stderr
    assert "HTTP/1.1 400 Bad Request" in done.stderr
    assert f"{absent}: " in done.stderr


def test_a_welcome_that_is_taken_back(untilup: Program) -> None:
    """A NATS server may greet and then turn the client away, within the settling time."""

    def full(client: socket.socket) -> None:
        client.sendall(INFO)
        time.sleep(0.05)
        client.sendall(b"-ERR 'maximum connections exceeded'\r\n")
        client.close()

    def gone(client: socket.socket) -> None:
        client.sendall(INFO)
        client.close()

    for behave, found in ((full, "too-many-clients"), (gone, "closed")):
        with tcp_servers.serving(behave) as port:
            target = f"nats://127.0.0.1:{port}#settle=2s"
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


@pytest.mark.parametrize("scheme", ["rediss", "valkeys", "mqtts"])
def test_over_tls(untilup: Program, tmp_path: Path, scheme: str) -> None:
    """Over TLS the certificate has to verify first; a server in the clear is named."""
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
