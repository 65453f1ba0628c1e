"""Servers that are asked over HTTP, as processes: what the log says, TLS, and a question that is held."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from tests.support import json_log, tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import answering, over_tls
from tests.support.untilup_process import LONG, PATIENCE, Program

CHALLENGE = 'WWW-Authenticate: Basic realm="security"'
SEALED, ACTIVE = '{"sealed":true}', '{"sealed":false}'


def test_a_cluster_that_requires_a_login(untilup: Program) -> None:
    """Without credentials it is up, and the line says that its state is unknown; with them it is not up."""
    with tcp_servers.serving(answering(401, CHALLENGE)) as port:
        done = untilup.run(f"elasticsearch://127.0.0.1:{port}", "--log-format", "json")
        assert done.returncode == 0
        (up,) = [event for event in json_log.read(done.stderr) if event["event"] == "up"]
        assert "whether its cluster can be used is unknown" in up["detail"]
        assert up["message"].endswith(f"is up at the first attempt: {up['detail']}")
        done = untilup.run("--once", f"opensearch://127.0.0.1:{port}", f"opensearch://joe:geheim@127.0.0.1:{port}")  # fmt: skip
    assert done.returncode == 124
    assert up["detail"] in done.stderr
    assert "rejects the credentials, or does not know them yet" in done.stderr
    assert "geheim" not in done.stderr


def test_over_tls(untilup: Program, tmp_path: Path) -> None:
    """With the option tls, or with +https, the server's certificate must verify."""
    authority = Authority(tmp_path)
    behave = over_tls(serving(authority.issue()), answering(200, body=ACTIVE))
    with tcp_servers.serving(behave) as port:
        words = (f"vault://127.0.0.1:{port}#tls&ca=", f"vault+https://127.0.0.1:{port}#ca=")
        done = untilup.run(*(f"{word}{authority.file}" for word in words))
        assert done.returncode == 0, done.stderr
        done = untilup.run("--once", f"vault+https://127.0.0.1:{port}")
    assert "from a CA that is not known here" in done.stderr


def test_a_question_that_is_held(untilup: Program) -> None:
    """A cluster that was red holds the next question, and is up as soon as it answers that."""
    asked, usable = threading.Event(), threading.Event()
    red = answering(200, body='{"status":"red"}')
    green = answering(200, body='{"status":"green"}')
    questions = []

    def behave(client: socket.socket) -> None:
        request = client.recv(4096)
        questions.append(request)
        answer = red
        if b"wait_for_status=yellow&timeout=" in request:
            asked.set()
            assert usable.wait(PATIENCE)
            answer = green
        client.sendall(answer.answer)

    with tcp_servers.serving(behave) as port:
        words = ("-t", LONG, "--attempt-timeout", LONG, f"elasticsearch://127.0.0.1:{port}")
        process = untilup.start(*words)
        assert asked.wait(PATIENCE)
        usable.set()
        _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, len(questions)) == (0, 2)
    assert b"the cluster's status is red" in stderr
    assert b"is up after 2 attempts\n" in stderr
