"""Published ports, where docker-proxy accepts for whoever may be behind it (DESIGN 1.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.container.containers import Containers

pytestmark = pytest.mark.container

Eventually = Callable[[Callable[[], object]], None]
# Where tests keep the machine busy, docker-proxy may take longer to hang up than the default of 5 ms.
SETTLE = ("--settle", "250ms")
# From where one looks at the host: from itself, or from another container.
VIEWPOINTS: dict[str, tuple[str, dict[str, Any]]] = {
    "from the host": ("127.0.0.1", {"network": "host"}),
    "from a container": (
        "host.docker.internal",
        {"extra_hosts": {"host.docker.internal": "host-gateway"}},
    ),
}


@pytest.mark.parametrize(("host", "options"), VIEWPOINTS.values(), ids=VIEWPOINTS.keys())
def test_accepted_and_closed_is_not_up(
    containers: Containers, eventually: Eventually, host: str, options: dict[str, Any]
) -> None:
    """A published port is not up while nobody listens behind it, although it accepts."""
    web = containers.dependency(80, name="web", late=True, publish=80)
    target = f"{host}:{web.published(80)}"
    waiting = containers.untilup(*SETTLE, target, "--", "echo", "ran", **options)
    eventually(lambda: "closed at once" in waiting.said())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert f"tcp://{target} is up" in done.stderr


@pytest.mark.parametrize(("host", "options"), VIEWPOINTS.values(), ids=VIEWPOINTS.keys())
def test_nobody_behind_it(containers: Containers, host: str, options: dict[str, Any]) -> None:
    """A published port behind which nobody ever listens times out, and the reason says so."""
    web = containers.dependency(80, name="web", late=True, publish=80)
    target = f"{host}:{web.published(80)}"
    done = containers.untilup(*SETTLE, "-t", "1s", target, **options).ended()
    assert done.returncode == 124
    assert "closed at once" in done.stderr.partition("timed out after")[2]
