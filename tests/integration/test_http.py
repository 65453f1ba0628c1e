"""http:// against servers on loopback: the request, what counts as up, and what is never shown."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from pathlib import Path

import pytest

from tests.support import json_log, tcp_servers
from tests.support.http_server import NEVER, WAITED_FOR, Web, answering, verdict
from tests.support.untilup_process import PATIENCE, Program

SECRETS = ("geheim", "Z2VoZWlt", "am9lOmdlaGVpbQ")


def last(stderr: str) -> dict[str, object]:
    """Return what the last line about a target said, of a run with --log-format json."""
    lines = json_log.read(stderr)
    told = [line for line in lines if line["target"] and line["event"] != "observation"]
    found: dict[str, object] = told[-1]
    return found


def reason(untilup: Program, word: str, **options: object) -> tuple[int, object]:
    """Return the exit status of one attempt at *word*, and the reason."""
    done = untilup.run("--once", "--log-format", "json", word, **options)
    return done.returncode, last(done.stderr)["reason"]


def test_a_success_is_up(untilup: Program) -> None:
    """A server that answers by a success is up at the first attempt, and was asked for the path."""
    web = answering(200)
    with tcp_servers.serving(web) as port:
        done = untilup.run(f"http://127.0.0.1:{port}/health?full=1", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert f"http://127.0.0.1:{port}/health is up at the first attempt" in done.stderr
    assert web.asked[0].startswith(
        b"GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: untilup/" % port
    )


def test_a_server_that_fails_first(untilup: Program) -> None:
    """A server that is not ready is asked again until it is."""
    web = answering(503)
    with tcp_servers.serving(web) as port:
        process = untilup.start(f"http://127.0.0.1:{port}", "--", "echo", "ran")
        assert process.stderr
        while b"HTTP 503 As It Says" not in process.stderr.readline():
            pass
        web.answer = answering(204).answer
        assert process.communicate(timeout=PATIENCE)[0] == b"ran\n"


def test_redirects_are_not_followed(untilup: Program) -> None:
    """A redirect counts as success unless status= excludes it, and is not followed."""
    elsewhere = answering(200)
    with tcp_servers.serving(elsewhere) as other:
        web = answering(302, f"Location: http://127.0.0.1:{other}/")
        with tcp_servers.serving(web) as port:
            assert untilup.run(f"http://127.0.0.1:{port}").returncode == 0
            assert reason(untilup, f"http://127.0.0.1:{port}#status=200") == (124, "status")
    assert len(web.asked) == 2
    assert elsewhere.asked == []


def test_proxy_variables_are_ignored(untilup: Program) -> None:
    """The target itself is asked, whatever proxies the environment names."""
    proxy, web = answering(200), answering(200)
    with tcp_servers.serving(proxy) as other, tcp_servers.serving(web) as port:
        names = ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")
        env = dict.fromkeys(names, f"http://127.0.0.1:{other}")
        assert untilup.run("--once", f"http://127.0.0.1:{port}", env=env).returncode == 0
    assert (len(web.asked), proxy.asked) == (1, [])


def test_options(untilup: Program) -> None:
    """Method, header, host, status and text are those of the target's fragment."""
    web = answering(418, body="short and stout")
    options = (
        "method=PUT&header=X-Key:a%20b&header=X-Key:c&host=tea.pot&status=418&contains=and%20st"
    )
    with tcp_servers.serving(web) as port:
        assert untilup.run(f"http://joe:geheim@127.0.0.1:{port}/tea#{options}").returncode == 0
        assert reason(untilup, f"http://127.0.0.1:{port}#status=418&contains=tall") == (
            124,
            "missing-text",
        )
    first, *lines = web.asked[0].decode().split("\r\n")
    assert first == "PUT /tea HTTP/1.1"
    assert {"Host: tea.pot", "X-Key: a b", "X-Key: c", "Authorization: Basic am9lOmdlaGVpbQ=="} <= {
        *lines
    }


