"""Real caches and brokers through their start and their end, with a password where they know one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.container.real import log, phases, run, start, started_and_stopped
from tests.support.certificates import Authority
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = pytest.mark.container

NATS_CLIENT = Path(__file__).with_name("nats_client.py")


class Server:
    """How a server is started and waited for, and a *client* of it that logs in, if it knows logins."""

    def __init__(self, target: str, *words: str, client: tuple[str, ...], answer: str = "") -> None:
        self.target = target
        self.words = words
        self.client = client
        self.answer = answer


MOSQUITTO = """\
user root
per_listener_settings true
listener 1883
password_file /tmp/passwords
listener 1884
allow_anonymous true
max_connections 1
listener 8883
certfile /tmp/server.pem
keyfile /tmp/server.pem
"""
NATS = """\
authorization { user: joe, password: geheim }
"""
NATS_OVER_TLS = """\
tls { cert_file: /tmp/server.pem, key_file: /tmp/server.pem }
"""
NATS_FOR_ONE = """\
max_connections: 1
"""
LOGIN = ("-u", "joe", "-P", "geheim")
SERVERS = {
    "valkey": Server(
        "valkey://:geheim@server/0",
        *("valkey-server", "--save", "", "--requirepass", "geheim"),
        client=("redis-cli", "-h", "server", "--no-auth-warning", "-a", "geheim", "ping"),
        answer="PONG\n",
    ),
    "memcached": Server(
        "memcached://server",
        *("memcached", "-u", "memcache"),
        client=("memccp", "--servers=server", "/etc/hostname"),
    ),
    "memcached, binary": Server(
        "memcached://joe:geheim@server#binary",
        *("memcached", "-u", "memcache", "-B", "binary"),
        client=("memccp", "--binary", "--servers=server", "/etc/hostname"),
    ),
    "nats": Server(
        "nats://joe:geheim@server",
        *("nats-server", "-c", "/tmp/nats.conf"),
        client=("python3", "/client.py", "server", "joe", "geheim"),
        answer="PONG\n",
    ),
    "mosquitto": Server(
        "mqtt://joe:geheim@server",
        *("mosquitto", "-c", "/tmp/mosquitto.conf"),
        client=("mosquitto_pub", "-h", "server", *LOGIN, "-t", "x", "-m", "y", "-q", "1"),
    ),
}
OURS = "untilup[0-9a-f]{16}"
# How a server is started, and its log line once it serves; the target, and what an attempt leaves in the log.
LOGS = {
    "valkey": (SERVERS["valkey"].words, "Ready to accept", "valkey://server", []),
    "memcached": (("memcached", "-u", "memcache", "-v"), "", "memcached://server", []),
    "nats": (SERVERS["nats"].words, "Server is ready", "nats://server", []),
    "nats over tls": (
        ("nats-server", "-c", "/tmp/nats-over-tls.conf"),
        "Server is ready",
        "nats://server",
        [r".* \[ERR\] .* TLS handshake error: EOF"],
    ),
    "mosquitto, let in": (
        SERVERS["mosquitto"].words,
        "running",
        "mqtt://server:1884",
        [
            r".*: New connection from [\d.:]+ on port 1884\.",
            rf".*: New client connected from [\d.:]+ as {OURS} \(p2, c1, k10\)\.",
            rf".*: Client {OURS} disconnected\.",
        ],
    ),
    "mosquitto, turned away": (
        SERVERS["mosquitto"].words,
        "running",
        "mqtt://server",
        [
            r".*: New connection from [\d.:]+ on port 1883\.",
            rf".*: Client {OURS} disconnected, not authorised\.",
        ],
    ),
}


@pytest.fixture(scope="module", autouse=True)
def images_made(images: Images) -> None:
    """Have the images, outside of the time that a test may take."""
    images.get("wheel_on_brokers")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def machine(
    containers: Containers, images: Images, authority: Authority, tmp_path: Path
) -> Container:
    """Return the container in which servers will run."""
    files = {"/tmp/server.pem": authority.issue("server")}
    texts = {
        "mosquitto": MOSQUITTO,
        "nats": NATS,
        "nats-over-tls": NATS_OVER_TLS,
        "nats-for-one": NATS_FOR_ONE,
    }
    for name, text in texts.items():
        configuration = files[f"/tmp/{name}.conf"] = tmp_path / f"{name}.conf"
        configuration.write_text(text)
    machine = containers.start(
        images.get("brokers"), "sleep", "infinity", name="server", init=True, files=files
    )
    run(machine, "mosquitto_passwd", "-b", "-c", "/tmp/passwords", "joe", "geheim")
    return machine


@pytest.mark.repeated
@pytest.mark.timeout(60 + 20 * STARTS)
@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_starts(
    containers: Containers,
    machine: Container,
    with_clients: str,
    server: Server,
) -> None:
    """Its port refuses, then it serves, and the first client is let in, every time; then it is down."""
    for _ in range(STARTS):
        words = ("--log-format", "json", server.target, "--", *server.client)
        waiting = containers.start(with_clients, *words, files={"/client.py": NATS_CLIENT})
        done = started_and_stopped(containers, machine, waiting, server.target, *server.words)
        assert (done.returncode, done.stdout) == (0, server.answer), done.stderr
        assert phases(done.stderr) == ["refused"]
        assert "geheim" not in done.stderr
        assert "joe" not in done.stderr


@binary_only
@pytest.mark.parametrize("name", LOGS)
def test_logs(
    containers: Containers, machine: Container, eventually: Eventually, name: str
) -> None:
    """An attempt leaves in the server's log what docs/targets.md says, and nothing else."""
    words, serves, target, lines = LOGS[name]
    start(machine, *words)
    eventually(lambda: serves in log(machine))
    before = log(machine)
    assert containers.untilup(target).ended().returncode == 0
    eventually(lambda: len(log(machine).splitlines()) >= len([*before.splitlines(), *lines]))
    left = log(machine).removeprefix(before).splitlines()
    for line, pattern in zip(left, lines, strict=True):
        assert re.fullmatch(pattern, line)


