"""The main thread's part of the wait, in process: what no loopback server can bring about."""

from __future__ import annotations

import itertools
import re
import signal
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.fake_clock import FakeClock
from tests.support.untilup_process import PATIENCE
from untilup import os_errors
from untilup.errors import NeverReady, NotReady, ResourceLimitReached
from untilup.events import Inbox, SignalReceived
from untilup.options import Settings
from untilup.outcomes import Interrupted, TimedOut
from untilup.report.reporter import Reporter
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target
from untilup.waiting import backoff, loop
from untilup.waiting import wait as waiting

Check = Callable[[Attempt], None]


def refuse(_attempt: Attempt) -> None:
    raise NotReady("refused", "connection refused")


def test_a_target_that_can_never_become_ready_ends_the_wait(
    wait_with: Callable[..., None],
) -> None:
    """A check's UntilupError ends the wait at once, with its own exit status."""

    def never(_attempt: Attempt) -> None:
        raise NeverReady("no-such-database", "no such database")

    with pytest.raises(NeverReady, match="no such database") as caught:
        wait_with(never)
    assert caught.value.exit_status == 125


def test_never_ready_after_a_retry_ends_the_wait(wait_with: Callable[..., None]) -> None:
    """The same holds for a later attempt, which tenacity's loop has made."""
    attempts = iter(
        [
            NotReady("refused", "connection refused"),
            NeverReady("no-such-database", "no such database"),
        ]
    )

    def check_once(_attempt: Attempt) -> None:
        raise next(attempts)

    with pytest.raises(NeverReady):
        wait_with(check_once)


