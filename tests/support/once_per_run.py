"""What is made once in a run of the tests, even if several processes run them (pytest-xdist)."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the directory *name* of this run, which *make* fills when a test first needs it.

    The processes of one run share it: one of them fills it, and the others wait for that.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    directory = run / name
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            # If *make* fails, no half of it is taken for the whole.
            partial = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=run))
            make(partial)
            partial.rename(directory)
    return directory
