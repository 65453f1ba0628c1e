"""Real servers, which start late."""

from __future__ import annotations

import re

import pytest

from tests.container.containers import Containers
from tests.support.eventually import Eventually
from tests.support.images import Images
from wheelhouse import CHECKOUT

pytestmark = pytest.mark.container

APPLICATION = CHECKOUT / "examples" / "app.py"
SAID = re.compile(r"PostgreSQL says: [\d.]+\nRedis says: PONG\n")


@pytest.fixture(scope="module", autouse=True)
def servers_made(images: Images) -> None:
    """Have their images, outside of the time that a test may take."""
    images.get("postgres")
    images.get("redis")


@pytest.mark.parametrize("order", [("db", "cache"), ("cache", "db")], ids=" first, then ".join)
def test_servers_that_start_late(
    containers: Containers, eventually: Eventually, order: tuple[str, str]
) -> None:
    """PostgreSQL and Redis start late, in either order, and then the application talks to both."""
    servers = {
        "db": containers.server("postgres", name="db", env={"POSTGRES_HOST_AUTH_METHOD": "trust"}),
        "cache": containers.server("redis", name="cache"),
    }
    waiting = containers.untilup(
        *("postgres://db", "redis://cache", "--", "python3", "/app.py"),
        files={"/app.py": APPLICATION},
    )
    eventually(lambda: waiting.output().count("refused") == len(servers))
    first, last = order
    servers[first].go()
    eventually(lambda: re.search(rf"//{first}:\d+ is up after ", waiting.output()))
    assert "running python3" not in waiting.output()
    servers[last].go()
    done = waiting.ended()
    assert done.returncode == 0
    assert SAID.fullmatch(done.stdout)
