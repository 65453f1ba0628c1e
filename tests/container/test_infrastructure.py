"""Real servers of ZooKeeper, LDAP, SMTP and SSH through their start and their end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.container.real import log, phases, run, start, started_and_stopped
from tests.support import json_log
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = pytest.mark.container

HERE = Path(__file__).parent
CLIENTS = {f"/{name}": HERE / name for name in ("zookeeper_client.py", "mail_client.py")}
MEMBERS = (
    "server.1=127.0.0.1:2881:3881",
    "server.2=127.0.0.1:2882:3882",
    "server.3=127.0.0.1:2883:3883",
)
SLAPD = """\
include /etc/ldap/schema/core.schema
disallow bind_anon
moduleload back_mdb
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw geheim
directory /tmp/ldap
"""
ADMIN = "cn=admin,dc=example,dc=org"


def zoo(port: int, directory: str, *members: str) -> str:
    """Return the settings of a server of ZooKeeper at that *port*."""
    lines = (
        *("tickTime=200", "initLimit=50", "syncLimit=50", "admin.enableServer=false"),
        *(f"clientPort={port}", f"dataDir={directory}", *members),
    )
    return "\n".join([*lines, ""])


def java(settings: str) -> tuple[str, ...]:
    """Return the command that starts ZooKeeper."""
    return (
        *("java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", "/zookeeper/*"),
        *("org.apache.zookeeper.server.quorum.QuorumPeerMain", settings),
    )


class Server:
    """How a server is started, and waited for by a *target*; a *client* of it, and what that prints."""

    def __init__(
        self, target: str, *words: str, client: tuple[str, ...], answer: str, log: list[str]
    ) -> None:
        self.target = target
        self.words = words
        self.client = client
        self.answer = answer
        self.log = log


SERVERS = {
    "zookeeper": Server(
        "zookeeper://server/app",
        *java("/tmp/alone.cfg"),
        client=("python3", "/zookeeper_client.py", "server"),
        answer="a session\n",
        log=[r".* Processing srvr command from /[\d.]+:\d+"],
    ),
    "slapd": Server(
        f"ldap://{ADMIN}:geheim@server/dc=example,dc=org??sub",
        *("slapd", "-d", "256", "-f", "/tmp/slapd.conf", "-h", "ldap:///"),
        client=("ldapwhoami", "-x", "-H", "ldap://server", "-D", ADMIN, "-w", "geheim"),
        answer=f"dn:{ADMIN}\n",
        log=[
            r".* conn=\d+ fd=\d+ ACCEPT from IP=.*",
            r'.* conn=\d+ op=0 BIND dn="" method=128',
            r".* conn=\d+ op=0 RESULT tag=97 err=48 .* text=anonymous bind disallowed",
            r".* conn=\d+ op=1 UNBIND",
            r".* conn=\d+ fd=\d+ closed",
        ],
    ),
    "postfix": Server(
        "smtp://joe:geheim@server",
        *("/usr/lib/postfix/sbin/master", "-s"),
        client=("python3", "/mail_client.py", "server"),
        answer="delivered\n",
        log=[
            r".* postfix/smtpd\[\d+\]: connect from unknown\[[\d.]+\]",
            r".* postfix/smtpd\[\d+\]: disconnect from unknown\[[\d.]+\] quit=1 commands=1",
        ],
    ),
    "sshd": Server(
        "ssh://root@server",
        *("/usr/sbin/sshd", "-D", "-e"),
        client=(
            *("ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"),
            *("-o", "LogLevel=ERROR", "root@server", "echo", "in"),
        ),
        answer="in\n",
        log=[r"Connection closed by [\d.]+ port \d+"],
    ),
}


@pytest.fixture(scope="module", autouse=True)
def images_made(images: Images) -> None:
    """Have the images, outside of the time that a test may take."""
    images.get("wheel_on_infrastructure")


@pytest.fixture
def machine(containers: Containers, images: Images, tmp_path: Path) -> Container:
    """Return the container in which servers will run."""
    texts = {
        "alone.cfg": zoo(2181, "/tmp/alone"),
        "one.cfg": zoo(2181, "/tmp/one", *MEMBERS),
        "two.cfg": zoo(2182, "/tmp/two", *MEMBERS),
        "slapd.conf": SLAPD,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    files = {f"/tmp/{name}": tmp_path / name for name in texts}
    machine = containers.start(
        images.get("infrastructure"), "sleep", "infinity", name="server", init=True, files=files
    )
    run(machine, "mkdir", "-p", "/tmp/ldap", "/tmp/alone", "/tmp/one", "/tmp/two")
    run(machine, "sh", "-c", "echo 1 >/tmp/one/myid; echo 2 >/tmp/two/myid")
    run(machine, "postfix", "check")  # it makes the queue's directories
    return machine


@pytest.mark.repeated
@pytest.mark.timeout(60 + 30 * STARTS)
@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_starts(
    containers: Containers,
    machine: Container,
    with_infrastructure: str,
    server: Server,
) -> None:
    """Its port refuses, then it serves, and the first client is let in, every time; then it is down."""
    for _ in range(STARTS):
        words = ("--log-format", "json", server.target, "--", *server.client)
        waiting = containers.start(with_infrastructure, *words, files=CLIENTS, user="root")
        done = started_and_stopped(containers, machine, waiting, server.target, *server.words)
        assert (done.returncode, done.stdout) == (0, server.answer), done.stderr
        # ZooKeeper opens its port a moment before it serves.
        assert set(phases(done.stderr)) <= {"refused", "not-serving"}
        assert "geheim" not in done.stderr


@binary_only
@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_logs(
    containers: Containers, machine: Container, eventually: Eventually, server: Server
) -> None:
    """An attempt leaves in the server's log what docs/target-zookeeper-ldap-smtp-ssh.md says, and nothing else."""
    start(machine, *server.words)
    assert containers.untilup(server.target).ended().returncode == 0
    eventually(lambda: all(is_in(log(machine).splitlines(), pattern) for pattern in server.log))
    before = log(machine)
    assert containers.untilup(server.target).ended().returncode == 0
    eventually(lambda: len(log(machine).splitlines()) >= len([*before.splitlines(), *server.log]))
    left = log(machine).removeprefix(before).splitlines()
    # Two threads of a server may write in another order.
    assert all(is_in(left, pattern) for pattern in server.log)
    assert len(left) == len(server.log), left


