"""The steps of docs/tutorial.md, as a reader types them."""

from __future__ import annotations

import os
import re

import pytest

from tests.compose.services import Services
from tests.support.readme import shown
from wheelhouse import CHECKOUT

pytestmark = [pytest.mark.compose, pytest.mark.usefixtures("project")]

PAGE = (CHECKOUT / "docs/tutorial.md").read_text()
COMMANDS = re.findall(r"^(docker compose .*)$", PAGE, re.MULTILINE)
TUTORIAL = "examples/compose/tutorial.yml"


def test_the_steps() -> None:
    """The application waits and ends well; without Redis it does not start, and the report says why."""
    up, down, wait, stop, broken, once, last = COMMANDS
    assert "--abort-on-container-exit" in up
    assert down == last
    try:
        for command in (up, down):
            shown(command, os.environ)
        status, printed = shown(wait, os.environ)
        assert (status, printed.splitlines()[-1]) == (0, "Redis says: PONG")
        assert shown(stop, os.environ)[0] == 0
        status, printed = shown(broken, os.environ)
        assert status == 124
        _, _, summary = printed.partition("timed out after")
        assert "redis://cache:6379" in summary
        assert "postgres" not in summary
        assert "says" not in printed
        status, printed = shown(once, os.environ)
        assert status == 124
        assert re.search(r"redis://cache:6379 +name-unknown", printed)
    finally:
        Services(TUTORIAL).stop()