def test_head_has_no_body(untilup: Program) -> None:
    """After HEAD the length that the server tells is not waited for."""
    with tcp_servers.serving(Web(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")) as port:
        assert untilup.run(f"http://127.0.0.1:{port}#method=HEAD").returncode == 0


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (answering(401).answer, NEVER, "the server requires credentials, and the target has none"),
        (answering(407).answer, NEVER, "the server requires credentials, and the target has none"),
        (answering(403).answer, WAITED_FOR, "HTTP 403"),
        (answering(404).answer, WAITED_FOR, "HTTP 404"),
        (answering(500).answer, WAITED_FOR, "HTTP 500"),
        (b"220 mail\r\n", WAITED_FOR, "not as HTTP: 220 mail"),
        (b"HTTP/1.1 200 OK\r\n", WAITED_FOR, "before its answer was complete"),
        (b"", WAITED_FOR, "closed without an answer"),
    ],
    ids=["401", "407", "403", "404", "500", "not HTTP", "half", "nothing"],
)
def test_what_is_not_up(untilup: Program, answer: bytes, status: int, words: str) -> None:
    """Whatever is answered instead of success is waited for, or ends it at once where time is no cure."""
    with tcp_servers.serving(Web(answer)) as port:
        told, output = verdict(untilup, f"http://127.0.0.1:{port}/")
    assert (told, words in output) == (status, True), output


def test_silence_ends_with_the_attempt(untilup: Program, up: int) -> None:
    """A server that accepts and never answers is not up, and does not hold the deadline up."""
    done = untilup.run(
        *("--once", "--attempt-timeout", "300ms", "--log-format", "json"), f"http://127.0.0.1:{up}"
    )
    assert (done.returncode, last(done.stderr)["reason"]) == (124, "silent")
    assert re.search(r"no answer in \d+\.\ds", done.stderr)


def test_an_endless_answer_ends(untilup: Program) -> None:
    """A server that never stops to answer is no way to keep untilup busy."""
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while not over.wait(0.02):
                client.sendall(b"x")

    with tcp_servers.serving(drip) as port:
        word = f"http://127.0.0.1:{port}#contains=y"
        done = untilup.run("--once", "--attempt-timeout", "500ms", "--log-format", "json", word)
        over.set()
    assert (done.returncode, last(done.stderr)["reason"]) == (124, "silent")
    assert "began its answer" in done.stderr

    def flood(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    with tcp_servers.serving(flood) as port:
        assert reason(untilup, f"http://127.0.0.1:{port}") == (124, "not-http")


def test_unix(untilup: Program, tmp_path: Path) -> None:
    """With unix= the request goes to that socket; the host is not looked up, and named as it is."""
    web = answering(200)
    path = tmp_path / "api.sock"
    word = f"http://nobody.invalid/health#unix={path}"
    assert untilup.run("--once", word).returncode == 124
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            client, _ = server.accept()
            with client:
                web(client)

        thread = threading.Thread(target=serve)
        thread.start()
        done = untilup.run("--once", word)
        thread.join()
    assert done.returncode == 0
    assert b"\r\nHost: nobody.invalid\r\n" in web.asked[0]


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize(
    "answer",
    [
        b"%s",
        b"HTTP/1.1 404 %s\r\n\r\n",
        b"HTTP/1.1 401 %s\r\n\r\n",
        b"HTTP/1.1 302 x\r\nLocation: %s\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
    ],
    ids=["echo", "404", "401", "302", "broken"],
)
def test_secrets_are_nowhere(untilup: Program, answer: bytes, format_: str) -> None:
    """No password, query, or header's value is in any output, even if the server repeats them."""

    class Echo(Web):
        def __call__(self, client: socket.socket) -> None:
            client.settimeout(PATIENCE)
            client.sendall(answer.replace(b"%s", client.recv(4096).replace(b"\r\n", b" ")))
            client.shutdown(socket.SHUT_WR)

    with tcp_servers.serving(Echo(b"")) as port:
        at = f"127.0.0.1:{port}/x"
        words = (
            f"http://joe:geheim@{at}#status=200&contains=y",
            f"http://{at}?token=geheim#status=200&contains=y",
            f"http://{at}#header=X-Key:geheim&status=200&contains=y",
        )
        done = untilup.run("--once", "-v", "--log-format", format_, *words)
        assert done.returncode == 124
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
