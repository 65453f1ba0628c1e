"""Every exit status, as the engine tells it (docs/design.md, The command)."""

from __future__ import annotations

from pathlib import Path

import pytest
from docker.types import Ulimit

from tests.container.containers import Containers
from tests.container.products import binary_only, wheel_only

pytestmark = pytest.mark.container

UP, DOWN = "web:80", "localhost:1"
PORTS = range(2000, 2040)
# While they settle, each holds a descriptor.
MANY_UP = [f"web:{port}" for port in PORTS]
FEW_DESCRIPTORS = {"ulimits": [Ulimit(name="nofile", soft=16, hard=16)]}
ENDINGS = {
    "the command's own": (42, (UP, "--", "sh", "-c", "echo ran; exit 42"), {}, "running sh"),
    "no command": (0, (UP,), {}, "is up"),
    "usage": (2, ("web:99999",), {}, "the port '99999' is not a number"),
    "nothing asked for": (2, (), {}, "no target"),
    "timed out": (124, ("-t", "200ms", DOWN, "--", "echo", "ran"), {}, "timed out after"),
    "a limit": (
        125,
        ("--settle", "2s", *MANY_UP),
        FEW_DESCRIPTORS,
        "(ulimit -n)",
    ),
    "not executable": (126, (UP, "--", "/etc/passwd"), {}, "/etc/passwd"),
    "not found": (127, (UP, "--", "gunicron"), {}, "gunicron"),
}


@binary_only
@pytest.mark.parametrize(
    ("status", "argv", "options", "reason"), ENDINGS.values(), ids=ENDINGS.keys()
)
def test_the_engine_is_told(
    containers: Containers,
    status: int,
    argv: list[str],
    options: dict[str, object],
    reason: str,
) -> None:
    """The container's exit status is untilup's or the command's, and the reason is in the logs."""
    containers.dependency(80, *PORTS, name="web")
    done = containers.untilup(*argv, **options).ended()
    assert done.returncode == status
    assert reason in done.stderr
    assert done.stdout == ("ran\n" if status == 42 else "")


@wheel_only
def test_a_bug(containers: Containers, tmp_path: Path) -> None:
    """A bug ends the container with 1 and a traceback, and the command is not run."""
    # Python imports this module when it starts; the executable's takes no module from elsewhere.
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import untilup.checks.tcp as tcp\ntcp.check = lambda *_: 1 / 0\n")
    done = containers.untilup(
        *("localhost:1", "--", "echo", "ran"),
        env={"PYTHONPATH": "/bug"},
        files={"/bug/sitecustomize.py": broken},
    ).ended()
    assert (done.returncode, done.stdout) == (1, "")
    assert "ZeroDivisionError" in done.stderr
