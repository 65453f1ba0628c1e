"""The example for Compose in the root, as it is, and what the others have in common with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

from tests.support.eventually import Eventually
from tests.support.images import OFFICIAL
from wheelhouse import CHECKOUT

pytestmark = pytest.mark.compose

EXAMPLE = "docker-compose.example.yml"
NEVER = Path(__file__).with_name("never.yml")


def run(*files: str, eventually: Eventually) -> tuple[int | None, list[str]]:
    """Bring the example up; return how the application ended, and the lines that it wrote."""
    with DockerCompose(CHECKOUT, [EXAMPLE, *files], wait=False) as services:
        app = services.get_container
        eventually(lambda: app("app", include_all=True).State == "exited")
        logs, _ = services.get_logs("app")
        return app("app", include_all=True).ExitCode, [
            line.partition("| ")[2] for line in logs.splitlines()
        ]


@pytest.mark.usefixtures("project")
def test_it_ends_well(eventually: Eventually) -> None:
    """The application starts when both servers serve, and talks to both."""
    status, lines = run(eventually=eventually)
    assert status == 0
    assert "waiting for postgres://db:5432, redis://cache:6379 (timeout 2m)" in lines[0]
    assert lines[-3].endswith("untilup: running python3")
    assert lines[-2].startswith("PostgreSQL says: 17.")
    assert lines[-1] == "Redis says: PONG"


@pytest.mark.usefixtures("project")
def test_a_dependency_that_never_comes(eventually: Eventually) -> None:
    """If Redis never listens the application does not start, and the summary says why."""
    status, lines = run(str(NEVER), eventually=eventually)
    log = "\n".join(lines)
    assert (status, "says" in log) == (124, False)
    _, _, summary = log.partition("timed out after")
    assert re.search(r"redis://cache:6379: [\d.]+: connection refused: the address is up", summary)


@pytest.mark.parametrize(
    ("file", "names"),
    [
        (EXAMPLE, ["postgres", "redis"]),
        ("examples/compose/gate.yml", ["python", "postgres", "redis"]),
        ("examples/compose/tutorial.yml", ["postgres", "redis"]),
    ],
)
def test_the_images_are_those_of_the_tests(file: str, names: list[str]) -> None:
    """What the examples run is what the tests run, where it can be pulled."""
    example = (CHECKOUT / file).read_text()
    for name in names:
        assert f":-{OFFICIAL[name]}}}" in example
