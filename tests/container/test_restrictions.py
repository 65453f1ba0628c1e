"""Containers that may do next to nothing (docs/design.md, The command)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.container.containers import Containers
from tests.support.eventually import Eventually
from tests.support.untilup_process import status_fields

pytestmark = pytest.mark.container

ALL_AT_ONCE: dict[str, Any] = {
    "read_only": True,
    # One that /etc/passwd does not know.
    "user": "4711",
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "init": True,
    "mem_limit": "32m",
}
# All at once, and what excludes one of those: another user, and another entrypoint.
RESTRICTIONS: dict[str, dict[str, Any]] = {
    "all at once": ALL_AT_ONCE,
    "nobody": {"user": "65534:65534"},
    "root without capabilities": {"user": "0", "cap_drop": ["ALL"]},
    "an empty environment": {"entrypoint": ["env", "-i", "/usr/local/bin/untilup"]},
}


@pytest.mark.parametrize("options", RESTRICTIONS.values(), ids=RESTRICTIONS.keys())
def test_it_waits_and_hands_over(
    containers: Containers, eventually: Eventually, options: dict[str, Any]
) -> None:
    """Under each restriction it waits for what is late, and becomes the command."""
    web = containers.dependency(80, name="web", late=True)
    waiting = containers.untilup("web:80", "--", "/bin/echo", "ran", **options)
    eventually(lambda: "refused" in waiting.output())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "Traceback" not in done.stderr


def test_it_times_out(containers: Containers) -> None:
    """Under all restrictions untilup reports a timeout as everywhere."""
    done = containers.untilup("-t", "300ms", "localhost:1", **ALL_AT_ONCE).ended()
    assert done.returncode == 124
    assert "timed out after" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_is_as_restricted(containers: Containers) -> None:
    """The command has the privileges that the container was given, neither more nor less."""
    containers.dependency(80, name="web")
    done = containers.untilup(
        *("web:80", "--", "cat", "/proc/self/status"),
        user="4711:4712",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
    ).ended()
    status = status_fields(done.stdout)
    assert status["Uid"].split() == ["4711"] * 4
    assert status["Gid"].split() == ["4712"] * 4
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == "1"
