"""Ways to wait, in process: what no loopback server can bring about (docs/design.md, The command line; Targets; Results of an attempt)."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.fake_clock import FakeClock
from tests.support.untilup_process import PATIENCE
from untilup import errors
from untilup.errors import NeverReady, NotReady, ResourceLimitReached
from untilup.events import TargetUp
from untilup.outcomes import TimedOut
from untilup.report.reporter import Reporter
from untilup.targets.attempt import Attempt
from untilup.waiting.watcher import Watcher

Check = Callable[[Attempt], None]
Wait = Callable[..., bool]
Told = Callable[[str], threading.Event]
OPTIONAL = {"optional": True}


def up(_attempt: Attempt) -> None:
    pass


def refuse(_attempt: Attempt) -> None:
    raise NotReady("refused", "connection refused", evidence=errors.DOWN)


def never(_attempt: Attempt) -> None:
    raise NeverReady("unauthorized", "the server wants a password", "give one")


def one_after_another(*failures: Exception | None) -> Check:
    """Return a check whose attempts end in these results, and then always in the last."""
    left = itertools.chain(failures, itertools.repeat(failures[-1]))
    return lambda _attempt: end_in(next(left))


def end_in(failure: Exception | None) -> None:
    if failure:
        raise failure


@pytest.fixture(autouse=True)
def release() -> Iterator[threading.Event]:
    """Return what a hanging attempt waits for; set at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def hang(release: threading.Event) -> Check:
    """Return a check that does not end before the test does."""

    def wait_for_the_end(_attempt: Attempt) -> None:
        release.wait(PATIENCE)

    return wait_for_the_end


