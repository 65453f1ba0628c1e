"""The profiles of Hypothesis: the same examples in each run by default, others for a release."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT

SHOW = "from tests.support import profiles; profiles.load(); from hypothesis import settings; print(settings().derandomize, settings().max_examples)"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("default", "True 25"), ("explore", "False 5000")],
    ids=["default", "explore"],
)
def test_only_a_release_explores(name: str, shown: str) -> None:
    """By default Hypothesis tries the same few examples; the profile explore tries many others."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=CHECKOUT,
        env={**os.environ, "UNTILUP_TEST_PROFILE": name},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.strip() == shown
