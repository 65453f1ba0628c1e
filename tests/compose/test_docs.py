"""What docs/docker.md shows of Compose."""

from __future__ import annotations

import os

import pytest

import needs
import sessions
from compose.services import Services
from images import Images
from wheelhouse import CHECKOUT

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

DOCUMENT = (CHECKOUT / "docs" / "docker.md").read_text().partition("\n## Compose\n")[2]


@pytest.mark.timeout(180)
def test_the_sessions(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of Compose is what it prints, from the first command to the last."""
    needs.binary()
    monkeypatch.setenv("UNTILUP_IMAGE", images.get("untilup"))
    shown = sessions.steps(DOCUMENT)
    assert shown
    try:
        sessions.play(shown, os.environ)
    finally:
        Services("examples/compose/gate.yml").stop()
