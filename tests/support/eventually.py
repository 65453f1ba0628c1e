"""Waiting for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.untilup_process import PATIENCE

Eventually = Callable[[Callable[[], object]], None]


def eventually(is_true: Callable[[], object]) -> None:
    """Wait until *is_true* returns something true; fail if that does not happen."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, f"{is_true} did not become true"
        time.sleep(0.01)
