"""What docs/docker.md shows of Compose."""

from __future__ import annotations

import os

import pytest

from tests.compose.services import Services
from tests.support import console_sessions, requirements
from tests.support.images import Images
from wheelhouse import CHECKOUT

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

DOCUMENT = (CHECKOUT / "docs" / "docker.md").read_text().partition("\n## Compose\n")[2]


def test_the_sessions(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of Compose is what it prints, from the first command to the last."""
    requirements.binary()
    monkeypatch.setenv("UNTILUP_IMAGE", images.get("untilup"))
    shown = console_sessions.steps(DOCUMENT)
    assert shown
    try:
        console_sessions.play(shown, os.environ)
    finally:
        Services("examples/compose/gate.yml").stop()
