"""docs/any-server.md: each of its commands, against a server that behaves as the page says."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import health_server, json_log, tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import Web, answering, over_tls, verdict
from tests.support.untilup_process import PATIENCE, Program

PAGE = Path(__file__).parents[2] / "docs" / "any-server.md"
COMMANDS = re.findall(r"^untilup '(.*)' -- ./start$", PAGE.read_text(), re.MULTILINE)
HEALTH = '{"status": "UP", "parts": [{"ready": true}], "data": {"up": true}}'


def files(client: socket.socket) -> None:
    """Greet as an FTP server does, and end when that is asked for."""
    client.sendall(b"220 files\r\n")
    if client.recv(100) == b"QUIT\r\n":
        client.sendall(b"221 bye\r\n")


def replying(question: bytes, answer: bytes) -> Callable[[socket.socket], None]:
    """Return what gives that *answer* to that *question*, and none to others."""

    def behave(client: socket.socket) -> None:
        if client.recv(100) == question:
            client.sendall(answer)

    return behave


def greet(client: socket.socket) -> None:
    """Greet as an IMAP server does."""
    client.sendall(b"* OK ready\r\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_page(untilup: Program, tmp_path: Path, command: str) -> None:
    """Each target of the page is up if its server behaves as the page says."""
    web = answering(200, "X-State: ready", body=HEALTH)
    servers: dict[str, Callable[[socket.socket], object]] = {
        "files:21": files,
        "queue:11300": replying(b"stats\r\n", b"OK 9\r\nx: 1\r\n"),
        "api:8080": web,
        "orders:50051": health_server.answering(health_server.SERVING),
    }
    with contextlib.ExitStack() as stack:
        if command.startswith("tls://"):
            authority = Authority(tmp_path)
            secured = over_tls(serving(authority.issue()), greet)
            port = stack.enter_context(tcp_servers.serving(secured))
            word = command.replace("mail:993", f"127.0.0.1:{port}") + f"&ca={authority.file}"
        elif command.startswith("unix://"):
            behave = replying(b"show info\n", b"Name: HAProxy\nUptime: 1\n")
            stack.enter_context(tcp_servers.serving_at(tmp_path / "socket", behave))
            word = command.replace("/run/haproxy.sock", str(tmp_path / "socket"))
        elif command.startswith("file://"):
            (tmp_path / "app.log").write_text("starting\nready\n")
            word = command.replace("/var/log", str(tmp_path)).replace("/run/app", str(tmp_path))
        else:
            host = command.split("/")[2].partition("#")[0]
            port = stack.enter_context(tcp_servers.serving(servers[host]))
            word = command.replace(host, f"127.0.0.1:{port}")
        done = untilup.run("-t", str(PATIENCE), word, "--", "echo", "started")
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


def test_what_was_sent_is_nowhere(untilup: Program) -> None:
    """No output has what was sent, although the server repeats it."""
    echo = replying(b"AUTH geheim\r\n", b"unknown: AUTH geheim\r\n")
    with tcp_servers.serving(echo) as port:
        word = rf"tcp://127.0.0.1:{port}#send=AUTH geheim\r\n&expect=OK"
        done = untilup.run(
            "-v", "--once", "--attempt-timeout", "300ms", "--log-format", "json", word
        )
    assert "geheim" not in done.stdout + done.stderr
    reasons = [line["reason"] for line in json_log.read(done.stderr) if line.get("reason")]
    assert reasons[-1] == "missing-text"
    assert "unknown: (not shown) (not shown)" in done.stderr


def test_down(untilup: Program) -> None:
    """With --down a wrong answer means that a server is there, and a close without a byte that none is."""
    with tcp_servers.serving(tcp_servers.greet_and_close) as port:
        status, output = verdict(untilup, f"tcp://127.0.0.1:{port}#expect=250")
        assert (status, "instead came: 220 welcome" in output) == (124, True)
        done = untilup.run("--once", "--down", f"tcp://127.0.0.1:{port}#expect=250")
        assert (done.returncode, "it is still up" in done.stdout + done.stderr) == (124, True)
    with tcp_servers.serving(tcp_servers.close_at_once) as port:
        assert untilup.run("--down", f"tcp://127.0.0.1:{port}#expect=220").returncode == 0


def test_the_step_before_has_given_up(untilup: Program, tmp_path: Path) -> None:
    """When the file of failed= appears, the wait ends at once with 125."""
    process = untilup.start("-t", str(PATIENCE), f"file://{tmp_path}/x#failed={tmp_path}/failed")
    assert process.stderr
    while b"is not up" not in process.stderr.readline():
        pass
    (tmp_path / "failed").touch()
    _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"the step before has given up" in stderr) == (125, True)


def redirecting(status: int, location: str) -> Web:
    return answering(status, f"Location: {location}")


def test_redirects(untilup: Program) -> None:
    """A redirect to another server is followed without the user, the headers and the body of the target."""
    final = answering(200, body="here")
    options = "header=X-Key:geheim&redirects=2&contains=here"
    with tcp_servers.serving(final) as last:
        second = redirecting(307, "/there?a=b")
        with tcp_servers.serving(second) as port:
            assert untilup.run("--once", f"http://127.0.0.1:{port}#{options}").returncode == 124
            assert len(second.asked) == 3
            assert all(b"geheim" in request for request in second.asked)
            second.answer = redirecting(302, f"http://127.0.0.1:{last}/x").answer
            assert untilup.run(f"http://joe:geheim@127.0.0.1:{port}#{options}").returncode == 0
    assert b"Authorization: " in second.asked[-1]
    assert final.asked[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert not re.search(rb"geheim|authorization|x-key", final.asked[0], re.IGNORECASE)


def test_redirects_that_are_not_followed(untilup: Program, authority: Authority) -> None:
    """A redirect from https to http is not followed, nor one that sends a body to another server."""
    elsewhere = answering(200)
    with tcp_servers.serving(elsewhere) as other:
        web = redirecting(307, f"http://127.0.0.1:{other}/")
        with tcp_servers.serving(web) as port:
            done = untilup.run("--once", f"http://127.0.0.1:{port}#redirects=1&body=x")
            assert (done.returncode, "another server" in done.stdout + done.stderr) == (124, True)
        with tcp_servers.serving(over_tls(serving(authority.issue()), web)) as port:
            word = f"https://127.0.0.1:{port}#redirects=1&ca={authority.file}"
            done = untilup.run("--once", word)
            assert (done.returncode, "without encryption" in done.stdout + done.stderr) == (
                124,
                True,
            )
    assert elsewhere.asked == []


def test_a_redirect_to_nowhere(untilup: Program, port: int) -> None:
    """A server that redirects to one that is not up is not up, and is not down either."""
    with tcp_servers.serving(redirecting(302, f"http://127.0.0.1:{port}/")) as here:
        word = f"http://127.0.0.1:{here}#redirects=1"
        status, output = verdict(untilup, word)
        assert (status, f"redirected to http://127.0.0.1:{port}/: " in output) == (124, True)
        assert untilup.run("--once", "--down", word).returncode == 124


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))