@pytest.mark.parametrize("first", [True, False], ids=["first attempt", "later attempt"])
def test_a_bug_in_a_check_surfaces(wait_with: Callable[..., None], first: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Any other exception is raised in the main thread, with the watcher's traceback."""
    attempts = iter([] if first else [NotReady("refused", "connection refused")])

    def check_once(_attempt: Attempt) -> None:
        for failure in attempts:
            raise failure
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug") as caught:
        wait_with(check_once)
    assert "check_once" in [entry.name for entry in caught.traceback]


def test_the_deadline_holds_while_an_attempt_hangs(
    wait_with: Callable[..., None], clock: FakeClock
) -> None:
    """An attempt that never ends does not keep the wait from ending."""
    release = threading.Event()

    def hang(attempt: Attempt) -> None:
        attempt.enter("resolving")
        clock.ahead += 100
        assert release.wait(PATIENCE)

    with pytest.raises(TimedOut) as caught:
        wait_with(hang, timeout=100)
    release.set()
    assert caught.value.pending[0].progress.attempt.phase[0] == "resolving"


def test_no_deadline_comes_early(wait_with: Callable[..., None]) -> None:
    """The wait lasts as long as the timeout says."""
    began = time.monotonic()
    with pytest.raises(TimedOut):
        wait_with(refuse, timeout=0.2)
    assert time.monotonic() - began >= 0.2


def test_a_heartbeat_says_what_is_still_waited_for(
    wait_with: Callable[..., None],
    clock: FakeClock,
    told_of: Callable[[str], threading.Event],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Every ten seconds a line names what is not up, and why."""
    beat = told_of("still_waiting")
    attempts = itertools.count()

    def check_once(attempt: Attempt) -> None:
        number = next(attempts)
        if number:  # the reason is known since the first one
            beat.clear()
            clock.ahead += loop.HEARTBEAT
            assert beat.wait(PATIENCE)
        if number < 3:
            refuse(attempt)

    wait_with(check_once, timeout=0)
    lines = [line for line in capfd.readouterr().err.splitlines() if "still waiting" in line]
    assert len(lines) == 3
    assert all(line.endswith("://db:1 (refused)") for line in lines)


def test_a_change_is_told_once(
    wait_with: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    """A reason is reported when it changes, not at every attempt."""
    words = ["name-unknown", "name-unknown", "refused", "refused", "refused"]
    attempts = iter(words)

    def check_once(_attempt: Attempt) -> None:
        for word in attempts:
            raise NotReady(word, f"{word} in words")

    wait_with(check_once)
    err = re.sub(r"scripted\d+", "tcp", capfd.readouterr().err)
    told = [line.partition("untilup: ")[2] for line in err.splitlines()]
    assert told == [
        "waiting for tcp://db:1 (timeout 60s)",
        "tcp://db:1 is not up: name-unknown in words",
        "tcp://db:1 is not up: refused in words",
        "tcp://db:1 is up after 6 attempts",
    ]


def test_verbose_tells_every_attempt(
    wait_with: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    """With --verbose every attempt is reported, with its number and its duration."""
    attempts = iter(range(3))

    def check_once(_attempt: Attempt) -> None:
        for _ in attempts:
            raise NotReady("refused", "connection refused")

    wait_with(check_once, verbose=True)
    told = capfd.readouterr().err
    for number in (1, 2, 3):
        assert f"(attempt {number}, " in told


def test_quiet_tells_nothing_but_the_failure(
    wait_with: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    """With --quiet nothing is printed on the way."""
    with pytest.raises(TimedOut):
        wait_with(refuse, timeout=0.1, quiet=True)
    assert capfd.readouterr().err == ""


def test_no_more_threads_is_a_limit(
    wait_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the system has no more threads, the wait ends and names the limit."""

    def start(_function: object, _arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("_thread.start_new_thread", start)
    with pytest.raises(ResourceLimitReached, match="no more threads"):
        wait_with(refuse)


@pytest.mark.parametrize(
    ("slowest", "error"),
    [(100.0, TimedOut), (0.0, ResourceLimitReached)],
    ids=["so far", "for good"],
)
def test_a_thread_that_does_not_begin(
    wait_with: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    slowest: float,
    error: type[Exception],
) -> None:
    """A thread that has not begun by the deadline may be slow; after a while it has died, and why is reported."""
    monkeypatch.setattr("_thread.start_new_thread", lambda _function, _arguments: 1)
    monkeypatch.setattr(os_errors, "MAX_STARTUP", slowest)
    with pytest.raises(error):
        wait_with(refuse, timeout=0.2)


def test_the_last_attempt_comes_shortly_before_the_deadline(
    wait_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    """However long the delays, an attempt starts 250 ms before the deadline."""
    checked: list[float] = []
    slept: list[tuple[float, float]] = []
    over = threading.Event()

    def sleep(seconds: float) -> None:
        slept.append((clock(), seconds))
        if len(slept) == 1:
            clock.ahead += seconds
        else:
            clock.ahead += 100
            assert over.wait(PATIENCE)

    def check_once(_attempt: Attempt) -> None:
        checked.append(clock())
        raise NotReady("resolver-unavailable", "no answer")

    retrying = backoff.retrying
    monkeypatch.setattr(
        backoff, "retrying", lambda *arguments: retrying(*arguments).copy(sleep=sleep)
    )
    began = time.monotonic()
    with pytest.raises(TimedOut):
        wait_with(check_once, timeout=100.0, delay=3_000.0)
    ended = time.monotonic()
    over.set()
    assert len(checked) == 2
    asleep, seconds = slept[0]
    # The delay was reckoned between the first attempt and the sleep, from a deadline that was set
    # between these two moments.
    assert checked[0] + seconds <= ended + 99.75
    assert asleep + seconds >= began + 99.75


def test_the_deadline_holds_while_threads_start(
    wait_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If threads are slow to start, the wait ends at its deadline, and starts no more of them."""
    started: list[object] = []

    def start(function: object, _arguments: object) -> int:
        started.append(function)
        return 1

    monkeypatch.setattr("_thread.start_new_thread", start)
    with pytest.raises(TimedOut) as caught:
        wait_with(*[refuse] * 100, timeout=0.2)
    assert len(caught.value.pending) == 100
    assert len(started) < 50


def test_a_signal_ends_the_start_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while threads are started is not kept waiting for the rest of them."""
    inbox = Inbox()

    def start(_function: object, _arguments: object) -> int:
        inbox.put(SignalReceived(signal.SIGTERM))
        return 1

    monkeypatch.setattr("_thread.start_new_thread", start)
    settings = Settings()
    settings.targets = [Target("tcp", "db", port) for port in range(1, 101)]
    with pytest.raises(Interrupted) as caught:
        waiting.wait(settings, time.monotonic(), inbox, Reporter(0.0))
    assert (caught.value.signum, len(caught.value.pending)) == (signal.SIGTERM, 100)
    assert inbox.get(0.0) is None


def test_a_reason_is_as_old_as_the_attempt_that_found_it_first(
    wait_with: Callable[..., None],
) -> None:
    """A server that has been silent for all of an attempt has been silent for that long."""
    asked: list[float] = []

    def be_silent(_attempt: Attempt) -> None:
        asked.append(time.monotonic())
        raise NotReady("silent", "no answer")

    with pytest.raises(TimedOut) as caught:
        wait_with(be_silent, timeout=0.2)
    assert caught.value.pending[0].progress.since <= asked[0]


def test_a_wait_that_begins_after_its_deadline_makes_one_attempt(up: int) -> None:
    """If a start took longer than the timeout, as on a busy machine, the target is tried once."""
    settings = Settings(timeout=0.3)
    settings.targets = [Target("tcp", "127.0.0.1", up), Target("tcp", "localhost", up)]
    assert not waiting.wait(settings, time.monotonic() - 5.0, Inbox(), Reporter(0.0))


def test_hundreds_of_threads_ask_less_often_for_the_interpreter(
    wait_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many targets a thread that waits for the interpreter asks for it less often than usual."""
    asked: list[float] = []
    monkeypatch.setattr("sys.setswitchinterval", asked.append)
    monkeypatch.setattr("_thread.start_new_thread", lambda _function, _arguments: 1)
    for count in (1, 50, 500):
        monkeypatch.setattr("untilup.waiting.workers.THREAD_START_TIMEOUT", 0.0)
        with pytest.raises(TimedOut):
            wait_with(*[refuse] * count, timeout=0.1)
    assert asked == [0.05]


def test_the_time_of_a_target_that_is_up_does_not_keep_the_main_thread_busy(
    wait_with: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a target is up, its own timeout passes without a turn of the main thread."""
    get, results = Inbox.get, list[float]()

    def count(inbox: Inbox, until: float) -> object:
        results.append(until)
        return get(inbox, until)

    def up(_attempt: Attempt) -> None:
        pass

    monkeypatch.setattr(Inbox, "get", count)
    with pytest.raises(TimedOut):
        wait_with((up, {"timeout": 0.05}), refuse, timeout=0.5)
    # One every 40 ms and one for each event; a thread that does not sleep takes thousands.
    assert len(results) < 100


def test_a_check_knows_when_the_wait_ends(wait_with: Callable[..., bool]) -> None:
    """An attempt is given the wait's deadline, though it may be allowed to last longer."""
    left: list[float] = []
    timeout = PATIENCE / 2
    wait_with(
        lambda attempt: left.append(attempt.left()), timeout=timeout, attempt_timeout=PATIENCE
    )
    assert left[0] <= timeout
