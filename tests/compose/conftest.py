"""Fixtures for tests with docker compose."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.support.images import Images
from tests.support.requirements import missing
from tests.support.untilup_process import PATIENCE


@pytest.fixture(scope="session")
def variables(images: Images) -> dict[str, str]:
    """Return the variables by which the examples take the tests' images, as a project apart."""
    try:
        asked = subprocess.run(
            ["docker", "compose", "version"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        missing("docker compose needs docker, the program", "UNTILUP_REQUIRE_DOCKER")
    if asked.returncode:
        missing(f"no docker compose: {asked.stderr.splitlines()[0]}", "UNTILUP_REQUIRE_DOCKER")
    return {
        "BASE": images.get("python"),
        "UNTILUP_IMAGE": images.get("wheel"),
        "POSTGRES_IMAGE": images.get("postgres"),
        "REDIS_IMAGE": images.get("redis"),
        "COMPOSE_PROJECT_NAME": f"untilup-test-{os.getpid()}",
    }


@pytest.fixture
def project(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have compose read these variables, whatever stands in the environment."""
    for name in [name for name in os.environ if name.startswith("COMPOSE_")]:
        monkeypatch.delenv(name)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
