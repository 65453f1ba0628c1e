"""What the tests of the main thread's part of the wait share: checks that a test has written."""

from __future__ import annotations

import _thread
import itertools
import math
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.eventually import Eventually
from tests.support.fake_clock import FakeClock
from untilup import events
from untilup.events import Inbox
from untilup.net import multihost, schedule, stream
from untilup.options import Settings
from untilup.report import messages, output, table
from untilup.report.reporter import Reporter
from untilup.targets import attempt
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target
from untilup.waiting import loop, once, watcher, workers
from untilup.waiting import wait as waiting

numbers = itertools.count()
Check = Callable[[Attempt], None]
# Everything that reads the clock in a wait without a server.
READ_THE_CLOCK = (
    events,
    messages,
    table,
    output,
    attempt,
    workers,
    loop,
    watcher,
    stream,
    multihost,
    schedule,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Return a clock for waits that the test can set forward."""
    made = FakeClock()
    for module in READ_THE_CLOCK:
        monkeypatch.setattr(module, "monotonic", made)
    # Time that passes at once is no sign that the process was stopped.
    monkeypatch.setattr(loop, "MIN_STOP", math.inf)
    # The main thread blocks until its next moment, which only the kernel's clock makes come.
    monkeypatch.setattr(events, "poll_milliseconds", lambda _seconds: 10)
    return made


@pytest.fixture
def told_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], threading.Event]:
    """Return a function from a method of Report to an event, which each call of the method sets."""

    def once_told(name: str) -> threading.Event:
        event = threading.Event()
        tell = getattr(Reporter, name)

        def tell_and_note(report: Reporter, *arguments: object) -> None:
            tell(report, *arguments)
            event.set()

        monkeypatch.setattr(Reporter, name, tell_and_note)
        return event

    return once_told


@pytest.fixture(autouse=True)
def watchers_end(request: pytest.FixtureRequest, eventually: Eventually) -> Iterator[None]:
    """Let the watchers of a test end before the next test replaces a clock that they read.

    All other fixtures are undone before this one: a check no longer hangs, and real time passes.
    """
    before = _thread._count()
    yield
    if "wait_with" in request.fixturenames:
        eventually(lambda: _thread._count() <= before)


@pytest.fixture
def wait_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Return what waits for targets with checks of the test's, each perhaps with target options.

    A check is a module of its own for each test.
    """

    def scripted(check_once: Check, **options: Any) -> Target:
        scheme = f"scripted{next(numbers)}"
        module = types.ModuleType(scheme)
        setattr(module, "check", check_once)  # noqa: B010 - mypy knows that modules have no check
        monkeypatch.setitem(sys.modules, f"untilup.checks.{scheme}", module)
        return Target(scheme, "db", 1, options=options)

    def wait(*attempts: Check | tuple[Check, dict[str, Any]], **values: object) -> bool:
        settings = Settings(**values)
        settings.targets = [
            scripted(check_once[0], **check_once[1])
            if isinstance(check_once, tuple)
            else scripted(check_once)
            for check_once in attempts
        ]
        started = time.monotonic()
        made = Reporter(started)
        made.configure(settings)
        if settings.once:
            once.check_once(settings, started, Inbox(), made)
            return False
        return waiting.wait(settings, started, Inbox(), made)

    return wait
