"""amqp://, kafka:// and mongodb:// against servers on loopback: what is asked, and what counts as up."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.support import certificates, json_log, tcp_servers
from tests.support.certificates import Authority
from tests.support.http_server import WAITED_FOR, over_tls, verdict
from tests.support.recording_server import Asked
from tests.support.untilup_process import Program

HOST = tcp_servers.LOOPBACK
# By the protocols' public documentation: see tests/unit/protocols/test_amqp.py, test_kafka.py, test_mongodb.py.
START = bytes.fromhex("01 0000 00000014 000a 000a 0009 00000000 00000005") + b"PLAIN\0\xce"
API_VERSIONS = bytes.fromhex("00000010 75707570 0000 00000001 0012 0000 0003")
OK = b"\x01ok\0\0\0\0\0\0\0\xf0\x3f"
WRITABLE = b"\x08isWritablePrimary\0\1"
SECONDARY = b"\x08isWritablePrimary\0\0\x08secondary\0\1"
MEMBER = b"\x02setName\0\4\0\0\0rs0\0"
UNINITIATED = b"\x08ismaster\0\0\x08secondary\0\0\x08isreplicaset\0\1"
UNKNOWN = b"\x10ok\0\0\0\0\0\x10code\0\x3b\0\0\0"


def message(body: bytes, *, answers: int = 1) -> bytes:
    body = (len(body) + 5).to_bytes(4, "little") + body + b"\0"
    words = (21 + len(body), 1, answers, 2013, 0)
    return b"".join(word.to_bytes(4, "little") for word in words) + b"\0" + body


def reason(untilup: Program, target: str) -> object:
    """Return why *target* is not up at one attempt; None if it is."""
    done = untilup.run("--once", "--log-format", "json", target)
    assert "geheim" not in done.stderr
    lines = json_log.read(done.stderr)
    seen = next(line for line in lines if line["event"] in {"up", "failed"})
    assert done.returncode == (124 if seen["reason"] else 0)
    return seen["reason"]


ANSWERED = [
    ("amqp://joe:geheim@{}/vhost?heartbeat=5", START, b"AMQP\0\0\x09\x01"),
    ("amqp://{}", b"AMQP\3\1\0\0", b"AMQP\0\0\x09\x01"),
    ("kafka://{}", API_VERSIONS, b"\0\0\0\x11\0\x12\0\0upup\0\x07untilup"),
    (
        "mongodb://joe:geheim@{}/app?replicaSet=rs0#primary",
        message(WRITABLE + MEMBER + OK),
        b"hello",
    ),
    ("mongodb://{}/?replicaSet=rs0", message(SECONDARY + MEMBER + OK), b"hello"),
    ("mongodb://{}", message(SECONDARY + OK), b"hello"),
]


@pytest.mark.parametrize(("form", "answer", "question"), ANSWERED, ids=[row[0] for row in ANSWERED])
def test_an_answer_is_up(untilup: Program, form: str, answer: bytes, question: bytes) -> None:
    """A broker that answers is up. No password is shown or sent, and the connection is closed at the end."""
    server = Asked(answer)
    with tcp_servers.serving(server) as port:
        target = form.format(f"{HOST}:{port}")
        assert reason(untilup, target) is None
        ready = untilup.run(target, "--", "echo", "ran")
        assert (ready.returncode, ready.stdout) == (0, "ran\n")
        assert "geheim" not in ready.stderr
    assert len(server.asked) == 2
    assert all(question in asked and b"geheim" not in asked for (asked,) in server.asked)
    assert server.left == 2


REFUSED = [
    ("mongodb://{}#primary", message(SECONDARY + OK), "not-primary"),
    ("mongodb://{}/?replicaSet=rs0", message(UNINITIATED + OK), "not-initiated"),
    ("mongodb://{}/?replicaSet=rs0", message(WRITABLE + OK), "no-replica-set"),
    ("mongodb://{}/?w=1&replicaset=rs1", message(WRITABLE + MEMBER + OK), "other-replica-set"),
    ("mongodb://{}/?replicaSet=rs0", message(MEMBER + OK), "not-serving"),
    ("mongodb://{}", message(UNKNOWN.replace(b"\x3b", b"\x5b")), "server-error"),
    ("kafka://{}", bytes.fromhex("00000006 75707570 0029"), "server-error"),
    ("amqp://{}", bytes.fromhex("01 0000 00000007 000a 0032 0140 00 ce"), "server-error"),
    ("amqp://{}", b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-amqp"),
    ("kafka://{}", b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-kafka"),
    ("mongodb://{}", b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-mongodb"),
    ("amqp://{}", b"\x15\x03\x03\0\x02\x02\x46", "not-amqp"),
    ("kafka://{}", b"\x15\x03\x03\0\x02\x02\x46", "not-kafka"),
    ("mongodb://{}", b"\x15\x03\x03\0\x02\x02\x46", "not-mongodb"),
]


@pytest.mark.parametrize(("form", "answer", "word"), REFUSED, ids=range(len(REFUSED)))
def test_another_answer_is_not_up(untilup: Program, form: str, answer: bytes, word: str) -> None:
    """A server with another answer is not up, and the failure has a reason code."""
    server = Asked(answer)
    with tcp_servers.serving(server) as port:
        assert reason(untilup, form.format(f"{HOST}:{port}")) == word
    assert server.left == 1


@pytest.mark.parametrize("scheme", ["amqp", "kafka", "mongodb"])
def test_no_answer_is_not_up(untilup: Program, scheme: str, up: int) -> None:
    """A silent server is not up, nor is one that closes before or within its answer."""
    silent = untilup.run("--once", "--attempt-timeout", "200ms", f"{scheme}://{HOST}:{up}")
    assert silent.returncode == 124
    assert re.search(r"connected, but no answer in \d+\.\ds", silent.stderr)
    for output in (b"", b"AMQP" if scheme == "amqp" else b"\0\0"):

        def leave(client: socket.socket, output: bytes = output) -> None:
            client.recv(4096)
            client.sendall(output)
            client.close()

        with tcp_servers.serving(leave) as port:
            assert reason(untilup, f"{scheme}://{HOST}:{port}") == "closed"


def test_an_old_server_is_asked_by_the_old_name(untilup: Program) -> None:
    """MongoDB that does not know hello is asked isMaster, in the same conversation."""
    master = b"\x08ismaster\0\1" + OK
    server = Asked(message(UNKNOWN), message(master, answers=2))
    with tcp_servers.serving(server) as port:
        assert reason(untilup, f"mongodb://{HOST}:{port}#primary") is None
    (questions,) = server.asked
    assert [b"hello" in questions[0], b"isMaster" in questions[1]] == [True, True]


def test_any_of_several_hosts(untilup: Program, port: int, up: int) -> None:
    """One broker or server is enough: the others may refuse, be silent, or be no primary."""
    with tcp_servers.serving(Asked(API_VERSIONS)) as one:
        brokers = f"kafka://{HOST}:{port},{HOST}:{up},{HOST}:{one}/"
        assert untilup.run(brokers).returncode == 0
    primary, secondary = Asked(message(WRITABLE + OK)), Asked(message(SECONDARY + OK))
    with tcp_servers.serving(primary) as one, tcp_servers.serving(secondary) as other:
        members = f"mongodb://joe:geheim@{HOST}:{other},{HOST}:{one},{HOST}:{port}/app#primary"
        assert untilup.run(members).returncode == 0
        without = f"mongodb://{HOST}:{port},{HOST}:{other}#primary"
        status, output = verdict(untilup, without)
        assert status == WAITED_FOR
        assert f"{HOST}:{other}: the server is a secondary" in output
        assert f"{HOST}:{port}: connection refused" in output


TLS = [
    ("amqps://{}/#ca={}", START),
    ("kafka://{}#tls&ca={}", API_VERSIONS),
    ("mongodb://{}/?retryWrites=true&tls=true#ca={}", message(WRITABLE + OK)),
    ("mongodb://{}/?SSL=true#ca={}", message(WRITABLE + OK)),
]


@pytest.mark.parametrize(("form", "answer"), TLS, ids=[row[0] for row in TLS])
def test_over_tls(untilup: Program, form: str, answer: bytes, tmp_path: Path) -> None:
    """Over TLS the same is asked, once the certificate is verified."""
    authority, other_authority = Authority(tmp_path), Authority(tmp_path, "stranger")
    context = certificates.serving(authority.issue())
    server = Asked(answer)
    with tcp_servers.serving(over_tls(context, server)) as port:
        assert reason(untilup, form.format(f"{HOST}:{port}", authority.file)) is None
        assert reason(untilup, form.format(f"{HOST}:{port}", other_authority.file)) == "certificate"
    assert len(server.asked) == 1
