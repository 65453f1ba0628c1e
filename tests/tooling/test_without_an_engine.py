"""The tests themselves, on a machine without a Docker engine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT


@pytest.mark.parametrize(
    ("required", "status", "outcome"), [("", 0, "skipped"), ("1", 1, "error")], ids=["", "required"]
)
def test_tests_in_containers(required: str, status: int, outcome: str) -> None:
    """They are skipped with the reason, or fail where an engine is required; nothing else fails."""
    where = "unix:///nonexistent.sock"
    tests = ["tests/container/test_pid1.py", "tests/compose/test_docs.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests],
        cwd=CHECKOUT,
        env={**os.environ, "DOCKER_HOST": where, "UNTILUP_REQUIRE_DOCKER": required},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == status
    assert outcome in done.stdout.splitlines()[-1]
    assert f"no Docker engine answers at {where}" in done.stdout
