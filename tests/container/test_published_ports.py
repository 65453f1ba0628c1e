"""Published ports, where docker-proxy accepts before it knows whether there is a backend (docs/design.md, Results of an attempt)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.container.containers import WHEN_TOLD, Container, Containers
from tests.support.eventually import Eventually

pytestmark = pytest.mark.container

GREETS = """
import socket
server = socket.create_server(("", 80))
while True:
    server.accept()[0].sendall(b"welcome")
"""
# Where untilup runs: on the host itself, or in another container.
VIEWPOINTS: dict[str, tuple[str, dict[str, Any]]] = {
    "from the host": ("127.0.0.1", {"network": "host"}),
    "from a container": (
        "host.docker.internal",
        {"extra_hosts": {"host.docker.internal": "host-gateway"}},
    ),
}


def published(containers: Containers) -> Container:
    """Start what has its port published, and listens there once it may go()."""
    words = ["sh", "-c", WHEN_TOLD, "sh", "python3", "-c", GREETS]
    return containers.start(containers.images.get("python"), *words, publish=80)


@pytest.mark.parametrize(("host", "options"), VIEWPOINTS.values(), ids=VIEWPOINTS.keys())
def test_accepted_and_closed_is_not_up(
    containers: Containers, eventually: Eventually, host: str, options: dict[str, Any]
) -> None:
    """A published port without a listener behind it is not up, although docker-proxy accepts."""
    web = published(containers)
    target = f"{host}:{web.published(80)}"
    waiting = containers.untilup(target, "--", "echo", "ran", **options)
    eventually(lambda: "closed at once" in waiting.output())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert f"tcp://{target} is up" in done.stderr


@pytest.mark.parametrize(("host", "options"), VIEWPOINTS.values(), ids=VIEWPOINTS.keys())
def test_no_listener_behind_it(containers: Containers, host: str, options: dict[str, Any]) -> None:
    """A published port that never has a listener behind it times out, and the reason says so."""
    web = published(containers)
    target = f"{host}:{web.published(80)}"
    done = containers.untilup("-t", "2s", target, **options).ended()
    assert done.returncode == 124
    assert "closed at once" in done.stderr.partition("timed out after")[2]
