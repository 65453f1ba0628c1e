"""RabbitMQ through its start, its maintenance and its stop (as the Debian package, or the official image)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pika  # type: ignore[import-untyped]
import pytest

from tests.container.containers import STARTS, Container, Containers
from tests.container.products import wheel_only
from tests.support import json_log
from tests.support.certificates import Authority
from tests.support.eventually import Eventually
from tests.support.images import Images
from tests.support.untilup_process import LONG

pytestmark = pytest.mark.container

HERE = Path(__file__).parent
# Its boot takes 7 seconds on an idle machine, and this is said at its end.
BOOTED = "Time to start RabbitMQ"
TARGET = "amqp://guest:geheim@mq/vhost"


@pytest.fixture(scope="module", autouse=True)
def server_made(images: Images) -> None:
    """Have its image, outside of the time that a test may take."""
    images.get("rabbitmq")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the files that a client needs, by where they belong."""
    library = tmp_path_factory.mktemp("client") / "pika.zip"
    package = Path(pika.__file__).parent
    with zipfile.ZipFile(library, "w") as archive:
        for file in package.rglob("*.py"):
            archive.write(file, file.relative_to(package.parent))
    return {"/pika.zip": library, "/client.py": HERE / "amqp_client.py"}


@pytest.fixture
def broker(containers: Containers, eventually: Eventually) -> Container:
    """Start a broker, and wait until it serves."""
    started = containers.server("rabbitmq", name="mq")
    started.go()
    eventually(lambda: BOOTED in logged(started))
    return started


def logged(broker: Container) -> str:
    """Return all that *broker* has logged."""
    return b"".join(broker.get_logs()).decode()


def seen(containers: Containers, target: str, **options: object) -> tuple[str, str]:
    """Return the reason and the detail of one attempt at *target*."""
    check_once = containers.untilup("--once", "--log-format", "json", target, **options).ended()
    lines = json_log.read(check_once.stderr)
    # The target's own row is the first; those of its addresses follow.
    sighting = next(line for line in lines if line["target"])
    assert "geheim" not in check_once.stderr
    assert check_once.returncode == (124 if sighting["reason"] else 0)
    return sighting["reason"] or sighting["state"], sighting["detail"] or ""


def run(broker: Container, *words: str) -> None:
    done = broker.exec(list(words))
    assert done.exit_code == 0, done.output


@pytest.mark.repeated
@pytest.mark.parametrize("start", range(STARTS))
def test_a_broker_that_starts_late_and_stops(
    containers: Containers, eventually: Eventually, client: dict[str, Path], start: int
) -> None:
    """While RabbitMQ is not there and while it boots it refuses; once it is ready a client can log in at once; when it stops it is down."""
    broker = containers.server("rabbitmq", name="mq")
    waiting = containers.untilup(
        *("-t", LONG, "-v", TARGET, "--", "python3", "/client.py", "mq"), files=client
    )
    eventually(lambda: "connection refused" in waiting.output())
    broker.go()
    eventually(lambda: "Starting broker" in logged(broker))
    attempts = waiting.output().count("connection refused")
    eventually(lambda: waiting.output().count("connection refused") > attempts)
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "hello\n"), f"start {start}: {done.stderr}"
    assert "amqp://mq:5672/vhost says: speaks AMQP 0-9-1" in done.stderr
    assert "geheim" not in done.stderr
    # Between the first connection that is refused and the last there was nothing else.
    told = [line for line in done.stderr.splitlines() if " is not up" in line]
    assert all("connection refused" in line for line in told)
    # It is down as soon as it lets no client in.
    down = containers.untilup("--down", "-v", "-t", LONG, TARGET, "--", "echo", "ran")
    eventually(lambda: "amqp://mq:5672/vhost is not down" in down.output())
    broker.stopped()
    done = down.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr


@wheel_only
def test_a_broker_in_maintenance(containers: Containers, broker: Container) -> None:
    """Drained or stopped it refuses; frozen it is silent; with an alarm it lets clients in, and is ready."""
    assert seen(containers, TARGET)[0] == "up"

    run(broker, "rabbitmq-upgrade", "drain")
    assert seen(containers, TARGET)[0] == "refused"
    run(broker, "rabbitmq-upgrade", "revive")
    assert seen(containers, TARGET)[0] == "up"

    run(broker, "rabbitmqctl", "stop_app")
    assert seen(containers, TARGET)[0] == "refused"
    run(broker, "rabbitmqctl", "start_app")
    assert seen(containers, TARGET)[0] == "up"

    broker.freeze()
    reason, detail = seen(containers, TARGET)
    assert (reason, "connected, but no answer" in detail) == ("silent", True)
    broker.thaw()

    run(broker, "rabbitmqctl", "set_vm_memory_high_watermark", "0.00000001")
    assert seen(containers, TARGET)[0] == "up"


@wheel_only
def test_what_stands_in_its_log(containers: Containers, broker: Container) -> None:
    """Each attempt at a broker leaves one info line and one warning in its log, and no error."""
    before = len(logged(broker))
    for _ in range(3):
        assert seen(containers, TARGET)[0] == "up"
    written = logged(broker)[before:]
    assert written.count("accepting AMQP connection") == 3
    assert written.count("client unexpectedly closed TCP connection") == 3
    assert "[error]" not in written


def test_a_broker_over_tls(containers: Containers, eventually: Eventually, tmp_path: Path) -> None:
    """Over TLS a broker is asked the same, and its certificate must verify; on the wrong port it is named."""
    authority = Authority(tmp_path)
    files = {
        "/etc/rabbitmq/conf.d/20-tls.conf": HERE / "amqps.conf",
        "/etc/rabbitmq/server.pem": authority.issue("mq"),
    }
    broker = containers.server("rabbitmq", name="mq", files=files)
    ca = {"/ca.pem": authority.file}
    waiting = containers.untilup(
        *("-t", LONG, "amqps://guest:geheim@mq#ca=/ca.pem", "--", "echo", "ran"), files=ca
    )
    eventually(lambda: "connection refused" in waiting.output())
    broker.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr

    eventually(lambda: BOOTED in logged(broker))
    assert seen(containers, "amqps://mq")[0] == "certificate"
    assert seen(containers, "amqps://mq#insecure")[0] == "up"
    reason, detail = seen(containers, "amqps://mq:5672#insecure")
    assert (reason, detail) == ("not-tls", "answered, but not as TLS: this is AMQP")
    reason, detail = seen(containers, "amqp://mq:5671")
    assert (reason, detail) == ("not-amqp", "answered, but not as AMQP: this is TLS")
