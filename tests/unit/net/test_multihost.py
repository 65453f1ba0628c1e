"""Targets with several hosts: any one will do, each gets its turn, and the reason names each."""

from __future__ import annotations

import _thread
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
from untilup import os_errors
from untilup.cli.targets import parse_target
from untilup.errors import (
    ABSENT,
    ALIVE,
    DOWN,
    NeverReady,
    NotReady,
    ResourceLimitReached,
    UsageError,
)
from untilup.net import aggregate, happy_eyeballs, multihost
from untilup.net.stream import SocketStream
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
    return NotReady("refused", detail, "is it started?", free=free, says=says)


def looking(**looks: Check) -> Check:
    """Return the check that looks at each host by the function of its name."""

    def look(attempt: Attempt) -> None:
        looks[attempt.target.host](attempt)

    return look


def up(_attempt: Attempt) -> None:
    """Be ready."""


def failing(*failures: Exception) -> Check:
    """Return a look that fails so, one time after the other, and is ready then."""
    left = list(failures)

    def look(_attempt: Attempt) -> None:
        if left:
            raise left.pop(0)

    return look


def always(failure: Exception) -> Check:
    """Return a check that fails so each time: on a busy machine, a host has a second attempt."""

    def look(_attempt: Attempt) -> None:
        raise failure

    return look


def hanging(until: threading.Event) -> Check:
    """Return a look that does not end before the test does."""

    def look(attempt: Attempt) -> None:
        attempt.enter("resolving")
        assert until.wait(LONG)
        raise refused()

    return look


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
        ("store://a,b:0", "'0' is not a port"),
        ("store://a, b", "the host has characters that no name has"),
        ("tcp://a,b:1", "tcp:// takes one host"),
    ],
)
def test_no_hosts(word: str, problem: str) -> None:
    """Each has to be a host, and others than these have one."""
    with pytest.raises(UsageError, match=problem):
        read(word)


def test_one_host_needs_no_thread() -> None:
    """A target with one host is looked at as it is, in the same thread."""
    target = read("store://a")
    seen: list[tuple[Attempt, int]] = []

    def look(attempt: Attempt) -> None:
        seen.append((attempt, threading.get_ident()))

    whole = Attempt(target, 3.0)
    multihost.check_any_host(whole, look)
    assert seen == [(whole, threading.get_ident())]


def test_any_one_will_do(end: threading.Event) -> None:
    """A host that is ready is enough, whether the others have failed or hang."""
    for first in (failing(refused()), failing(NeverReady("x", "never")), hanging(end)):
        target = read("store://u@a,b:1/x#optional")
        seen: list[Target] = []

        def second(attempt: Attempt, seen: list[Target] = seen) -> None:
            assert attempt.timeout < LONG
            seen.append(attempt.target)

        multihost.check_any_host(Attempt(target, LONG), looking(a=first, b=second))
        (asked,) = seen
        assert (asked.host, asked.port, asked.user, asked.path) == ("b", 1, "u", "/x")
        assert asked.hosts == [("b", 1)]


def test_who_hangs_does_not_eat_the_time_of_others(end: threading.Event) -> None:
    """Each host gets its turn within the first half of the attempt, however many are silent."""
    target = read("store://a,b,c,d")
    hangs = hanging(end)
    for timeout in (1.0, LONG):
        attempt = multihost.MultiHostAttempt(Attempt(target, timeout), up)
        assert max(attempt._due.values()) < attempt._began + timeout / 2
    multihost.check_any_host(Attempt(target, LONG), looking(a=hangs, b=hangs, c=hangs, d=up))


def test_the_look_ends_in_time(end: threading.Event, clock: FakeClock) -> None:
    """Whatever hangs, the look ends, and tells of each host; the next look takes up what hangs still."""
    target = read("store://a,b")
    begun: list[str] = []
    hangs = threading.Event()

    def hang(attempt: Attempt) -> None:
        begun.append(attempt.target.host)
        attempt.enter("resolving")
        hangs.set()
        hanging(end)(attempt)

    turns = itertools.count()

    def refuse(_attempt: Attempt) -> None:
        assert hangs.wait(LONG)
        if next(turns) % 2:  # the look has heard of the first
            clock.ahead += 100
        raise refused()

    check = looking(a=hang, b=refuse)
    memory: dict[object, object] = {}
    for _ in range(2):
        whole = Attempt(target, 100, memory=memory)
        with pytest.raises(NotReady) as caught:
            multihost.check_any_host(whole, check)
        failure = caught.value
        assert failure.reason == "refused"
        assert failure.detail.startswith("b:6543: refused, it says; a:6543: resolving: the name")
        assert whole.phase[0] == "resolving"
    assert begun == ["a"]
    threading.Timer(0.05, end.set).start()
    with pytest.raises(NotReady, match="a:6543, b:6543: refused"):
        multihost.check_any_host(
            Attempt(target, LONG, memory=memory), looking(a=up, b=always(refused()))
        )


def test_a_turn_without_time_is_not_taken(end: threading.Event) -> None:
    """A host that has failed gets no turn that could tell only silence, and hide why it failed."""
    target = read("store://a,b")
    times: list[float] = []

    def refuse(attempt: Attempt) -> None:
        times.append(attempt.timeout)
        raise refused()

    with pytest.raises(NotReady) as caught:
        multihost.check_any_host(Attempt(target, 0.5), looking(a=hanging(end), b=refuse))
    assert "b:6543: refused, it says" in caught.value.detail
    assert min(times[1:], default=1.0) >= happy_eyeballs.CHEAP_RETRY_DELAY


