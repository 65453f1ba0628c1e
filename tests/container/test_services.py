"""Real servers of etcd and ClickHouse through their start and their end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.container.real import phases, start, started_and_stopped
from tests.support import json_log
from tests.support.images import Images
from tests.support.untilup_process import BINARY
from untilup.cli import schemes

pytestmark = pytest.mark.container

CLICKHOUSE = ("clickhouse-server", "--config=/etc/clickhouse-server/config.xml")
ETCD = (
    "etcd",
    *("--data-dir", "/tmp/etcd", "--listen-client-urls", "http://0.0.0.0:2379"),
    *("--advertise-client-urls", "http://server:2379"),
)
LISTENS = "<yandex><listen_host>0.0.0.0</listen_host></yandex>"
USERS = """\
<yandex><users>
<default><password>other</password></default>
<joe>
<password>geheim</password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota>
</joe>
</users></yandex>
"""
QUERY = ("clickhouse-client", "--host", "server", "--user", "joe", "--password", "geheim", "-q")
# The target, the server, a client of it, and its answer.
SERVERS = {
    "clickhouse": (
        "clickhouse://joe:geheim@server/default",
        CLICKHOUSE,
        (*QUERY, "SELECT 1"),
        "1\n",
    ),
    "clickhouse, http": (
        "clickhouse+http://joe:geheim@server",
        CLICKHOUSE,
        (*QUERY, "SELECT 1"),
        "1\n",
    ),
    "etcd": (
        "etcd://server",
        ETCD,
        ("etcdctl", "--endpoints", "http://server:2379", "put", "key", "value"),
        "OK\n",
    ),
}
PORTS = (2379, 8123, 9000)
# Schemes that have no host and port, or ask something else than a server.
WITHOUT_A_SERVER = {"dns", "exec", "file", "unix"}
# The path that is shown of a target without one, and one that a target must have.
PATHS = {"http": "/", "oracle": "/service"}
UP = {
    *(f"tcp://server:{port}" for port in PORTS),
    *("clickhouse://server:9000", "clickhouse://server:8123", "http://server:8123/"),
    *("etcd://server:2379", "grpc://server:2379"),
}


@pytest.fixture
def with_clients(images: Images, distribution: str) -> str:
    """Return the image of the product in which there are clients of these servers, too."""
    return images.get("binary_on_services" if distribution == str(BINARY) else "wheel_on_services")


@pytest.fixture
def machine(containers: Containers, images: Images, tmp_path: Path) -> Container:
    """Return the container in which servers will run."""
    files = {}
    for name, text in (("config.d/listen", LISTENS), ("users.d/joe", USERS)):
        file = files[f"/etc/clickhouse-server/{name}.xml"] = tmp_path / f"{Path(name).name}.xml"
        file.write_text(text)
    return containers.start(
        images.get("services"), "sleep", "infinity", name="server", init=True, files=files
    )


@pytest.mark.repeated
@pytest.mark.timeout(60 + 20 * STARTS)
@pytest.mark.parametrize("name", SERVERS)
def test_starts(
    containers: Containers,
    machine: Container,
    with_clients: str,
    name: str,
) -> None:
    """Its port refuses, then it serves, and the first client is let in, every time; then it is down."""
    target, words, client, answer = SERVERS[name]
    for _ in range(STARTS):
        waiting = containers.start(with_clients, "--log-format", "json", target, "--", *client)
        done = started_and_stopped(containers, machine, waiting, target, *words)
        assert (done.returncode, done.stdout) == (0, answer), done.stderr
        assert {*phases(done.stderr)} <= {"refused", "not-serving"}
        assert "geheim" not in done.stderr


@binary_only
def test_every_scheme(containers: Containers, machine: Container) -> None:
    """No other scheme takes these servers for its own, and none gives up."""
    start(machine, *CLICKHOUSE)
    start(machine, *ETCD, log="/tmp/etcd.log")
    names = [name for name in schemes.known() if name not in WITHOUT_A_SERVER]
    assert containers.untilup(*UP).ended().returncode == 0
    events = []
    # One after the other: all lines of a run must fit into the pipe to the engine, which may be slow.
    for port in PORTS:
        words = [f"{name}://server:{port}{PATHS.get(name, '')}" for name in names]
        done = containers.untilup("--once", "--log-format", "json", *words).ended()
        assert done.returncode == 124, done.stderr
        events += [event for event in json_log.read(done.stderr) if event.get("target")]
    up = {event["target"] for event in events if event["event"] == "up"}
    assert up == UP
