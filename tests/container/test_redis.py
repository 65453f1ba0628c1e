"""A real Redis through its start, its troubles and its end (the Debian package, or the official image)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.container.real import ended, log, phases, run, start, stop
from tests.support.certificates import Authority
from tests.support.eventually import Eventually
from tests.support.images import Images
from tests.support.untilup_process import LONG

pytestmark = pytest.mark.container

SERVER = ("redis-server", "--dir", "/tmp", "--protected-mode", "no", "--save", "")
CLIENT = ("redis-cli", "-h", "cache", "--no-auth-warning")
KEYS = 1_000
# Settings of Redis's own tests. It answers after each KB that it has loaded, and sleeps after each
# key (microseconds): it loads for 20 s, if this is not changed meanwhile; it saves for 2 s.
LOADS_SLOWLY = ("--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024")
LOAD_FAST = ("config", "set", "key-load-delay", "0")
SAVES_SLOWLY = ("--save", "3600 1", "--rdb-key-save-delay", "2000")


@pytest.fixture(scope="module", autouse=True)
def images_made(images: Images) -> None:
    """Have the images, outside of the time that a test may take."""
    images.get("redis")
    images.get("wheel_on_brokers")


@pytest.fixture
def cache(containers: Containers, images: Images) -> Container:
    """Return the container in which Redis will run."""
    return containers.start(images.get("redis"), "sleep", "infinity", name="cache", init=True)


@pytest.fixture
def dump(cache: Container, eventually: Eventually) -> Container:
    """Return the same, with a dump for Redis to load."""
    start(cache, *SERVER, "--enable-debug-command", "yes")
    eventually(lambda: "Ready to accept" in log(cache))
    run(cache, "redis-cli", "debug", "populate", f"{KEYS}", "key", "1024")
    run(cache, "redis-cli", "shutdown", "save")
    eventually(lambda: ended(cache))
    return cache


def refused(waiting: Container) -> Callable[[], bool]:
    """Return what tells whether untilup has been refused."""
    return lambda: "refused" in phases(waiting.output())


def waiting_client(
    containers: Containers, image: str, target: str, *words: str, options: tuple[str, ...] = ()
) -> Container:
    """Start untilup, to become a client of the server that it waits for."""
    argv = ("--log-format", "json", *options, target, "--", *CLIENT, *words)
    return containers.start(image, *argv)


@pytest.mark.repeated
@pytest.mark.timeout(60 + 30 * STARTS)
def test_a_dump_that_loads_slowly(
    containers: Containers, dump: Container, with_clients: str, eventually: Eventually
) -> None:
    """Redis refuses, then loads its dump and says so, then serves: the first client is let in, every time."""
    for _ in range(STARTS):
        waiting = waiting_client(containers, with_clients, "redis://cache/0", "set", "key", "value")
        eventually(refused(waiting))
        start(dump, *SERVER, *LOADS_SLOWLY)
        eventually(waiting.has_said('"not-serving"'))
        run(dump, "redis-cli", *LOAD_FAST)
        done = waiting.ended()
        assert (done.returncode, done.stdout) == (0, "OK\n"), done.stderr
        seen = phases(done.stderr)
        assert seen[0] == "refused"
        assert set(seen) <= {"refused", "not-serving", "silent"}
        run(dump, "redis-cli", "shutdown", "nosave")
        eventually(lambda: ended(dump))


@pytest.mark.repeated
@pytest.mark.timeout(60 + 30 * STARTS)
def test_a_password(
    containers: Containers, cache: Container, with_clients: str, eventually: Eventually
) -> None:
    """A server that requests a password is up. The password is neither sent nor shown, and the first client is accepted."""
    for _ in range(STARTS):
        target = "redis://joe:geheim@cache/0"
        waiting = waiting_client(
            containers, with_clients, target, "-a", "geheim", "set", "key", "value"
        )
        eventually(refused(waiting))
        start(cache, *SERVER, "--requirepass", "geheim", "--loglevel", "verbose")
        done = waiting.ended()
        assert (done.returncode, done.stdout) == (0, "OK\n"), done.stderr
        assert "geheim" not in done.stderr
        assert "joe" not in done.stderr
        run(cache, "redis-cli", "-a", "geheim", "shutdown", "nosave")
        eventually(lambda: ended(cache))


@binary_only
def test_its_log(containers: Containers, cache: Container, eventually: Eventually) -> None:
    """An attempt leaves nothing in the log, with and without a password."""
    for options in ((), ("--requirepass", "geheim")):
        run(cache, "sh", "-c", ": >/tmp/log")
        start(cache, *SERVER, *options)
        eventually(lambda: "Ready to accept" in log(cache))
        assert containers.untilup("redis://cache").ended().returncode == 0
        assert log(cache).endswith("Ready to accept connections tcp\n")
        stop(cache)
        eventually(lambda: ended(cache))


@binary_only
def test_a_password_hides_the_loading(
    containers: Containers, dump: Container, with_clients: str, eventually: Eventually
) -> None:
    """With a password Redis does not tell that it is loading; a command that logs in learns it."""
    start(dump, *SERVER, *LOADS_SLOWLY, "--requirepass", "geheim")
    eventually(lambda: "Loading RDB" in log(dump))
    waiting = waiting_client(containers, with_clients, "redis://cache", "-a", "geheim", "ping")
    done = waiting.ended()
    assert done.stdout.startswith("LOADING")
    word = "exec:sh -c 'redis-cli -h cache ping | grep PONG'"
    argv = (word, "--", *CLIENT, "set", "key", "value")
    told = containers.start(with_clients, *argv, env={"REDISCLI_AUTH": "geheim"})
    eventually(told.has_said("is not up"))
    run(dump, "redis-cli", "-a", "geheim", *LOAD_FAST)
    assert told.ended().stdout == "OK\n"


TROUBLES = {
    "master-down": (
        ("--replicaof", "127.0.0.1", "7000", "--replica-serve-stale-data", "no"),
        "true",
        "redis-server --port 7000 --save '' --repl-diskless-sync-delay 0 --daemonize yes",
    ),
    "busy": (
        ("--busy-reply-threshold", "50"),
        "redis-cli eval 'while true do end' 0 & until redis-cli ping | grep BUSY; do sleep 0.02; done",
        "redis-cli script kill",
    ),
    "too-many-clients": (
        ("--maxclients", "1"),
        "redis-cli monitor >/tmp/monitor & echo $! >/tmp/client; until grep OK /tmp/monitor; do sleep 0.02; done",
        "kill $(cat /tmp/client)",
    ),
}


@binary_only
@pytest.mark.parametrize("reason", TROUBLES)
def test_troubles(
    containers: Containers,
    cache: Container,
    with_clients: str,
    eventually: Eventually,
    reason: str,
) -> None:
    """A server that answers and cannot serve is waited for, by name, until its trouble is over."""
    options, trouble, cure = TROUBLES[reason]
    start(cache, *SERVER, *options)
    eventually(lambda: "Ready to accept" in log(cache))
    run(cache, "sh", "-c", f"{{ {trouble}; }} >/dev/null 2>&1")
    waiting = waiting_client(containers, with_clients, "redis://cache", "ping")
    eventually(lambda: reason in phases(waiting.output()))
    assert phases(waiting.output()) == [reason]
    run(cache, "sh", "-c", cure)
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "PONG\n"), done.stderr


@binary_only
def test_protected_mode(containers: Containers, cache: Container, eventually: Eventually) -> None:
    """A server that rejects all other hosts ends the wait, with an explanation."""
    start(cache, "redis-server", "--dir", "/tmp")
    eventually(lambda: "Ready to accept" in log(cache))
    done = containers.untilup("redis://cache").ended()
    assert done.returncode == 125
    assert "protected mode" in done.stderr


@binary_only
def test_sentinel_and_cluster(containers: Containers, cache: Container) -> None:
    """A sentinel and a node of a cluster answer as any server does."""
    run(
        cache,
        "sh",
        "-c",
        "echo port 26379 >/tmp/sentinel.conf; echo protected-mode no >>/tmp/sentinel.conf",
    )
    start(cache, "redis-server", "/tmp/sentinel.conf", "--sentinel")
    start(cache, *SERVER, "--cluster-enabled", "yes")
    assert (
        containers.untilup("-t", LONG, "redis://cache:26379", "redis://cache").ended().returncode
        == 0
    )


PORTS = (7001, 7002, 7003)


@pytest.mark.repeated
@pytest.mark.timeout(60 + 60 * STARTS)
def test_a_cluster_that_is_created(
    containers: Containers, cache: Container, with_clients: str, eventually: Eventually
) -> None:
    """Nodes without a cluster answer PING, and with `cluster` each is up when it knows that all slots are served."""
    for _ in range(STARTS):
        for port in PORTS:
            run(cache, "sh", "-c", f"rm -rf /tmp/{port}; mkdir /tmp/{port}")
            node = (*SERVER, "--cluster-enabled", "yes", "--port", f"{port}")
            start(cache, *node, "--dir", f"/tmp/{port}", log=f"/tmp/{port}/log")
        targets = [f"redis://cache:{port}#cluster" for port in PORTS]
        # This key is in a slot of the first node (CRC16 modulo 16384 is 5061).
        client = ("redis-cli", "-h", "cache", "-p", f"{PORTS[0]}", "set", "bar", "value")
        waiting = containers.start(with_clients, "--log-format", "json", *targets, "--", *client)
        eventually(waiting.has_said('"not-serving"'))
        nodes = [f"127.0.0.1:{port}" for port in PORTS]
        run(cache, "redis-cli", "--cluster-yes", "--cluster", "create", *nodes)
        done = waiting.ended()
        assert (done.returncode, done.stdout) == (0, "OK\n"), done.stderr
        for port in PORTS:
            run(cache, "redis-cli", "-p", f"{port}", "shutdown", "nosave")


def test_the_master_of_a_sentinel(
    containers: Containers, cache: Container, eventually: Eventually
) -> None:
    """A sentinel is asked for its master, which must be up; after a failover it is the next one."""
    run(cache, "sh", "-c", SENTINEL)
    start(cache, "redis-server", "/tmp/sentinel.conf", "--sentinel", log="/tmp/sentinel.log")
    other = containers.untilup("--once", "redis+sentinel://cache/other").ended()
    assert "the sentinel monitors no master with the name other" in other.stderr
    waiting = containers.untilup("-t", LONG, "--log-format", "json", "redis+sentinel://cache/mine")
    eventually(refused(waiting))
    assert "the master at " in waiting.output()
    start(cache, *SERVER, "--port", "7001", log="/tmp/first")
    assert waiting.ended().returncode == 0
    start(cache, *SERVER, "--port", "7002", "--replicaof", "cache", "7001", log="/tmp/second")
    eventually(lambda: "MASTER <-> REPLICA sync: Finished" in log(cache, "/tmp/second"))
    # The sentinel learns the replica from its master.
    eventually(lambda: "+slave slave" in log(cache, "/tmp/sentinel.log"))
    run(cache, "redis-cli", "-p", "7001", "shutdown", "nosave")
    again = containers.untilup("-t", LONG, "redis+sentinel://cache/mine").ended()
    assert again.returncode == 0, again.stderr
    assert run(cache, "redis-cli", "-p", "7002", "role").startswith("master")


SENTINEL = """cat >/tmp/sentinel.conf <<.
port 26379
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel monitor mine cache 7001 1
sentinel down-after-milliseconds mine 500
sentinel failover-timeout mine 3000
."""


def test_tls(
    containers: Containers, images: Images, tmp_path: Path, eventually: Eventually
) -> None:
    """Over TLS its certificate has to verify; where it wants one of the client's, that is said."""
    authority = Authority(tmp_path)
    certificate = authority.issue("cache")
    cache = containers.start(
        images.get("redis"),
        *("sleep", "infinity"),
        name="cache",
        init=True,
        files={"/tmp/ca.pem": authority.file, "/tmp/server.pem": certificate},
    )
    files_of_tls = ("--tls-ca-cert-file", "/tmp/ca.pem", "--tls-cert-file", "/tmp/server.pem")
    tls = (*SERVER, "--port", "0", *files_of_tls, "--tls-key-file", "/tmp/server.pem")
    start(cache, *tls, "--tls-port", "6379", "--tls-auth-clients", "no")
    start(cache, *tls, "--tls-port", "6380")
    eventually(lambda: log(cache).count("Ready to accept connections tls") == 2)
    files = {"/ca.pem": authority.file, "/client.pem": authority.issue("client.example")}
    shown = "rediss://:geheim@cache:6380/0#ca=/ca.pem&cert=/client.pem"
    done = containers.untilup("rediss://cache#ca=/ca.pem", shown, files=files).ended()
    assert done.returncode == 0, done.stderr
    unknown = containers.untilup("--once", "rediss://cache").ended()
    assert "is from a CA that is not" in unknown.stderr
    hidden = containers.untilup("rediss://cache:6380#ca=/ca.pem", files=files).ended()
    assert hidden.returncode == 125
    assert "requires a client certificate" in hidden.stderr
    plain = containers.untilup("--once", "redis://cache").ended()
    assert plain.returncode == 124
    assert "closed" in plain.stderr