def test_what_never_becomes_ready_does_not_end_any(
    wait_with: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --any a target that can never become ready is reported, and the others are waited for."""
    late = one_after_another(NotReady("refused", "refused"), NotReady("refused", "refused"), None)
    assert wait_with(never, late, any=True)
    told = capfd.readouterr().err
    assert told.count("can never be up; continuing without it (--any): the server wants") == 1


def test_any_says_nothing_of_the_others(wait_with: Wait, capfd: pytest.CaptureFixture[str]) -> None:
    """With --any only an optional target is reported as gone on without: of the others one was asked for."""
    assert not wait_with(up, refuse, any=True)
    assert "continuing without it" not in capfd.readouterr().err


def test_when_none_can_become_ready_any_is_over(wait_with: Wait) -> None:
    """With --any the wait is over once every target has given up."""
    with pytest.raises(NeverReady, match="no target is left") as caught:
        wait_with(never, never, any=True, timeout=PATIENCE)
    assert caught.value.exit_status == 125


def test_given_up_or_timed_out_any_has_timed_out(wait_with: Wait) -> None:
    """With --any, if one target has given up and another's time is over, it is a timeout."""
    with pytest.raises(TimedOut) as caught:
        wait_with(never, refuse, any=True, timeout=0.3)
    assert len(caught.value.pending) == 2


def test_an_optional_target_that_never_becomes_ready(
    wait_with: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    """An optional target that can never become ready is reported, and never decides."""
    late = one_after_another(NotReady("refused", "refused"), None)
    assert wait_with((never, OPTIONAL), late)
    assert "can never be up" in capfd.readouterr().err


def test_an_optional_target_that_hangs(
    wait_with: Wait, hang: Check, capfd: pytest.CaptureFixture[str]
) -> None:
    """An optional target whose first attempt does not end delays no other target."""
    assert not wait_with((hang, OPTIONAL), up)
    assert "is not known to be up; continuing without it (optional)" in capfd.readouterr().err


@pytest.mark.parametrize("values", [{"any": True}, {"once": True}], ids=str)
@pytest.mark.parametrize(
    "failure", [ResourceLimitReached("no more files"), ZeroDivisionError("a bug")]
)
def test_what_is_no_targets_fault_ends_every_wait(
    wait_with: Wait, values: dict[str, bool], failure: Exception
) -> None:
    """A limit of this process's, or a bug, ends the wait however much could be done without."""
    with pytest.raises(type(failure)):
        wait_with((one_after_another(failure), OPTIONAL), refuse, **values, timeout=PATIENCE)


@pytest.mark.parametrize("way", ["optional", "any"])
@pytest.mark.parametrize(
    "end",
    [None, NotReady("closed", "closed"), NeverReady("unauthorized", "it wants a password")],
    ids=repr,
)
def test_who_comes_after_its_own_time(
    wait_with: Wait,
    told_of: Told,
    capfd: pytest.CaptureFixture[str],
    way: str,
    end: Exception | None,
) -> None:
    """What an attempt finds after its target's own time is neither told nor counted."""
    gone, come = told_of("skipped"), threading.Event()

    def too_late(_attempt: Attempt) -> None:
        assert come.wait(PATIENCE)
        end_in(end)

    def in_time(_attempt: Attempt) -> None:
        if not come.is_set():
            if gone.is_set():
                come.set()
            raise REFUSED

    own = {"timeout": 0.1, **({} if way == "any" else OPTIONAL)}
    assert wait_with((too_late, own), in_time, any=way == "any")
    told = [line.partition("://db:1 ")[2] for line in capfd.readouterr().err.splitlines()]
    assert [
        line.partition(":")[0] for line in told if line[:3] == "is " and "refused" not in line
    ] == [
        f"is not known to be up; continuing without it ({'optional' if way == 'optional' else 'timeout=100ms'})",
        told[-1],
    ]
    assert told[-1].startswith("is up after ")


def test_no_attempt_comes_after_a_targets_own_time(wait_with: Wait, told_of: Told) -> None:
    """A target that is not waited for any longer gets no more attempts."""
    gone = told_of("skipped")
    looks_after = []
    results = iter(range(10))

    def absent(_attempt: Attempt) -> None:
        if gone.is_set():
            looks_after.append(1)
        raise REFUSED

    def late(_attempt: Attempt) -> None:
        if not gone.is_set() or next(results, None) is not None:
            raise REFUSED

    assert wait_with((absent, {"timeout": 0.1, **OPTIONAL}), late)
    assert len(looks_after) <= 1  # which may have begun before


def test_the_target_is_named_that_never_becomes_ready(wait_with: Wait) -> None:
    """The error names the target that gave up."""
    with pytest.raises(NeverReady) as caught:
        wait_with(never)
    assert caught.value.target_name.endswith("://db:1")


def test_once_at_what_never_becomes_ready(
    wait_with: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --once a target that can never become ready is a row of the table like any other."""
    with pytest.raises(TimedOut):
        wait_with(never, up, once=True)
    table = capfd.readouterr().err.splitlines()
    assert " up " in f"{table[2]} "
    assert "unauthorized" in table[3]
    assert table[4].endswith("hint: give one")


def test_once_that_hangs_is_cut_off(
    wait_with: Wait, hang: Check, told_of: Told, clock: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --once the deadline holds, and the table shows the phase of an attempt that hangs."""
    told_up = told_of("output")

    def resolve(attempt: Attempt) -> None:
        attempt.enter("resolving")
        assert told_up.wait(PATIENCE)
        clock.ahead += 100
        hang(attempt)

    with pytest.raises(TimedOut):
        wait_with(resolve, up, once=True, timeout=100)
    table = capfd.readouterr().err
    assert "checked 2 targets once: 1 up" in table
    assert re.search(r" resolver-unavailable +(\d{3,}|[1-9]\d*)\.\dms ", table), "it took no time"


def test_once_goes_on_with_the_others(
    wait_with: Wait, hang: Check, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --once a target's own time cuts off its own attempt and no other's."""

    def slow(_attempt: Attempt) -> None:
        time.sleep(0.5)

    with pytest.raises(TimedOut) as caught:
        wait_with((hang, {"timeout": 0.1}), slow, once=True)
    assert len(caught.value.pending) == 1
    assert "checked 2 targets once: 1 up" in capfd.readouterr().err


def test_once_is_one(wait_with: Wait) -> None:
    """With --once no target gets a second attempt while others have their first."""
    attempts: list[Attempt] = []

    def absent(attempt: Attempt) -> None:
        attempts.append(attempt)
        refuse(attempt)

    def slow(_attempt: Attempt) -> None:
        time.sleep(0.5)

    with pytest.raises(TimedOut):
        wait_with(absent, slow, once=True)
    assert len(attempts) == 1


@pytest.mark.parametrize("options", [{}, {"timeout": 50}], ids=str)
def test_once_is_enough_for_any(
    wait_with: Wait, hang: Check, told_of: Told, clock: FakeClock, options: dict[str, float]
) -> None:
    """With --once and --any one target that is up is enough, though another's attempt is cut off."""
    told_up = told_of("output")

    def cut_off(attempt: Attempt) -> None:
        assert told_up.wait(PATIENCE)
        clock.ahead += 100
        hang(attempt)

    wait_with((cut_off, options), up, once=True, any=True, timeout=100)


@pytest.mark.parametrize(
    "failure", [ResourceLimitReached("no more files"), ZeroDivisionError("a bug")]
)
def test_once_that_could_not_be_taken(
    wait_with: Wait, capfd: pytest.CaptureFixture[str], failure: Exception
) -> None:
    """With --once an attempt that ends in a limit of this process, or in a bug, is not reported as up."""
    with pytest.raises(type(failure)):
        wait_with(one_after_another(failure), once=True)
    assert "checked 1 target once: 0 up" in capfd.readouterr().err


def test_once_at_what_never_becomes_ready_takes_its_time(
    wait_with: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    """The table has the time of an attempt that ends in NeverReady, too."""

    def slow(attempt: Attempt) -> None:
        time.sleep(0.1)
        never(attempt)

    with pytest.raises(TimedOut):
        wait_with(slow, once=True)
    assert re.search(r" unauthorized +\d{3,}\.\dms ", capfd.readouterr().err)


SILENT = NotReady("resolver-unavailable", "the DNS server does not answer")
GONE = NotReady("name-unknown", "name not found", evidence=errors.ABSENT)
REFUSED = NotReady("refused", "connection refused", evidence=errors.DOWN)
STARTING = NotReady("starting", "it is starting", evidence=errors.ALIVE)
DENIED = NeverReady("unauthorized", "it wants a password", evidence=errors.ALIVE)
NO_FILE = NeverReady("ca-file", "there is no such file")

# What attempts end in, and whether the target is down by the last of them.
PROOFS = [
    ([REFUSED], True),
    ([GONE], False),
    ([SILENT], False),
    ([None], False),
    ([STARTING], False),
    ([DENIED], False),
    ([None, GONE], True),
    ([STARTING, GONE], True),
    ([DENIED, GONE], True),
    ([None, SILENT], False),
    ([GONE, SILENT, GONE], False),
    ([GONE, None, SILENT, GONE], True),
    ([SILENT, REFUSED], True),
]


@pytest.mark.parametrize(("attempts", "down"), PROOFS, ids=lambda value: str(value)[:60])
def test_what_proves_that_a_target_is_down(
    wait_with: Wait, attempts: list[Exception | None], *, down: bool
) -> None:
    """A target is down when it refuses, or is gone after it has answered; silence proves nothing."""
    if down:
        wait_with(one_after_another(*attempts), down=True, timeout=PATIENCE)
    else:
        with pytest.raises(TimedOut):
            wait_with(one_after_another(*attempts), down=True, timeout=0.3)


@pytest.mark.parametrize(
    "check_once", [one_after_another(REFUSED, None), refuse], ids=["late", "never"]
)
def test_where_all_are_optional_they_are_late(wait_with: Wait, check_once: Check) -> None:
    """If all targets are optional they are waited for, so that the wait tells of it, for --splay."""
    assert wait_with((check_once, OPTIONAL), timeout=0.3)
    assert not wait_with((up, OPTIONAL))


@pytest.mark.parametrize(
    ("stable", "pauses"), [(2.0, [0.5] * 4), (8.0, [1.0] * 8)], ids=["a quarter", "1 s"]
)
def test_stable_is_looked_at_once_a_second_at_least(
    wait_with: Wait, monkeypatch: pytest.MonkeyPatch, stable: float, pauses: list[float]
) -> None:
    """The delay between attempts of --stable is a quarter of its time, at most 1 s."""
    slept = [0.0]
    monkeypatch.setattr("untilup.waiting.watcher.sleep", slept.append)
    monkeypatch.setattr("untilup.waiting.watcher.monotonic", lambda: sum(slept))
    attempts: list[Attempt] = []
    wait_with(attempts.append, stable=stable, max_delay=10.0)
    assert slept[1:] == pauses
    assert len(attempts) == len(slept)


def test_who_is_up_when_the_goal_is_reached_is_told(
    wait_with: Wait, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What the inbox holds when enough are up is taken in, before anybody is called not up."""
    reached, other_is_up = threading.Event(), threading.Event()
    tell, check_once = Reporter.up, Watcher._attempt_and_require_stable

    def tell_slowly(report: Reporter, event: TargetUp) -> None:
        tell(report, event)
        reached.set()
        assert other_is_up.wait(PATIENCE)

    def look_and_note(watcher: Watcher) -> None:
        check_once(watcher)  # it tells the inbox
        if watcher.target.optional:
            other_is_up.set()

    monkeypatch.setattr(Reporter, "up", tell_slowly)
    monkeypatch.setattr(Watcher, "_attempt_and_require_stable", look_and_note)
    wait_with(
        up,
        (lambda _attempt: end_in(None if reached.wait(PATIENCE) else REFUSED), OPTIONAL),
    )
    told = capfd.readouterr().err
    assert told.count(" is up at the first attempt") == 2
    assert "continuing without it" not in told


def test_what_cannot_be_looked_at_is_never_down(wait_with: Wait) -> None:
    """With --down, a target that can never be checked still ends the wait at once."""
    with pytest.raises(NeverReady):
        wait_with(one_after_another(NO_FILE), down=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("attempts", "late"),
    [
        ([up, up], False),
        ([up, one_after_another(REFUSED, None)], True),
        ([one_after_another(REFUSED, None), lambda _attempt: time.sleep(1)], True),
    ],
    ids=["all up", "one late", "one late, and the last one not"],
)
def test_late_is_a_target_that_was_not_up_at_the_first_attempt(
    wait_with: Wait, attempts: list[Check], *, late: bool
) -> None:
    """The wait tells whether a target that it needed was late; --stable does not count as late."""
    assert wait_with(*attempts, stable=0.1) is late
