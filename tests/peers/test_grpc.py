"""grpc:// and grpcs:// against servers of grpcio, which has gRPC's own core and health service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.support import json_log
from tests.support.certificates import Authority
from tests.support.http_server import NEVER, UP, WAITED_FOR, verdict
from tests.support.untilup_process import Program

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def start() -> Iterator[Callable[..., int]]:
    """Return what starts a server, and returns its port."""
    servers = []

    def start(
        servicer: health.HealthServicer | None, credentials: grpc.ServerCredentials | None = None
    ) -> int:
        server = grpc.server(ThreadPoolExecutor(4))
        servers.append(server)
        if servicer:
            health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        where = "127.0.0.1:0"
        if credentials:
            port = server.add_secure_port(where, credentials)
        else:
            port = server.add_insecure_port(where)
        server.start()
        return int(port)

    yield start
    for server in servers:
        server.stop(None)


def test_the_health_service(untilup: Program, start: Callable[..., int]) -> None:
    """A service is waited for until it is SERVING, also if the server does not know it yet."""
    servicer = health.HealthServicer()
    servicer.set("", SERVING)
    servicer.set("down", NOT_SERVING)
    port = start(servicer)
    done = untilup.run(f"grpc://127.0.0.1:{port}", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    status, output = verdict(untilup, f"grpc://127.0.0.1:{port}/down")
    assert (status, "answers NOT_SERVING" in output) == (WAITED_FOR, True)
    process = untilup.start("--log-format", "json", f"grpc://127.0.0.1:{port}/late")
    assert process.stderr
    while json_log.read_line(process.stderr.readline().decode())["reason"] != "not-serving":
        pass
    servicer.set("late", SERVING)
    assert process.wait(60) == UP
    process.stderr.close()


def test_no_health_service(untilup: Program, start: Callable[..., int]) -> None:
    """A server without a health service can never be up."""
    status, output = verdict(untilup, f"grpc://127.0.0.1:{start(None)}")
    assert (status, "tcp://HOST:PORT" in output) == (NEVER, True)


def test_over_tls(untilup: Program, start: Callable[..., int], tmp_path: Path) -> None:
    """Over TLS the server's certificate must verify."""
    authority = Authority(tmp_path)
    pem = authority.issue().read_bytes()
    servicer = health.HealthServicer()
    servicer.set("", SERVING)
    port = start(servicer, grpc.ssl_server_credentials([(pem, pem)]))
    assert verdict(untilup, f"grpcs://127.0.0.1:{port}#ca={authority.file}")[0] == UP
    status, output = verdict(untilup, f"grpcs://127.0.0.1:{port}")
    assert (status, "from a CA that is not known here" in output) == (WAITED_FOR, True)
