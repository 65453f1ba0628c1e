"""A clock for what runs in the tests' own process."""

from __future__ import annotations

import time


class FakeClock:
    """The monotonic clock, and so many seconds *ahead* as a test has let pass."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead
