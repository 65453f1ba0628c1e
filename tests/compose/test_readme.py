"""What the README shows of Compose."""

from __future__ import annotations

import os
import subprocess

import pytest

from program import PATIENCE
from readme import IN_CONTAINERS, shown, without_figures

pytestmark = pytest.mark.compose


@pytest.mark.parametrize("session", IN_CONTAINERS, ids=lambda session: session["command"])
def test_sessions(session: dict[str, str], variables: dict[str, str]) -> None:
    """What is shown of Compose is what it prints."""
    env = {name: text for name, text in os.environ.items() if name.startswith("DOCKER_")}
    env |= {**variables, "HOME": os.environ["HOME"]}
    try:
        status, output = shown(session["command"], env)
    finally:
        words = session["command"].partition(" run ")[0].split()
        subprocess.run(
            [*words, "down", "--volumes"],
            env={**os.environ, **env},
            check=True,
            timeout=PATIENCE,
        )
    assert (status, without_figures(output)) == (0, without_figures(session["output"]))
