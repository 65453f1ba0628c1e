"""Fixtures for tests with docker compose."""

from __future__ import annotations

import os
import subprocess

import pytest

from images import Images
from needs import missing
from program import PATIENCE


@pytest.fixture(scope="session")
def variables(images: Images) -> dict[str, str]:
    """Return the variables by which the example takes our images, under a name of its own."""
    asked = ["docker", "compose", "version"]
    try:
        subprocess.run(asked, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        missing(f"no docker compose: {error}", "UNTILUP_REQUIRE_DOCKER")
    return {
        "UNTILUP_IMAGE": images.get("untilup"),
        "POSTGRES_IMAGE": images.get("postgres"),
        "REDIS_IMAGE": images.get("redis"),
        "COMPOSE_PROJECT_NAME": f"untilup-test-{os.getpid()}",
    }
