"""Targets with several hosts: any host is enough, each is checked, and the reason names each."""

from __future__ import annotations

import _thread
import contextlib
import itertools
import re
import sys
import threading
import types
from collections.abc import Callable, Iterator

import pytest

from tests.support import tcp_servers
from tests.support.fake_clock import FakeClock
from tests.support.untilup_process import PATIENCE
from untilup import checks, os_errors
from untilup.cli.targets import parse_target
from untilup.errors import (
    ABSENT,
    ALIVE,
    DOWN,
    INCONCLUSIVE,
    NeverReady,
    NotReady,
    ResourceLimitReached,
    UsageError,
)
from untilup.net import aggregate, multihost, schedule
from untilup.net.stream import connect
from untilup.targets.attempt import Attempt
from untilup.targets.syntax import TargetSyntax
from untilup.targets.target import Target

LONG = PATIENCE
STORE = types.ModuleType("untilup.checks.store")
vars(STORE)["SYNTAX"] = TargetSyntax(
    port=6543, path=True, userinfo=True, allows_raw_password=True, multi_host=True
)

Check = Callable[[Attempt], None]


@pytest.fixture(autouse=True)
def _there_is_such_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, STORE.__name__, STORE)


def read(word: str, settle: float = 0.0) -> Target:
    return parse_target(word, settle, {})


def refused(detail: str = "refused, it says", says: str = DOWN, *, free: bool = True) -> NotReady:
    return NotReady("refused", detail, "is it started?", cheap=free, evidence=says)


def checking(**attempts: Check) -> Check:
    """Return the check that calls the function named after each host."""

    def check_once(attempt: Attempt) -> None:
        attempts[attempt.target.host](attempt)

    return check_once


def up(_attempt: Attempt) -> None:
    """Be ready."""


def failing(*failures: Exception) -> Check:
    """Return a check that raises these failures one after another, then returns."""
    left = list(failures)

    def check_once(_attempt: Attempt) -> None:
        if left:
            raise left.pop(0)

    return check_once


def always(failure: Exception) -> Check:
    """Return a check that fails so each time: on a busy machine, a host has a second attempt."""

    def check_once(_attempt: Attempt) -> None:
        raise failure

    return check_once


def hanging(until: threading.Event) -> Check:
    """Return a check that does not return before the test ends."""

    def check_once(attempt: Attempt) -> None:
        attempt.enter("resolving")
        assert until.wait(LONG)
        raise refused()

    return check_once


@pytest.fixture
def end() -> Iterator[threading.Event]:
    """Return what ends the attempts that hang."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize(
    ("word", "hosts", "printed"),
    [
        ("store://a", [("a", 6543)], "store://a:6543"),
        ("store://a,b:1/x?y", [("a", 6543), ("b", 1)], "store://a:6543,b:1/x"),
        ("store://u:p@a:2,[::1]:1", [("a", 2), ("::1", 1)], "store://a:2,[::1]:1"),
        ("store://a,a:6543,b", [("a", 6543), ("b", 6543)], "store://a:6543,b:6543"),
    ],
)
def test_hosts(word: str, hosts: list[tuple[str, int]], printed: str) -> None:
    """Hosts stand with commas between, each with its port or the default, and print so."""
    target = read(word)
    assert target.hosts == hosts
    assert (target.host, target.port) == hosts[0]
    assert str(target) == printed
    assert read(printed).hosts == hosts
    assert target != read("store://a,c")


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("store://a,", "the host is missing"),
        ("store://,a", "the host is missing"),
        ("store://a,b:0", "the port '0' is not a number"),
        ("store://a, b", "the host has a character that no host name can have"),
        ("tcp://a,b:1", "tcp:// accepts one host"),
    ],
)
def test_no_hosts(word: str, problem: str) -> None:
    """Each has to be a host, and others than these have one."""
    with pytest.raises(UsageError, match=problem):
        read(word)


def test_one_host_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target with one host is checked as it is, in the same thread."""
    target = read("store://a")
    seen: list[tuple[Attempt, int]] = []

    def check_once(attempt: Attempt) -> None:
        seen.append((attempt, threading.get_ident()))

    monkeypatch.setattr(STORE, "check", check_once, raising=False)
    whole = Attempt(target, 3.0)
    checks.check_for("store")(whole)
    assert seen == [(whole, threading.get_ident())]


