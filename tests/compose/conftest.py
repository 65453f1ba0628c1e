"""Fixtures for tests with docker compose."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

import addresses
from tests.support import requirements
from tests.support.images import OFFICIAL, Images, build
from tests.support.requirements import missing
from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT


@pytest.fixture(scope="session")
def application(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the image that examples/app.Dockerfile makes, from the tests' images."""
    requirements.binary()
    base, untilup = images.get("python"), images.get("untilup")
    context = tmp_path_factory.mktemp("application")
    shutil.copy(CHECKOUT / "examples" / "app.py", context)
    dockerfile = (CHECKOUT / "examples" / "app.Dockerfile").read_text()
    dockerfile = dockerfile.replace(OFFICIAL["python"], base).replace(addresses.IMAGE, untilup)
    (context / "Dockerfile").write_text(dockerfile)
    tag = f"untilup-test/application:{os.getpid()}"
    build(context, tag, base=base)
    yield tag
    images.engine.images.remove(tag, force=True)


@pytest.fixture(scope="session")
def variables(images: Images, application: str) -> dict[str, str]:
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
        "APP_IMAGE": application,
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
