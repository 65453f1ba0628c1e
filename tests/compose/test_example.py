"""The example for Compose, as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

from images import CHECKOUT

pytestmark = pytest.mark.compose

Eventually = Callable[[Callable[[], object]], None]
EXAMPLE = "docker-compose.example.yml"
NEVER = Path(__file__).with_name("never.yml")


def run(
    *files: str, variables: dict[str, str], tmp_path: Path, eventually: Eventually
) -> tuple[int | None, list[str]]:
    """Bring the example up; return how the application ended, and the lines that it wrote."""
    settings = tmp_path / "env"
    settings.write_text("".join(f"{name}={text}\n" for name, text in variables.items()))
    services = DockerCompose(CHECKOUT, [EXAMPLE, *files], env_file=str(settings), wait=False)
    with services:
        app = services.get_container
        eventually(lambda: app("app", include_all=True).State == "exited")
        logs, _ = services.get_logs("app")
        return app("app", include_all=True).ExitCode, [
            line.partition("| ")[2] for line in logs.splitlines()
        ]


def test_it_ends_well(variables: dict[str, str], tmp_path: Path, eventually: Eventually) -> None:
    """The application starts when both servers accept, and talks to both."""
    status, lines = run(variables=variables, tmp_path=tmp_path, eventually=eventually)
    assert status == 0
    assert "waiting for tcp://db:5432, tcp://cache:6379, at most 2m" in lines[0]
    assert lines[-3].endswith("untilup: running python3")
    assert lines[-2].startswith("PostgreSQL says: 17.")
    assert lines[-1] == "Redis says: PONG"


def test_a_dependency_that_never_comes(
    variables: dict[str, str], tmp_path: Path, eventually: Eventually
) -> None:
    """Where Redis never listens the application does not start, and the logs say why."""
    status, lines = run(str(NEVER), variables=variables, tmp_path=tmp_path, eventually=eventually)
    log = "\n".join(lines)
    assert status == 124
    assert "says" not in log
    assert "timed out after 1.0" in log
    assert "untilup: tcp://cache:6379: " in log
    assert "connection refused: the address is up and nothing listens on the port" in log