def test_any_one_will_do(end: threading.Event) -> None:
    """A host that is ready is enough, whether the others have failed or hang."""
    for first in (failing(refused()), failing(NeverReady("x", "never")), hanging(end)):
        target = read("store://u@a,b:1/x#optional")
        seen: list[Target] = []

        def second(attempt: Attempt, seen: list[Target] = seen) -> None:
            assert attempt.timeout < LONG
            seen.append(attempt.target)

        multihost.check_any_host(Attempt(target, LONG), checking(a=first, b=second))
        (asked,) = seen
        assert (asked.host, asked.port, asked.user, asked.path) == ("b", 1, "u", "/x")
        assert asked.hosts == [("b", 1)]


def test_who_hangs_does_not_eat_the_time_of_others(end: threading.Event) -> None:
    """Each host gets its turn, however many are silent (when: see test_schedule.py)."""
    target = read("store://a,b,c,d")
    hangs = hanging(end)
    multihost.check_any_host(Attempt(target, LONG), checking(a=hangs, b=hangs, c=hangs, d=up))


def test_the_attempt_ends_in_time(end: threading.Event, clock: FakeClock) -> None:
    """Whatever hangs, the attempt ends with a failure for each host; the next attempt adopts what still hangs."""
    target = read("store://a,b")
    begun: list[str] = []
    hangs = threading.Event()

    def hang(attempt: Attempt) -> None:
        begun.append(attempt.target.host)
        attempt.enter("resolving")
        hangs.set()
        hanging(end)(attempt)

    results = itertools.count()

    def refuse(_attempt: Attempt) -> None:
        assert hangs.wait(LONG)
        if next(results) % 2:  # the attempt knows of the first
            clock.ahead += 100
        raise refused()

    check = checking(a=hang, b=refuse)
    memory: dict[object, object] = {}
    for _ in range(2):
        whole = Attempt(target, 100, memory=memory)
        with pytest.raises(NotReady) as caught:
            multihost.check_any_host(whole, check)
        failure = caught.value
        assert failure.reason == "refused"
        assert failure.detail.startswith("b:6543: refused, it says; a:6543: resolving: the DNS")
        assert whole.phase[0] == "resolving"
    assert begun == ["a"]
    threading.Timer(0.05, end.set).start()
    with pytest.raises(NotReady, match="a:6543, b:6543: refused"):
        multihost.check_any_host(
            Attempt(target, LONG, memory=memory), checking(a=up, b=always(refused()))
        )


def test_a_turn_without_time_is_not_taken(end: threading.Event) -> None:
    """A host that has failed gets no turn that could tell only silence, and hide why it failed."""
    target = read("store://a,b")
    times: list[float] = []

    def refuse(attempt: Attempt) -> None:
        times.append(attempt.timeout)
        raise refused()

    with pytest.raises(NotReady) as caught:
        multihost.check_any_host(Attempt(target, 0.5), checking(a=hanging(end), b=refuse))
    assert "b:6543: refused, it says" in caught.value.detail
    assert min(times[1:], default=1.0) >= schedule.CHEAP_RETRY_DELAY


@pytest.mark.parametrize("free", [True, False])
def test_who_failed_is_asked_again(end: threading.Event, *, free: bool) -> None:
    """While the attempt waits for one host, failed hosts are checked again."""
    late = failing(refused(free=free), refused(free=free))
    multihost.check_any_host(Attempt(read("store://a,b"), LONG), checking(a=hanging(end), b=late))


def test_all_fail() -> None:
    """If no host is ready, each is named with its reason, what is nearest to a service first."""
    starting = NotReady("starting", "it is starting", "wait", evidence=ALIVE)
    unknown = NotReady("name-unknown", "name not found", "spell it", evidence=ABSENT)
    target = read("store://a,b,c,d")
    with pytest.raises(NotReady) as caught:
        multihost.check_any_host(
            Attempt(target, LONG),
            checking(
                a=always(unknown), b=always(refused()), c=always(starting), d=always(refused())
            ),
        )
    failure = caught.value
    assert (failure.reason, failure.hint, failure.cheap) == ("starting", "wait", False)
    assert failure.evidence == ALIVE
    assert str(failure) == (
        "c:6543: it is starting; b:6543, d:6543: refused, it says; a:6543: name not found"
    )


def test_never_is_said_by_all() -> None:
    """Time can cure a target as long as it can cure one host."""
    never = NeverReady("expired", "it has expired", "renew it", evidence=ALIVE)
    with pytest.raises(NeverReady) as over:
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), checking(a=always(never), b=always(never))
        )
    assert (over.value.reason, over.value.hint, over.value.evidence) == (
        "expired",
        "renew it",
        ALIVE,
    )
    assert over.value.detail == "a:6543, b:6543: it has expired"
    with pytest.raises(NotReady, match="a:6543: it has expired; b:6543: refused"):
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), checking(a=always(never), b=always(refused()))
        )
    unheard = aggregate.combine({"a": NeverReady("x", "y")})
    assert isinstance(unheard, NeverReady)
    assert unheard.evidence == INCONCLUSIVE


