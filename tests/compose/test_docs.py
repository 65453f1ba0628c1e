"""What docs/compose.md shows of Compose, and the Compose files of the examples."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.compose.services import Services
from tests.support import console_sessions
from tests.support.images import Images
from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

DOCUMENT = CHECKOUT / "docs" / "compose.md"
EXAMPLE = "docker-compose.example.yml"
GATE = "examples/compose/gate.yml"
FILES = sorted([CHECKOUT / EXAMPLE, *CHECKOUT.glob("examples/compose/*.yml")])


def test_the_sessions(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of Compose is what it prints, from the first command to the last."""
    monkeypatch.setenv("UNTILUP_IMAGE", images.get("untilup"))
    steps = console_sessions.in_containers(DOCUMENT.read_text())
    of_the_example = [step for step in steps if EXAMPLE in step.command]
    assert of_the_example
    of_the_gate = steps[steps.index(of_the_example[-1]) + 2 :]
    assert of_the_gate
    for file, shown in ((EXAMPLE, steps[: len(steps) - len(of_the_gate)]), (GATE, of_the_gate)):
        # Each session begins with nothing.
        begins = [number for number, step in enumerate(shown) if " run " in step.command]
        parts = zip(begins, [*begins[1:], None], strict=True) if file == EXAMPLE else [(0, None)]
        for begin, end in parts:
            try:
                console_sessions.play(DOCUMENT, shown[begin:end], os.environ)
            finally:
                Services(file).stop()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_compose_reads_it(file: Path) -> None:
    """Every Compose file of the examples is valid."""
    files = [file]
    if file.stem.endswith("-wait"):  # laid over another
        files = [file.with_stem(file.stem.removesuffix("-wait")), file]
    words = [word for each in files for word in ("-f", str(each))]
    done = subprocess.run(
        ["docker", "compose", *words, "config", "--quiet"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_untilup() -> None:
    """`service_healthy` starts the application when the health check of the server passes."""
    services = Services("examples/compose/healthy.yml")
    try:
        done = services.run("run", "--rm", "app")
        assert (done.returncode, done.stdout) == (0, "started\n")
    finally:
        services.stop()