@pytest.mark.parametrize("free", [True, False])
def test_who_failed_is_asked_again(end: threading.Event, *, free: bool) -> None:
    """As long as another host keeps the look waiting, one that has failed gets another turn."""
    late = failing(refused(free=free), refused(free=free))
    multihost.check_any_host(Attempt(read("store://a,b"), LONG), looking(a=hanging(end), b=late))


def test_all_fail() -> None:
    """Where no host is ready, each is named with its reason, what is nearest to a service first."""
    starting = NotReady("starting", "it is starting", "wait", free=False, says=ALIVE)
    unknown = NotReady("name-unknown", "the name is unknown", "spell it", free=False, says=ABSENT)
    target = read("store://a,b,c,d")
    with pytest.raises(NotReady) as caught:
        multihost.check_any_host(
            Attempt(target, LONG),
            looking(
                a=always(unknown), b=always(refused()), c=always(starting), d=always(refused())
            ),
        )
    failure = caught.value
    assert (failure.reason, failure.hint, failure.free) == ("starting", "wait", False)
    assert failure.says == ALIVE
    assert str(failure) == (
        "c:6543: it is starting; b:6543, d:6543: refused, it says; a:6543: the name is unknown"
    )


def test_never_is_said_by_all() -> None:
    """Time can cure a target as long as it can cure one host."""
    never = NeverReady("expired", "it has expired", "renew it", answers=True)
    with pytest.raises(NeverReady) as over:
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), looking(a=always(never), b=always(never))
        )
    assert (over.value.reason, over.value.hint, over.value.answers) == ("expired", "renew it", True)
    assert over.value.detail == "a:6543, b:6543: it has expired"
    with pytest.raises(NotReady, match="a:6543: it has expired; b:6543: refused"):
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), looking(a=always(never), b=always(refused()))
        )
    unheard = aggregate.combine_hosts({"a": NeverReady("x", "y")})
    assert isinstance(unheard, NeverReady)
    assert not unheard.answers


@pytest.mark.parametrize(
    "error", [ResourceLimitReached("no more files"), ZeroDivisionError("a bug")]
)
def test_what_is_no_answer_ends_the_look(error: Exception, end: threading.Event) -> None:
    """A limit of this process, or a bug, is not hidden by another host."""
    with pytest.raises(type(error)):
        multihost.check_any_host(
            Attempt(read("store://a,b"), LONG), looking(a=always(error), b=hanging(end))
        )


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there can be no more threads, that is the reason, and the next look may have one."""

    def start(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    target = read("store://a,b")
    with monkeypatch.context() as patched:
        patched.setattr(_thread, "start_new_thread", start)
        with pytest.raises(ResourceLimitReached, match="no more threads"):
            multihost.check_any_host(Attempt(target, LONG), up)
    multihost.check_any_host(Attempt(target, LONG), up)


def test_a_thread_that_dies_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that no thread has begun to look at, a look later, tells of the same limit."""
    target = read("store://a,b/dead")
    monkeypatch.setattr(os_errors, "MAX_STARTUP", 0.0)
    memory: dict[object, object] = {}
    monkeypatch.setattr(_thread, "start_new_thread", lambda *_: 0)
    with pytest.raises(NotReady, match="starting for"):
        multihost.check_any_host(Attempt(target, 0.05, memory=memory), up)
    with pytest.raises(ResourceLimitReached, match="no more threads"):
        multihost.check_any_host(Attempt(target, LONG, memory=memory), up)


def test_once_sees_every_host() -> None:
    """With --once every host is looked at, and told with what was seen of its addresses."""
    target = read("store://a,b")
    whole = Attempt(target, LONG, exhaustive=True)

    def second(attempt: Attempt) -> None:
        attempt.observe("::1", 0.001, "up", "accepted")

    multihost.check_any_host(whole, looking(a=failing(refused(), refused()), b=second))
    assert [(what, found, detail) for what, _, found, detail in whole.observations] == [
        ("a:6543", "refused", "refused, it says"),
        ("b:6543", "up", ""),
        ("::1", "up", "accepted"),
    ]


def test_what_is_heard_is_said_of_its_host() -> None:
    """What the hosts have said, for --verbose, is told with their names."""
    target = read("store://a,b")

    def first(attempt: Attempt) -> None:
        attempt.output = ["moment"]
        raise refused()

    whole = Attempt(target, LONG)
    multihost.check_any_host(whole, looking(a=first, b=up))
    assert whole.output == ["a:6543: moment"]


def test_a_question_to_each() -> None:
    """The question is asked of each host: one that accepts and is silent does not answer it for all."""

    def question(_target: Target, talk: SocketStream) -> None:
        talk.send(b"well?")
        if not talk.receive():
            raise talk.hung_up()

    with (
        tcp_servers.serving(tcp_servers.silent) as first,
        tcp_servers.serving(tcp_servers.greet_and_hang_up) as second,
    ):
        target = read(f"store://127.0.0.1:{first},127.0.0.1:{second}")
        multihost.ask_any_host(Attempt(target, LONG), question)
    with (
        tcp_servers.serving(tcp_servers.silent) as first,
        tcp_servers.serving(tcp_servers.hang_up) as second,
    ):
        target = read(f"store://127.0.0.1:{first},127.0.0.1:{second}")
        with pytest.raises(NotReady) as caught:
            multihost.ask_any_host(Attempt(target, 3.0), question)
    assert caught.value.reason in {"silent", "closed"}
    assert re.search(f"127.0.0.1:{first}: .*asked, (but|and) no answer", caught.value.detail)
    assert f"127.0.0.1:{second}: connected, and asked, then closed" in caught.value.detail
