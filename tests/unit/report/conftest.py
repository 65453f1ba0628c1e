"""What the tests of the report share: one moment, and targets in any state at that moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from untilup.errors import CheckFailed
from untilup.targets.attempt import Attempt
from untilup.targets.status import Progress, TargetStatus
from untilup.targets.target import Target

# The moment at which everything here happens, in seconds of the monotonic clock.
NOW = 1_000.0

MakeStatus = Callable[..., TargetStatus]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """Stop the clock, and return the time."""
    for module in ("account", "messages", "output", "summary"):
        monkeypatch.setattr(f"untilup.report.{module}.monotonic", lambda: NOW)
    for module in ("attempt", "status"):
        monkeypatch.setattr(f"untilup.targets.{module}.monotonic", lambda: NOW)
    return NOW


@pytest.fixture
def status() -> MakeStatus:
    """Return a function that makes the status of a target with seven attempts, the first 20 s ago."""

    def make(
        host: str,
        failure: CheckFailed | None = None,
        *,
        before: CheckFailed | None = None,
        phase: str = "",
        age: float = 0.0,
        **options: object,
    ) -> TargetStatus:
        """*failure* was found by all attempts, or, if another was found *before*, for 10 s.

        If *phase* is given, an attempt has been in it for *age* seconds.
        """
        target = Target("tcp", host, 5432, options=options)
        attempt = Attempt(target, 1.0)
        attempt.phase = (phase, NOW - age)
        attempt.is_over = not phase
        progress = Progress(attempt, 7)
        for found, seconds_ago in ((before, 20.0), (failure, 10.0 if before else 20.0)):
            if found:
                attempt.began = NOW - seconds_ago
                progress = progress.with_failure(found)
        return TargetStatus(target, progress)

    return make