def is_in(lines: list[str], pattern: str) -> bool:
    """Return whether a line is as the *pattern* says."""
    return any(re.fullmatch(pattern, line) for line in lines)


@pytest.mark.repeated
@pytest.mark.timeout(60 + 30 * STARTS)
def test_a_quorum(
    containers: Containers,
    machine: Container,
    with_infrastructure: str,
    eventually: Eventually,
) -> None:
    """A member of an ensemble is not up until it has a quorum, and then it lets the first client in."""
    for _ in range(STARTS):
        words = ("--log-format", "json", "zookeeper://server", "--")
        client = SERVERS["zookeeper"].client
        waiting = containers.start(with_infrastructure, *words, *client, files=CLIENTS, user="root")
        eventually(waiting.has_said("connection refused"))
        start(machine, *java("/tmp/one.cfg"), log="/tmp/one.log")
        eventually(waiting.has_said("has no quorum"))
        start(machine, *java("/tmp/two.cfg"), log="/tmp/two.log")
        done = waiting.ended()
        assert (done.returncode, done.stdout) == (0, "a session\n"), done.stderr
        assert phases(done.stderr) == ["refused", "not-serving"]
        run(machine, "pkill", "java")
        eventually(lambda: machine.exec(["pgrep", "-r", "R,S,D", "java"]).exit_code != 0)


# The port of each server, its own scheme, and what it says to clients of others, if it speaks first.
PORTS = {
    "zookeeper": (2181, "zookeeper", ""),
    "slapd": (389, "ldap", ""),
    "postfix": (25, "smtp", "220 "),
    "sshd": (22, "ssh", "SSH-2.0-OpenSSH"),
}
SCHEMES = (
    *("amqp", "http", "kafka", "ldap", "memcached", "mongodb", "mqtt", "mysql", "nats", "postgres"),
    *("redis", "smtp", "ssh", "zookeeper"),
)


@binary_only
def test_every_server_by_every_scheme(containers: Containers, machine: Container) -> None:
    """A server is up for its own scheme alone. One that speaks first is named to all others."""
    for name, server in SERVERS.items():
        without_penalties = ("-o", "PerSourcePenalties=no") if name == "sshd" else ()
        start(machine, *server.words, *without_penalties, log=f"/tmp/{name}.log")
        assert containers.untilup(server.target).ended().returncode == 0
    options = ("--once", "--attempt-timeout", "2s", "--log-format", "json")
    seen = {}
    # One after the other: all lines of a run must fit into the pipe to the engine, which may be slow.
    for port, _, _ in PORTS.values():
        words = [f"{scheme}://server:{port}" for scheme in SCHEMES]
        done = containers.untilup(*options, *words).ended()
        assert done.returncode == 124
        results = [it for it in json_log.read(done.stderr) if it["event"] in {"up", "failed"}]
        seen.update({it["target"].rstrip("/"): it for it in results if it["target"]})
        assert {*words} <= {*seen}
    for port, own, greeting in PORTS.values():
        for scheme in SCHEMES:
            found = seen[f"{scheme}://server:{port}"]
            assert (found["event"] == "up") == (scheme == own), found
            assert scheme == own or greeting in found["detail"], found
