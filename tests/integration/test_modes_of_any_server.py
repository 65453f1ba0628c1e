"""Every way to wait applies to what docs/any-server.md has as to any other target."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import health_server, json_log, tcp_servers
from tests.support.http_server import answering
from tests.support.untilup_process import PATIENCE, Program

UP, LATE = 0, 124


class Server(NamedTuple):
    """A target *word*, how it is shown, and the reason why it is not up, if it is not."""

    word: str
    shown: str
    reason: str


# A server of each kind that is up, and one that answers but is not.
Both = dict[str, tuple[Server, Server]]
KINDS = ["send", "json", "grpc", "contains"]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Both]:
    """Yield the servers by their kinds."""
    with contextlib.ExitStack() as stack:

        def serve(scheme: str, fragment: str, answers: object, reason: str = "") -> Server:
            port = stack.enter_context(tcp_servers.serving(answers))  # type: ignore[arg-type]  # of several kinds
            shown = f"{scheme}://127.0.0.1:{port}"
            return Server(f"{shown}{fragment}", shown, reason)

        def log(text: str, reason: str = "") -> Server:
            file = tmp_path / f"{text}.log"
            file.write_text(text)
            return Server(f"file://{file}#contains=ready", f"file://{file}", reason)

        http, grpc = "/#json=up=true", health_server.answering
        yield {
            "send": (
                serve("tcp", "#send=ruok&expect=imok", lambda client: client.sendall(b"imok")),
                serve("tcp", "#send=ruok&expect=imok", tcp_servers.greet_and_close, "missing-text"),
            ),
            "json": (
                serve("http", http, answering(200, body='{"up": true}')),
                serve("http", http, answering(200, body='{"up": false}'), "wrong-answer"),
            ),
            "grpc": (
                serve("grpc", "", grpc(health_server.SERVING)),
                serve("grpc", "", grpc(health_server.NOT_SERVING), "not-serving"),
            ),
            "contains": (log("ready"), log("starting", "missing-text")),
        }


def test_once(untilup: Program, servers: Both) -> None:
    """With --once, JSON has the state of each, and the reason why it is not up."""
    every = [server for both in servers.values() for server in both]
    words = [server.word for server in every]
    done = untilup.run("--once", "--log-format", "json", *words)
    assert done.returncode == LATE
    lines = [line for line in json_log.read(done.stderr) if line["event"] in {"up", "failed"}]
    found = {line["target"].rstrip("/"): (line["state"], line["reason"] or "") for line in lines}
    assert found == {
        server.shown: ("down" if server.reason else "up", server.reason) for server in every
    }


@pytest.mark.parametrize("kind", KINDS)
def test_any(untilup: Program, servers: Both, kind: str) -> None:
    """With --any the wait ends once one of them is up, whatever the other answers."""
    up, not_up = (server.word for server in servers[kind])
    assert untilup.run("-t", str(PATIENCE), "--any", not_up, up).returncode == UP


def test_down(untilup: Program, servers: Both, port: int, tmp_path: Path) -> None:
    """With --down an answer proves that a server is there; a refusal, and a file without the text, that it is not."""
    not_up = [server.word for _, server in servers.values()]
    done = untilup.run("--once", "--down", "--log-format", "json", *not_up)
    assert done.returncode == LATE
    found = {line["target"] for line in json_log.read(done.stderr) if line["state"] == "down"}
    assert found == {servers["contains"][1].shown}
    gone = (
        f"tcp://127.0.0.1:{port}#expect=x",
        f"http://127.0.0.1:{port}/#json=up=true",
        f"grpc://127.0.0.1:{port}",
        f"file://{tmp_path}/absent#contains=ready",
    )
    assert untilup.run("-t", str(PATIENCE), "--down", *gone).returncode == UP


def test_stable(untilup: Program, servers: Both) -> None:
    """What stays up during --stable is attempted again meanwhile, and is up then."""
    words = [server.word for server, _ in servers.values()]
    done = untilup.run("-t", str(PATIENCE), "--stable", "200ms", "--log-format", "json", *words)
    assert done.returncode == UP
    attempts = [line["attempts"] for line in json_log.read(done.stderr) if line["event"] == "up"]
    assert len(attempts) == len(KINDS)
    assert min(attempts) > 1


def test_optional(untilup: Program, servers: Both) -> None:
    """If they are optional, the wait goes on without them."""
    late = [server.word for _, server in servers.values()]
    words = [f"{word}{'&' if '#' in word else '#'}optional" for word in late]
    up, _ = servers["send"]
    done = untilup.run("-t", str(PATIENCE), *words, up.word)
    assert done.returncode == UP
    assert done.stderr.count("continuing without it (optional)") == len(late)


def test_verbose(untilup: Program, servers: Both) -> None:
    """With -v, each attempt has a line."""
    late = [server for _, server in servers.values()]
    process = untilup.start("-v", "-t", str(PATIENCE), *[server.word for server in late])
    assert process.stderr
    missing = {f"{server.shown} {attempt}" for server in late for attempt in ("1", "2")}
    while missing:
        line = process.stderr.readline().decode()
        missing -= {
            each
            for each in missing
            if f"{each.split()[0]}" in line and f"(attempt {each.split()[1]}, " in line
        }
    process.kill()
