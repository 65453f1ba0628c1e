"""What all tests of the executable need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.untilup_process import BINARY


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """Skip, or fail, without the executable."""
    requirements.binary()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder that is a root file system of nothing else, for root to enter."""
    if os.geteuid() != 0:
        pytest.skip("chroot needs root")
    shutil.copy(BINARY, tmp_path / "untilup")
    return tmp_path
