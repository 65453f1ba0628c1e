"""What the README shows of Compose."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.support.readme import IN_CONTAINERS, shown, without_figures
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.compose


def test_there_are_sessions() -> None:
    """The README shows Compose at work."""
    assert len(IN_CONTAINERS) >= 2


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("session", IN_CONTAINERS, ids=lambda session: session["command"])
def test_sessions(session: dict[str, str]) -> None:
    """What is shown of Compose is what it prints, and how it ends."""
    compose, _, _ = session["command"].partition(" run ")
    try:
        status, output = shown(session["command"], os.environ)
    finally:
        subprocess.run([*compose.split(), "down", "--volumes"], check=True, timeout=PATIENCE)
    assert without_figures(output) == without_figures(session["output"])
    assert status == int(session["status"] or 0)