@binary_only
def test_another_protocol_and_none(
    containers: Containers, cache: Container, eventually: Eventually
) -> None:
    """Redis is named where another protocol was expected, and is left in peace by it."""
    start(cache, *SERVER)
    eventually(lambda: "Ready to accept" in log(cache))
    done = containers.untilup("--once", "memcached://cache:6379").ended()
    assert done.returncode == 124
    assert "answered, but not as memcached: -ERR unknown command 'version'" in done.stderr


@binary_only
def test_the_end(containers: Containers, dump: Container, eventually: Eventually) -> None:
    """While Redis saves its data before it ends it says nothing, and is down when its port refuses."""
    start(dump, *SERVER[:-2], *SAVES_SLOWLY)
    assert containers.untilup("redis://cache").ended().returncode == 0
    run(dump, "redis-cli", "set", "key", "value")
    quick = ("--log-format", "json", "--attempt-timeout", "200ms", "--max-delay", "50ms")
    gone = containers.untilup(*quick, "--down", "redis://cache")
    eventually(lambda: "it is still up" in gone.output())
    stop(dump)
    back = containers.untilup(*quick, "redis://cache")
    eventually(lambda: "silent" in phases(back.output()))
    assert gone.ended().returncode == 0
    assert "Redis is now ready to exit" in log(dump)
    eventually(lambda: phases(back.output())[-1] == "refused")