# Servers that take one client; its port, and the answer to the next client.
FULL = {
    "nats": (
        ("nats-server", "-c", "/tmp/nats-for-one.conf"),
        ("nats://server", 4222),
        "too-many-clients",
    ),
    "mosquitto": (SERVERS["mosquitto"].words, ("mqtt://server:1884", 1884), "closed"),
}


@binary_only
@pytest.mark.parametrize("name", FULL)
def test_a_server_that_is_full(
    containers: Containers, machine: Container, eventually: Eventually, name: str
) -> None:
    """A server that has as many clients as it takes is not up until one of them leaves."""
    words, (target, port), reason = FULL[name]
    start(machine, *words)
    # It is the first client of all, so that no earlier one can have its place.
    occupant = containers.occupant("server", port, 1)
    waiting = containers.untilup("--log-format", "json", target)
    eventually(lambda: phases(waiting.output())[-1:] == [reason])
    occupant.get_wrapped_container().kill()
    assert waiting.ended().returncode == 0


def test_mqtt_over_tls(containers: Containers, machine: Container, authority: Authority) -> None:
    """Over TLS the broker's certificate has to verify."""
    start(machine, "mosquitto", "-c", "/tmp/mosquitto.conf")
    done = containers.untilup(
        "mqtts://server#ca=/ca.pem", files={"/ca.pem": authority.file}
    ).ended()
    assert done.returncode == 0, done.stderr
    unknown = containers.untilup("--once", "mqtts://server").ended()
    assert "is from a CA that is not" in unknown.stderr


# Mosquitto closes without a word, and is told by that; Redis is silent where no line has come.
OTHERS = {
    "redis://server:11211": "not as Redis: ERROR",
    "redis://server:4222": 'not as Redis: INFO {"server_id"',
    "memcached://server:4222": 'not as memcached: INFO {"server_id"',
    "memcached://server:6379": "not as memcached: -ERR unknown command 'version'",
    "mqtt://server:4222": 'not as MQTT: INFO {"server_id"',
    "redis://server:1883": "closed",
    "nats://server:6379": "the server, which speaks first in this protocol, ",
}


@binary_only
def test_other_protocols(containers: Containers, machine: Container) -> None:
    """A server of another protocol is named, as far as its answer tells."""
    for server in SERVERS.values():
        start(machine, *server.words, log=f"/tmp/{server.words[0]}")
        assert containers.untilup(server.target).ended().returncode == 0
    done = containers.untilup("--once", *OTHERS).ended()
    assert done.returncode == 124
    for words in OTHERS.values():
        assert words in done.stderr
