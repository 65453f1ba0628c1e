"""What docs/migrating.md says of Compose's own way to wait."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

from tests.support.eventually import Eventually
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.compose

DIRECTORY = Path(__file__).parent


@pytest.mark.usefixtures("project")
def test_compose_waits_when_it_starts_and_not_at_a_restart(eventually: Eventually) -> None:
    """`service_healthy` holds the application back at first, and not when the engine restarts it."""
    with DockerCompose(DIRECTORY, ["healthy.yml"], wait=False) as services:

        def lines() -> list[str]:
            return services.get_logs("app")[0].splitlines()

        eventually(lambda: len(lines()) == 1)
        assert lines()[0].endswith("| PONG")
        app = services.get_container("app").ID
        services.stop(down=False)
        assert app is not None
        subprocess.run(["docker", "start", app], check=True, timeout=PATIENCE, capture_output=True)
        eventually(lambda: len(lines()) > 1)
        assert "PONG" not in lines()[1]
