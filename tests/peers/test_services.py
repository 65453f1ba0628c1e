"""temporal:// and s3:// through the start of a real Temporal and a real SeaweedFS."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import json_log
from tests.support.untilup_process import LONG, PATIENCE, Program

# Their programs come with `make test-release`.
pytestmark = [pytest.mark.release, pytest.mark.repeated]

STARTS = int(os.environ.get("UNTILUP_TEST_SERVER_STARTS", "1"))
PROGRAMS = Path(sys.executable).parent
# Of SeaweedFS. Each has a port, and one for gRPC.
PARTS = ("master", "volume", "filer", "s3")
MAKE_A_BUCKET = (
    "import sys, urllib.request as r; print(r.urlopen(r.Request(sys.argv[1], method='PUT')).status)"
)


def free_ports(count: int) -> list[int]:
    """Return *count* ports at which nothing listens now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def temporal(_directory: Path) -> tuple[list[str], str, list[str], str]:
    """Return the words of a server, its target, a client, and what that must say."""
    port, metrics = free_ports(2)
    program = str(PROGRAMS / "temporal")
    where = f"127.0.0.1:{port}"
    server = [program, "server", "start-dev", "--headless", "--port", str(port)]
    client = [program, "operator", "namespace", "describe", "default", "--address", where]
    return [*server, "--metrics-port", str(metrics)], f"temporal://{where}", client, "default"


def seaweedfs(directory: Path) -> tuple[list[str], str, list[str], str]:
    """Return the same of a server of the S3 API."""
    names = [f"{part}.{kind}" for part in PARTS for kind in ("port", "port.grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    server = [str(PROGRAMS / "weed"), "server", "-s3", f"-dir={directory}", "-ip=127.0.0.1"]
    server += [f"-{name}={port}" for name, port in ports.items()]
    where = f"127.0.0.1:{ports['s3.port']}"
    client = [sys.executable, "-c", MAKE_A_BUCKET, f"http://{where}/bucket"]
    return server, f"s3://{where}", client, "200"


@pytest.mark.timeout(60 + 60 * STARTS)
@pytest.mark.parametrize("make", [temporal, seaweedfs])
def test_starts(
    untilup: Program,
    tmp_path: Path,
    make: Callable[[Path], tuple[list[str], str, list[str], str]],
) -> None:
    """Its port refuses, then it serves, and the first client is let in, every time."""
    for number in range(STARTS):
        directory = tmp_path / str(number)
        directory.mkdir()
        words, target, client, answer = make(directory)
        waiting = untilup.start("-t", LONG, "--log-format", "json", target, "--", *client)
        assert waiting.stderr
        while json_log.read_line(waiting.stderr.readline().decode())["reason"] != "refused":
            pass
        with (directory / "log").open("w") as log:
            server = subprocess.Popen(words, stdout=log, stderr=log, cwd=directory)
        try:
            out, _ = waiting.communicate(timeout=PATIENCE)
        finally:
            server.terminate()
            server.wait(PATIENCE)
        assert (waiting.returncode, answer in out.decode()) == (0, True), out
