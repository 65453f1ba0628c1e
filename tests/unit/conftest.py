"""What the tests of the main thread's part of the wait share: checks that a test has written."""

from __future__ import annotations

import itertools
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import pytest

from untilup import waiting
from untilup.events import Inbox
from untilup.options import Settings
from untilup.report import Report
from untilup.target import Target

numbers = itertools.count()
Look = Callable[[Target, float], None]


@pytest.fixture
def wait_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Return what waits for targets with checks of the test's, each perhaps with target options.

    A check is a module of its own for each test, which is gone with it: watchers are never
    joined, and one that a test has left behind ends when it does not find its check any more.
    """

    def scripted(look: Look, **options: Any) -> Target:
        scheme = f"scripted{next(numbers)}"
        module = types.ModuleType(scheme)
        setattr(module, "check", look)  # noqa: B010 - mypy knows that modules have no check
        monkeypatch.setitem(sys.modules, f"untilup.checks.{scheme}", module)
        return Target(scheme, "db", 1, options=options)

    def wait(*looks: Look | tuple[Look, dict[str, Any]], **values: object) -> bool:
        settings = Settings(**values)
        settings.targets = [
            scripted(look[0], **look[1]) if isinstance(look, tuple) else scripted(look)
            for look in looks
        ]
        for target in settings.targets if settings.once else ():
            target.sightings = []
        started = time.monotonic()
        report = Report(started)
        report.follow(settings)
        return waiting.wait(settings, started, Inbox(), report)

    return wait
