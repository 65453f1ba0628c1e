"""Fixtures that tests of the executable share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import Probe
from tests.support import requirements
from tests.support.once_per_run import made_once
from tests.support.untilup_process import BINARY


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """Skip, or fail, without the executable."""
    requirements.binary()


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """Return the interpreter that is in the executable, ready to run Python text."""
    return Probe(made_once(tmp_path_factory, "probe", probe.build) / probe.NAME)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a directory that is a root file system of nothing else, for root to enter."""
    if os.geteuid() != 0:
        pytest.skip("chroot needs root")
    shutil.copy(BINARY, tmp_path / "untilup")
    return tmp_path