@pytest.mark.parametrize(
    "error", [ResourceLimitReached("no more files"), ZeroDivisionError("a bug")]
)
def test_what_is_no_answer_ends_the_attempt(error: Exception, end: threading.Event) -> None:
    """A limit of this process, or a bug, is not hidden by another host."""
    with pytest.raises(type(error)):
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), checking(a=always(error), b=hanging(end))
        )


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no more threads can be started, that is the reason; the next attempt may get one."""

    def start(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    target = read("store://a,b")
    with monkeypatch.context() as patched:
        patched.setattr(_thread, "start_new_thread", start)
        with pytest.raises(ResourceLimitReached, match="no more threads"):
            multihost.check_any_host(Attempt(target, LONG), up)
    multihost.check_any_host(Attempt(target, LONG), up)


def test_a_thread_that_dies_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a host's thread has not started by the next attempt, the reason is the same limit."""
    target = read("store://a,b/dead")
    monkeypatch.setattr(os_errors, "MAX_STARTUP", 0.0)
    memory: dict[object, object] = {}
    monkeypatch.setattr(_thread, "start_new_thread", lambda *_: 0)
    with pytest.raises(NotReady, match="no attempt has contacted"):
        multihost.check_any_host(Attempt(target, 0.05, memory=memory), up)
    with pytest.raises(ResourceLimitReached, match="no more threads"):
        multihost.check_any_host(Attempt(target, LONG, memory=memory), up)


def test_once_sees_every_host() -> None:
    """With --once every host is checked, and reported with what was observed at its addresses."""
    target = read("store://a,b")
    whole = Attempt(target, LONG, exhaustive=True)

    def second(attempt: Attempt) -> None:
        attempt.observe("::1", 0.001, "up", "accepted")

    multihost.check_any_host(whole, checking(a=failing(refused(), refused()), b=second))
    assert [(what, found, detail) for what, _, found, detail in whole.observations] == [
        ("a:6543", "refused", "refused, it says"),
        ("b:6543", "up", ""),
        ("::1", "up", "accepted"),
    ]


def test_output_is_shown_with_its_host() -> None:
    """What the hosts have said, for --verbose, is reported with their names."""
    target = read("store://a,b")

    def first(attempt: Attempt) -> None:
        attempt.output = ["moment"]
        raise refused()

    whole = Attempt(target, LONG)
    multihost.check_any_host(whole, checking(a=first, b=up))
    assert whole.output == ["a:6543: moment"]


def test_a_question_to_each() -> None:
    """The whole check runs at each host: a host that accepts and stays silent does not decide for all."""

    def question(at_host: Attempt) -> None:
        with contextlib.closing(connect(at_host)) as stream:
            stream.send(b"well?")
            if not stream.receive():
                raise stream.closed_early()

    with (
        tcp_servers.serving(tcp_servers.silent) as first,
        tcp_servers.serving(tcp_servers.greet_and_close) as second,
    ):
        target = read(f"store://127.0.0.1:{first},127.0.0.1:{second}")
        multihost.check_any_host(Attempt(target, LONG), question)
    with (
        tcp_servers.serving(tcp_servers.silent) as first,
        tcp_servers.serving(tcp_servers.close_at_once) as second,
    ):
        target = read(f"store://127.0.0.1:{first},127.0.0.1:{second}")
        with pytest.raises(NotReady) as caught:
            multihost.check_any_host(Attempt(target, 3.0), question)
    assert caught.value.reason in {"silent", "closed"}
    assert re.search(f"127.0.0.1:{first}: .*(but no answer|no answer for)", caught.value.detail)
    assert f"127.0.0.1:{second}: connected, then closed" in caught.value.detail


def test_what_a_host_says_is_not_shown_if_it_repeats_the_password() -> None:
    """The observation of a host, as --once shows it, has no password of the target."""
    whole = Attempt(read("store://joe:hunter2@one,two/"), LONG, exhaustive=True)
    check = checking(one=failing(refused("hunter2 is wrong", ALIVE)), two=failing(refused()))
    with pytest.raises(NotReady):
        multihost.check_any_host(whole, check, once=True)
    assert "hunter2" not in str(whole.observations)
    assert "refused, it says" in str(whole.observations)
