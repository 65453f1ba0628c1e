"""zookeeper://, ldap://, smtp:// and ssh:// against servers on loopback: what is asked, and how often."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.eventually import Eventually
from tests.support.http_server import NEVER, UP, WAITED_FOR, over_tls, verdict
from tests.support.untilup_process import PATIENCE, Program
from untilup.protocols import ldap, smtp, zookeeper

BOUND = bytes.fromhex("30 0c 02 01 01 61 07 0a 01 00 04 00 04 00")
MODE = b"Zookeeper version: 3.9.3\nMode: follower\n"
GREETING = b"220 mail ESMTP\r\n"
SSH = b"SSH-2.0-OpenSSH_10.0\r\n"
# The target, what it is asked, the answer by which it is up, and what is said then.
SERVERS = {
    "zookeeper": ("zookeeper://joe:geheim@{}/app", zookeeper.SRVR, MODE, b""),
    "ldap": ("ldap://cn=joe,dc=x:geheim@{}/dc=x??sub", ldap.BIND, BOUND, ldap.UNBIND),
    "smtp": ("smtp://joe:geheim@{}", b"", GREETING, smtp.QUIT),
    "ssh": ("ssh://joe:geheim@{}", b"", SSH, b""),
}
# What is said instead, the exit status, and words of the message.
OTHERS = [
    ("zookeeper", b"This ZooKeeper instance is not currently serving requests\n", WAITED_FOR, "no quorum"),
    ("zookeeper", b"srvr is not executed because it is not in the whitelist.\n", NEVER, "4lw.commands.whitelist"),
    ("ldap", b"HTTP/1.1 400 Bad Request\r\n\r\n", WAITED_FOR, "not as LDAP: HTTP/1.1 400 Bad Request"),
    ("smtp", b"421 4.3.2 later\r\n", WAITED_FOR, "not available now"),
    ("ssh", b"Not allowed at this time\r\n", WAITED_FOR, "PerSourcePenalties"),
]  # fmt: skip


class Server:
    """Gives the *answer* once it has been asked the *question*, and keeps all that it hears."""

    def __init__(self, question: bytes, answer: bytes) -> None:
        self.question = question
        self.answer = answer
        self.heard = b""
        self.times: list[float] = []

    def __call__(self, client: socket.socket) -> None:
        self.times.append(time.monotonic())
        client.settimeout(PATIENCE)
        while self.question not in self.heard and (piece := client.recv(4096)):
            self.heard += piece
        client.sendall(self.answer)
        while piece := client.recv(4096):
            self.heard += piece


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_serves(untilup: Program, name: str) -> None:
    """It is asked one question and left politely; user and password go nowhere."""
    word, question, answer, goodbye = SERVERS[name]
    server = Server(question, answer)
    with tcp_servers.serving(server) as port:
        done = untilup.run("-v", word.format(f"127.0.0.1:{port}"), "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (UP, "ran\n"), done.stderr
    assert server.heard == question + goodbye
    assert "joe" not in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(("name", "answer", "status", "words"), OTHERS)
def test_a_server_that_does_not(
    untilup: Program, name: str, answer: bytes, status: int, words: str
) -> None:
    """A server that does not serve is not up, and one that never tells ends the wait."""
    word, question, _, _ = SERVERS[name]
    with tcp_servers.serving(Server(question, answer)) as port:
        found, output = verdict(untilup, word.format(f"127.0.0.1:{port}"))
    assert (found, words in output) == (status, True), output
    assert "geheim" not in output


@pytest.mark.parametrize(
    ("scheme", "options"), [("ldaps", ""), ("smtps", ""), ("zookeeper", "tls&")]
)
def test_over_tls(untilup: Program, tmp_path: Path, scheme: str, options: str) -> None:
    """Over TLS the certificate has to verify first."""
    authority = Authority(tmp_path)
    _, question, answer, _ = SERVERS[scheme.removesuffix("s")]
    behave = over_tls(serving(authority.issue()), Server(question, answer))
    with tcp_servers.serving(behave) as port:
        word = f"{scheme}://127.0.0.1:{port}#{options}"
        assert untilup.run(f"{word}ca={authority.file}").returncode == UP
        assert "certificate" in verdict(untilup, word.rstrip("&#"))[1]


@pytest.mark.parametrize(("mode", "answer"), [("--up", b"220 mail\r\n"), ("--down", SSH)])
def test_an_ssh_server_is_left_alone(
    untilup: Program, eventually: Eventually, mode: str, answer: bytes
) -> None:
    """A server that answers at a port of SSH is contacted at most once a second, also with --down."""
    server = Server(b"", answer)
    with tcp_servers.serving(server) as port:
        process = untilup.start(mode, "--max-delay", "10ms", f"ssh://127.0.0.1:{port}")
        eventually(lambda: len(server.times) > 2)
        process.terminate()
        process.communicate(timeout=PATIENCE)
    pairs = zip(server.times, server.times[1:], strict=False)
    assert min(later - earlier for earlier, later in pairs) >= 1
