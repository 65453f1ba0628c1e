"""mssql://, oracle://, cassandra:// and neo4j:// against scripted servers on loopback: what is sent, and what counts as up."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import json_log, tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import over_tls
from tests.support.recording_server import Asked
from tests.support.untilup_process import PATIENCE, Program
from tests.unit.protocols.test_cassandra import SUPPORTED, error, frame
from tests.unit.protocols.test_tds import LOGIN_FAILED, NOT_UP, agreed
from tests.unit.protocols.test_tns import packet, refuse

HOST = tcp_servers.LOOPBACK
SECRET = "geheim"
BOLT = b"\0\0\x08\x05"
NOT_SUPPORTED, REQUIRED, ON = 2, 3, 1


def reason(untilup: Program, target: str) -> object:
    """Return why *target* is not up at one attempt; None if it is."""
    done = untilup.run("--once", "--log-format", "json", target)
    assert SECRET not in done.stderr
    lines = json_log.read(done.stderr)
    seen = next(line for line in lines if line["event"] in {"up", "failed"})
    assert done.returncode == (124 if seen["reason"] else 0)
    return seen["reason"]


UP = [
    ("mssql://sa:geheim@{}/app", [agreed(NOT_SUPPORTED), LOGIN_FAILED]),
    ("mssql+pymssql://sa:geheim@{}/app?charset=utf8", [agreed(NOT_SUPPORTED), LOGIN_FAILED]),
    ("jdbc:sqlserver://{};user=sa;password=geheim", [agreed(NOT_SUPPORTED), LOGIN_FAILED]),
    ("oracle://joe:geheim@{}/FREEPDB1", [packet(2, bytes(24))]),
    ("jdbc:oracle:thin:joe/geheim@//{}/FREEPDB1", [packet(11, b""), packet(5, b"\0\0")]),
    ("cassandra://joe:geheim@{}/keyspace", [SUPPORTED]),
    ("neo4j://joe:geheim@{}/movies", [BOLT]),
    ("bolt://{}", [bytes(4)]),
]


@pytest.mark.parametrize(("form", "answers"), UP, ids=[row[0] for row in UP])
def test_an_answer_is_up(untilup: Program, form: str, answers: list[bytes]) -> None:
    """A server that answers its protocol is up. No password is sent or shown, and the connection is closed."""
    server = Asked(*answers)
    with tcp_servers.serving(server) as port:
        assert reason(untilup, form.format(f"{HOST}:{port}")) is None
    ((*asked,),) = server.asked
    assert len(asked) == len(answers)
    everything = b"".join(asked)
    assert SECRET.encode() not in everything
    assert SECRET.encode("utf-16-le") not in everything
    assert server.left == 1


DOWN = [
    ("mssql://{}", [agreed(NOT_SUPPORTED), NOT_UP[1]], "not-serving"),
    ("mssql://{}", [LOGIN_FAILED], "not-mssql"),
    ("oracle://{}/X#sid", [refuse(12505)], "not-registered"),
    ("oracle://{}/X", [refuse(12528)], "not-serving"),
    ("oracle://{}/X", [packet(11, b"")] * 4, "too-long"),
    ("cassandra://{}", [frame(0, error(0x1002, b"joining"))], "not-serving"),
    *((f"{scheme}://{{}}/x", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], f"not-{scheme}") for scheme in ("mssql", "oracle", "cassandra", "bolt")),
    ("neo4j://{}", [b"\x15\x03\x03\0\x02\x02\x46"], "not-bolt"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "answers", "word"), DOWN, ids=range(len(DOWN)))
def test_another_answer_is_not_up(
    untilup: Program, form: str, answers: list[bytes], word: str
) -> None:
    """A server that is starting, or speaks another protocol, is not up, and the failure has a reason code."""
    with tcp_servers.serving(Asked(*answers)) as port:
        assert reason(untilup, form.format(f"{HOST}:{port}")) == word


def test_a_name_that_is_a_sid(untilup: Program) -> None:
    """If the listener knows no such service, the same name is asked for as a SID, in the same attempt."""
    asked: list[bytes] = []

    def listen(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        asked.append(client.recv(4096))
        client.sendall(packet(2, bytes(24)) if b"(SID=XE)" in asked[-1] else refuse(12514))

    with tcp_servers.serving(listen) as port:
        assert reason(untilup, f"oracle://{HOST}:{port}/XE") is None
    assert [b"SERVICE_NAME=XE" in each for each in asked] == [True, False]


def in_packets(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """Return a SQL Server that requires encryption, and refuses every login."""

    def behave(client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        if client.recv(4096)[-1] == NOT_SUPPORTED:
            client.sendall(agreed(REQUIRED))
            return
        client.sendall(agreed(ON))
        received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(received, to_send, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                flush(client, to_send)
                head = client.recv(8, socket.MSG_WAITALL)
                size = int.from_bytes(head[2:4], "big") - len(head)
                assert head[0] == 0x12
                received.write(client.recv(size, socket.MSG_WAITALL))
        flush(client, to_send)
        received.write(client.recv(4096))
        assert tls.read(4096)[0] == 0x10
        tls.write(LOGIN_FAILED)
        client.sendall(to_send.read())

    def flush(client: socket.socket, to_send: ssl.MemoryBIO) -> None:
        if data := to_send.read():
            client.sendall(b"\x12\1" + (8 + len(data)).to_bytes(2, "big") + bytes(4) + data)

    return behave


def test_a_server_that_requires_encryption(untilup: Program, tmp_path: Path) -> None:
    """SQL Server that requires encryption is asked over TLS in TDS, whatever its certificate."""
    context = serving(Authority(tmp_path).issue("another.example"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tcp_servers.serving(in_packets(context)) as port:
        assert reason(untilup, f"mssql://{HOST}:{port}") is None


TLS = [
    ("mssql://{}#tls&ca={}", [agreed(ON), LOGIN_FAILED]),
    ("oracle://{}/X#tls&ca={}", [packet(2, bytes(24))]),
    ("cassandra://{}#tls&ca={}", [SUPPORTED]),
    ("neo4j+s://{}#ca={}", [BOLT]),
    ("bolt+ssc://{}#timeout=1m&settle=0#optional=no", [BOLT]),
]


@pytest.mark.parametrize(("form", "answers"), TLS, ids=[row[0] for row in TLS])
def test_over_tls(untilup: Program, tmp_path: Path, form: str, answers: list[bytes]) -> None:
    """Over TLS the same answer is up, and the certificate is verified unless the scheme says otherwise."""
    authority = Authority(tmp_path)
    secured = over_tls(serving(authority.issue()), Asked(*answers))
    with tcp_servers.serving(secured) as port:
        assert reason(untilup, form.format(f"{HOST}:{port}", authority.file)) is None
        if "ca=" in form:
            strict = form.partition("#")[0].format(f"{HOST}:{port}") + "#tls" * ("+" not in form)
            assert reason(untilup, strict) == "certificate"
