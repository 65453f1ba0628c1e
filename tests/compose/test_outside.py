"""Dependencies that are not in the application's project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testcontainers.core.network import Network

from tests.compose.services import Services
from tests.container.containers import Container, Containers
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

OUTSIDE = "examples/compose/outside.yml"
# docker-proxy closes when it finds no backend.
CLOSED = "connected, then closed without an answer"


class Elsewhere:
    """A published database, and a Redis on a network that belongs to no project; go() stops either."""

    def __init__(self, containers: Containers) -> None:
        self.db = containers.server("postgres", name="db", publish=5432)
        self.cache = containers.server("redis", name="cache")
        self.port = self.db.published(5432)


@pytest.fixture
def elsewhere(images: Images, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """Return them, where the example looks for them."""
    with Network() as network, Containers(images, network, images.get("wheel")) as containers:
        there = Elsewhere(containers)
        url = f"postgres://postgres:hunter2@host.docker.internal:{there.port}/postgres"
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("SHARED_NETWORK", network.name)
        yield there


@pytest.fixture
def app(elsewhere: Elsewhere) -> Iterator[Services]:  # noqa: ARG001 - its network has to be free of this
    """Return the example's services."""
    services = Services(OUTSIDE)
    yield services
    services.stop()


def begun(server: Container, app: Services, eventually: Eventually, seen: str) -> None:
    """Have *server* begin once *app* has *seen* that it did not."""
    eventually(lambda: seen in app.output("app"))
    server.go()


def test_they_come_late(elsewhere: Elsewhere, app: Services, eventually: Eventually) -> None:
    """A published port without a backend is not up; the application starts when both answer."""
    assert app.run("up", "-d").returncode == 0
    begun(elsewhere.db, app, eventually, CLOSED)
    begun(elsewhere.cache, app, eventually, "redis://cache:6379 is not up")
    eventually(lambda: app.ended("app") is not None)
    text = app.output("app")
    assert (app.ended("app"), text.splitlines()[-1]) == (0, "Redis says: PONG")
    assert "PostgreSQL says: 17." in text
    assert f"postgres://host.docker.internal:{elsewhere.port}/postgres is up after" in text
    assert "hunter2" not in text


def test_one_never_comes(
    elsewhere: Elsewhere, app: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the published port never gets a backend, the summary says what happened and what to check."""
    monkeypatch.setenv("UNTILUP_TIMEOUT", "2s")
    elsewhere.cache.go()
    done = app.run("run", "--rm", "-T", "app")
    assert (done.returncode, done.stdout) == (124, "")
    summary = done.stderr.partition("timed out after")[2]
    assert CLOSED in summary
    assert "Check that the service behind the published port or proxy is running" in summary
    assert "redis://" not in summary


def test_each_start_waits_anew(elsewhere: Elsewhere, app: Services, eventually: Eventually) -> None:
    """If untilup is in the image, an application that is started again waits again."""
    elsewhere.db.go()
    elsewhere.cache.go()
    assert app.run("up", "-d").returncode == 0
    eventually(lambda: app.ended("app") is not None)
    elsewhere.cache.get_wrapped_container().stop(timeout=1)
    assert app.run("restart", "app").returncode == 0
    eventually(lambda: "redis://cache:6379 is not up: name not found" in app.output("app"))
    elsewhere.cache.get_wrapped_container().start()
    eventually(lambda: app.output("app").count("Redis says: PONG") == 2)


def test_one_that_was_up_goes_away(
    elsewhere: Elsewhere, app: Services, eventually: Eventually
) -> None:
    """A target that was up once counts as up, even if it stops while untilup waits for others."""
    elsewhere.cache.go()
    assert app.run("up", "-d").returncode == 0
    eventually(lambda: "redis://cache:6379 is up" in app.output("app"))
    elsewhere.cache.get_wrapped_container().stop(timeout=1)
    begun(elsewhere.db, app, eventually, CLOSED)
    eventually(lambda: app.ended("app") is not None)
    assert app.ended("app") == 1
    assert "running python3" in app.output("app")


@pytest.mark.usefixtures("elsewhere")
def test_the_network_has_to_be_there(app: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the network that is shared Compose starts nothing, and names it."""
    monkeypatch.setenv("SHARED_NETWORK", "untilup-test-absent")
    done = app.run("up", "-d")
    assert done.returncode != 0
    assert "untilup-test-absent" in done.stderr
