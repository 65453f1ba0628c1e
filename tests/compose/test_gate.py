"""The gate: untilup as a service of its own, for images that cannot be changed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.compose.services import Services
from tests.support import requirements
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

GATE = "examples/compose/gate.yml"
FAILED = 'service "gate" didn\'t complete successfully: exit 124'
THROUGH = "all targets are up"


@pytest.fixture
def gate(images: Images, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Services]]:
    """Return a function that returns the gate's services, with files of this directory as overrides."""
    requirements.binary()
    monkeypatch.setenv("UNTILUP_IMAGE", images.get("untilup"))
    monkeypatch.setenv("REDIS_COMMAND", shlex.join(images.command("redis")))
    made: list[Services] = []

    def services(*laid_over: str) -> Services:
        made.append(Services(GATE, *(str(Path(__file__).with_name(name)) for name in laid_over)))
        return made[-1]

    yield services
    for each in made:
        each.stop()


def test_it_opens(gate: Callable[..., Services]) -> None:
    """An application without untilup starts once both servers answer, and talks to both."""
    services = gate()
    done = services.run("run", "--rm", "app")
    first, second = done.stdout.splitlines()
    assert (done.returncode, second) == (0, "Redis says: PONG")
    assert first.startswith("PostgreSQL says: 17.")
    assert services.ended("gate") == 0
    assert THROUGH in services.output("gate")


@pytest.mark.parametrize("verb", ["up -d", "up --wait", "up", "run --rm app"])
def test_a_dependency_that_never_comes(
    gate: Callable[..., Services], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """If Redis never listens Compose fails, the application does not start, and the gate says why."""
    monkeypatch.setenv("UNTILUP_TIMEOUT", "1s")
    services = gate("never.yml")
    done = services.run(*verb.split())
    assert (done.returncode, "says" in done.stdout) == (1, False)
    assert FAILED in done.stderr
    assert services.ended("gate") == 124
    summary = services.output("gate").partition("timed out after")[2]
    assert "redis://cache:6379" in summary
    assert "connection refused" in summary
    if "run" not in verb:
        assert services.get_container("app", include_all=True).State == "created"


def test_a_dependency_that_restarts(gate: Callable[..., Services], images: Images) -> None:
    """The gate waits for a server that dies at its first start, and is started again."""
    services = gate("restarts.yml")
    done = services.run("run", "--rm", "app")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["Redis says: PONG"])
    cache = services.get_container("cache").ID
    assert cache
    assert images.engine.containers.get(cache).attrs["RestartCount"] == 1


def test_a_dependency_that_goes_away_again(gate: Callable[..., Services]) -> None:
    """If a dependency stops after the gate has succeeded, the application starts, and fails."""
    services = gate("one-answer.yml")
    done = services.run("run", "--rm", "app")
    assert done.returncode == 1
    assert "PostgreSQL says: 17." in done.stdout
    assert "Traceback" in done.stdout + done.stderr
    assert services.ended("gate") == 0


def test_when_it_is_asked_again(gate: Callable[..., Services]) -> None:
    """The gate is asked by each `up` and `start`, and not where the application alone is restarted."""
    services = gate("endless.yml")
    asked = []
    for verb in ("up -d", "restart app", "up -d", "start app", "up --wait"):
        assert services.run(*verb.split()).returncode == 0
        asked.append(services.output("gate").count(THROUGH))
    assert asked == [1, 1, 2, 3, 4]


def test_a_gate_that_is_restarted(gate: Callable[..., Services], eventually: Eventually) -> None:
    """With the policy `always` the gate is restarted after it has succeeded, and no service starts."""
    services = gate("always.yml")
    with services.running("up", "-d"):
        eventually(lambda: services.output("gate").count(THROUGH) >= 2)
        assert services.get_container("app", include_all=True).State == "created"


def test_what_ends_with_any_container(
    gate: Callable[..., Services], eventually: Eventually
) -> None:
    """With --abort-on-container-exit the servers are stopped once the gate is through."""
    services = gate("endless.yml")
    with services.running("up", "--abort-on-container-exit"):
        eventually(lambda: services.ended("db") is not None)
    assert services.ended("gate") == 0
