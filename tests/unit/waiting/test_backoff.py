"""The backoff (docs/design.md, When to try again), asked by retry states made by hand, so that no test sleeps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from math import inf
from random import Random

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from untilup.errors import NeverReady, NotReady
from untilup.options import Settings
from untilup.targets.target import Target
from untilup.waiting import backoff
from untilup.waiting.backoff import Backoff, BeforeDeadline

JITTER = 0.25
# So that rounding is not taken for a pause that is too long.
A_BIT = 1e-6


class Look:
    """A failed look that took *took* seconds and ended in *reason*."""

    def __init__(self, reason: str, *, cheap: bool, took: float = 0.0) -> None:
        self.reason = reason
        self.cheap = cheap
        self.took = took

    def __repr__(self) -> str:
        return f"Look({self.reason!r}, cheap={self.cheap}, took={self.took})"


def state(error: BaseException | None, when: float) -> tenacity.RetryCallState:
    """Return what tenacity knows after a look that ended in *error* at *when*."""
    future = tenacity.Future(1)
    if error:
        future.set_exception(error)
    else:
        future.set_result(None)
    made = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    made.outcome, made.outcome_timestamp = future, when
    return made


def after(look: Look, when: float) -> tenacity.RetryCallState:
    return state(NotReady(look.reason, "seen", cheap=look.cheap), when)


def pauses(
    wait: Callable[[tenacity.RetryCallState], float], looks: Iterable[Look], start: float = 0.0
) -> Iterator[tuple[Look, float, float]]:
    """Go through *looks* with a pause after each; yield the look, its end, and the pause."""
    now = start
    for look in looks:
        now += look.took
        pause = wait(after(look, now))
        yield look, now, pause
        now += pause


def without_jitter(delay: float, max_delay: float) -> Backoff:
    return Backoff(delay, max_delay, uniform=lambda: 0.0)


def lengths(looks: Iterable[Look], delay: float = 0.01, max_delay: float = 1.0) -> list[float]:
    """Return the pauses after *looks*, without jitter, rounded to the microsecond."""
    made = pauses(without_jitter(delay, max_delay), looks)
    return [round(pause, 6) for _, _, pause in made]


REASONS = ["refused", "no-answer", "name-unknown", "closed"]
LOOKS = st.lists(
    st.builds(
        Look,
        st.sampled_from(REASONS),
        cheap=st.booleans(),
        took=st.sampled_from([0.0, 0.001, 0.5, 5.0, 60.0, 900.0, 86_400.0]) | st.floats(0, 100),
    ),
    max_size=40,
)
# Long stretches of one answer, where pauses have grown as far as they can.
STRETCHES = st.lists(
    st.tuples(
        st.builds(
            Look, st.sampled_from(REASONS), cheap=st.booleans(), took=st.sampled_from([0.0, 5.0])
        ),
        st.integers(1, 100),
    ),
    max_size=5,
).map(lambda runs: [look for look, count in runs for _ in range(count)])
DELAYS = st.sampled_from([0.001, 0.01, 0.05, 0.3, 1.0, 5.0, 365 * 86_400.0]) | st.floats(0.001, 10)


# After a cheap answer, and after a costly one: the longest pause in seconds, or this share of its age.
LONGEST = {True: (0.050, 1 / 300), False: (1.0, 1 / 30)}


@given(LOOKS | STRETCHES, DELAYS, DELAYS)
def test_answers_are_asked_for_again_by_their_age(
    looks: list[Look], delay: float, max_delay: float
) -> None:
    """A pause is at most 50 ms after a cheap answer, 1 s after a costly one; or 1/300, 1/30 of its age.

    Or --delay, if that is longer than both.
    """
    reason, changed = "", 0.0
    for look, now, pause in pauses(Backoff(delay, max_delay), looks):
        if look.reason != reason:
            reason, changed = look.reason, now
        longest, share = LONGEST[look.cheap]
        assert pause <= max(delay, longest, (now - changed) * share) + A_BIT


@given(LOOKS | STRETCHES, DELAYS, DELAYS)
def test_no_pause_is_longer_than_max_delay(
    looks: list[Look], delay: float, max_delay: float
) -> None:
    """No pause is longer than --max-delay, or --delay if that is longer, and none is 0."""
    for least in (0.0, 0.5):
        for _, _, pause in pauses(Backoff(delay, max_delay, least=least), looks):
            assert 0 < pause <= max(delay, max_delay)


def test_many_targets_share_a_processor() -> None:
    """With hundreds of targets no pause is shorter than 1 ms for each, but for --max-delay."""
    looks = [Look("refused", cheap=True)] * 20
    crowded = Settings()
    crowded.targets = [Target("tcp", "db", port) for port in range(1, 501)]
    wait = backoff.retrying(crowded, deadline=1000.0).wait
    assert min(pause for _, _, pause in pauses(wait, looks)) >= 0.5 * (1 - JITTER)
    crowded.max_delay = 0.02
    wait = backoff.retrying(crowded, deadline=1000.0).wait
    assert max(pause for _, _, pause in pauses(wait, looks)) <= 0.02


@given(LOOKS | STRETCHES, DELAYS, DELAYS, st.randoms(use_true_random=False))
def test_jitter_only_shortens(
    looks: list[Look], delay: float, max_delay: float, random: Random
) -> None:
    """Jitter makes a pause shorter, by a quarter at most, and never longer."""
    jittered = Backoff(delay, max_delay, uniform=random.random)
    for look, now, pause in pauses(without_jitter(delay, max_delay), looks):
        shortened = jittered(after(look, now))
        assert pause * (1 - JITTER) - A_BIT <= shortened <= pause


def test_jitter_is_random() -> None:
    """Two targets that fail alike at the same time are not looked at in step."""
    looks = [Look("refused", cheap=True)] * 20
    first, second = ([pause for _, _, pause in pauses(Backoff(0.01, 1.0), looks)] for _ in range(2))
    assert first != second


@given(LOOKS | STRETCHES, DELAYS, DELAYS)
def test_a_new_kind_of_answer_starts_afresh(
    looks: list[Look], delay: float, max_delay: float
) -> None:
    """The first appearance of a kind of answer is followed by the first pause, --delay."""
    seen: set[str] = set()
    for look, _, pause in pauses(without_jitter(delay, max_delay), looks):
        if look.reason not in seen:
            seen.add(look.reason)
            assert pause == delay


def test_pauses_double() -> None:
    """From --delay on pauses double, up to 1 s where looks cost somebody work, or to --max-delay."""
    looks = [Look("name-unknown", cheap=False)] * 10
    assert lengths(looks) == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0, 1.0]
    assert lengths(looks, max_delay=10.0) == lengths(looks)
    assert lengths(looks[:5], delay=0.1, max_delay=0.3) == [0.1, 0.2, 0.3, 0.3, 0.3]


def test_pauses_double_up_to_50_ms() -> None:
    """From --delay on pauses double, up to 50 ms where the kernel answers for cheap."""
    looks = [Look("refused", cheap=True)] * 6
    assert lengths(looks) == [0.01, 0.02, 0.04, 0.05, 0.05, 0.05]
    assert lengths(looks[:4], max_delay=0.03) == [0.01, 0.02, 0.03, 0.03]
    assert lengths(looks[:3], delay=0.2) == [0.2, 0.2, 0.2]


def test_a_delay_beyond_max_delay_is_kept() -> None:
    """A --delay that is longer than --max-delay is every pause."""
    for cheap in (True, False):
        assert lengths([Look("any", cheap=cheap)] * 3, delay=2.0, max_delay=1.0) == [2.0, 2.0, 2.0]


def test_flapping_does_not_start_afresh() -> None:
    """Flapping between known answers does not start the backoff afresh."""
    flapping = itertools.cycle([Look("name-unknown", cheap=False), Look("closed", cheap=False)])
    assert lengths(itertools.islice(flapping, 10)) == [
        *(0.01, 0.01),  # both are new
        *(0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0),
    ]


def test_a_third_kind_starts_afresh_once() -> None:
    """After flapping, a kind not seen before starts the backoff afresh, and only once."""
    unknown, closed = Look("name-unknown", cheap=False), Look("closed", cheap=False)
    silent = Look("resolver-unavailable", cheap=False)
    looks = [unknown, closed, unknown, closed, silent, unknown, silent]
    assert lengths(looks) == [0.01, 0.01, 0.02, 0.04, 0.01, 0.02, 0.04]


def test_free_pauses_grow_with_age() -> None:
    """Who has had the same cheap answer for ten minutes waits up to 2 s for the next look."""
    first = Look("refused", cheap=True)
    for age, longest in [(1, 0.05), (15, 0.05), (30, 0.1), (150, 0.5), (600, 2.0), (9_000, 10.0)]:
        wait = without_jitter(0.01, 10.0)
        for _ in range(20):
            wait(after(first, 1_000.0))
        assert wait(after(first, 1_000.0 + age)) == pytest.approx(longest)


def test_costly_pauses_grow_with_age() -> None:
    """Who has had the same costly answer for five minutes waits up to 10 s for the next look."""
    first = Look("name-unknown", cheap=False)
    for age, longest in [(1, 1.0), (30, 1.0), (60, 2.0), (300, 10.0), (600, 20.0), (9_000, 30.0)]:
        wait = without_jitter(0.01, 30.0)
        for _ in range(20):
            wait(after(first, 1_000.0))
        assert wait(after(first, 1_000.0 + age)) == pytest.approx(longest)


def test_age_counts_from_the_last_change() -> None:
    """Another answer, even a known one, brings the pauses back to 50 ms."""
    wait = without_jitter(0.01, 10.0)
    refused, dropped = Look("refused", cheap=True), Look("no-answer", cheap=True)
    for look in [refused, dropped] * 10:
        wait(after(look, 0.0))
    assert wait(after(dropped, 600.0)) == pytest.approx(2.0)
    assert wait(after(refused, 601.0)) == pytest.approx(0.05)
    assert wait(after(refused, 751.0)) == pytest.approx(0.5)
    assert wait(after(dropped, 752.0)) == pytest.approx(0.05)


def test_a_long_wait_does_not_overflow() -> None:
    """A wait that goes on forever keeps its pauses."""
    longest = list(pauses(without_jitter(0.001, 1.0), [Look("closed", cheap=False)] * 2_000))[-1]
    assert longest[2] == 1.0


@given(
    LOOKS | STRETCHES, DELAYS, DELAYS, st.floats(0, 2_000), st.floats(0, 1e6).map(lambda t: t / 7)
)
def test_no_pause_passes_over_the_last_look(
    looks: list[Look], delay: float, max_delay: float, time_out: float, start: float
) -> None:
    """No pause goes on for longer than until 250 ms before the deadline."""
    deadline = start + time_out
    wait = BeforeDeadline(without_jitter(delay, max_delay), deadline)
    for _, now, pause in pauses(wait, looks, start):
        if now < deadline - 0.250:
            assert pause > 0
            assert now + pause <= deadline - 0.250 + A_BIT


@given(LOOKS | STRETCHES, DELAYS, DELAYS, st.sampled_from([inf, 1e12]))
def test_a_deadline_that_is_far_changes_nothing(
    looks: list[Look], delay: float, max_delay: float, deadline: float
) -> None:
    """Far from the deadline, and without one, the pauses are those of the backoff."""
    wait = BeforeDeadline(without_jitter(delay, max_delay), deadline)
    plain = without_jitter(delay, max_delay)
    for look, now, pause in pauses(wait, looks):
        assert pause == plain(after(look, now))


def test_the_last_look_is_250_ms_before_the_deadline() -> None:
    """The pause before the last look is as long as it takes to start that 250 ms before the end."""
    wait = BeforeDeadline(without_jitter(1.0, 1.0), 10.0)
    assert wait(after(Look("closed", cheap=False), 9.0)) == pytest.approx(0.75)
    wait = BeforeDeadline(without_jitter(0.5, 1.0), 10.0)
    assert wait(after(Look("closed", cheap=False), 9.0)) == pytest.approx(0.5)


def test_after_the_deadline_the_next_attempt_comes_soon() -> None:
    """A process that was stopped past its deadline tries again within 50 ms, however costly that is."""
    wait = BeforeDeadline(without_jitter(5.0, 10.0), 10.0)
    assert wait(after(Look("closed", cheap=False), 10.0)) == pytest.approx(0.05)


def test_the_last_look_is_at_once_if_less_is_left() -> None:
    """A look that ends with less than 250 ms left is followed by the last one, at once."""
    wait = BeforeDeadline(without_jitter(0.5, 1.0), 10.0)
    resolving = Look("resolver-unavailable", cheap=False)
    assert wait(after(resolving, 9.8)) == pytest.approx(0, abs=0.001)


def test_the_last_look_is_not_repeated_at_once() -> None:
    """After the last look pauses are as ever: the end of the time is no reason to hurry."""
    wait = BeforeDeadline(without_jitter(0.01, 1.0), 10.0)
    looks = [Look("refused", cheap=True)] * 10
    made = [pause for _, _, pause in pauses(wait, looks, 9.8)]
    assert sum(made) >= 0.05


@pytest.mark.parametrize(
    "error", [None, ValueError("a bug"), NeverReady("never-ready", "never")], ids=repr
)
def test_only_not_ready_is_followed_by_a_pause(error: Exception | None) -> None:
    """Asking for a pause after anything but NotReady is a bug, and says so."""
    with pytest.raises(TypeError, match="NotReady"):
        Backoff(0.01, 1.0)(state(error, 1.0))


def test_before_any_look_there_is_no_pause() -> None:
    """Asking for a pause before a look has ended is a bug too."""
    with pytest.raises(TypeError, match="None"):
        Backoff(0.01, 1.0)(tenacity.RetryCallState(tenacity.Retrying(), None, (), {}))


def retrying(deadline: float = inf, **values: float) -> tuple[tenacity.Retrying, list[float]]:
    """Return tenacity's loop as a watcher gets it, and what it sleeps, without sleeping it."""
    slept: list[float] = []
    return backoff.retrying(Settings(**values), deadline).copy(sleep=slept.append), slept


def test_not_ready_is_looked_at_again() -> None:
    """NotReady is followed by a pause and another look, until the target is up."""
    loop, slept = retrying()
    looks = 0

    def look() -> str:
        nonlocal looks
        looks += 1
        if looks < 200:
            raise NotReady("refused", "refused", cheap=True)
        return "up"

    assert loop(look) == "up"
    assert len(slept) == 199
    assert all(0 < pause <= 0.050 for pause in slept)
    assert slept[0] <= 0.010


def test_the_options_are_those_of_the_loop() -> None:
    """The first pause is --delay's and the longest --max-delay's, shortened by jitter at most."""
    loop, slept = retrying(delay=0.2, max_delay=0.6)
    answers = iter([*[NotReady("closed", "closed")] * 10, None])

    def look() -> None:
        answer = next(answers)
        if answer:
            raise answer

    loop(look)
    assert 0.15 <= slept[0] <= 0.2
    assert 0.45 <= slept[-1] <= 0.6


@pytest.mark.parametrize(
    "error",
    [
        NeverReady("never-ready", "never"),
        ZeroDivisionError("a bug"),
        OSError(1, "a bug"),
        SystemExit(3),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("failures", [0, 3])
def test_everything_else_ends_the_loop_as_it_is(error: BaseException, failures: int) -> None:
    """Any other exception, a bug included, comes out of the loop unwrapped, and ends it."""
    loop, slept = retrying()
    answers = iter([*[NotReady("refused", "refused")] * failures, error])

    def look() -> None:
        raise next(answers)

    with pytest.raises(type(error)) as caught:
        loop(look)
    assert caught.value is error
    assert len(slept) == failures


def test_the_loop_never_stops_by_itself() -> None:
    """The loop goes on past the deadline: when to stop is the main thread's decision."""
    loop, slept = retrying(deadline=0.0)
    looks = itertools.count()

    def look() -> None:
        if next(looks) < 1_000:
            raise NotReady("refused", "refused")

    loop(look)
    assert len(slept) == 1_000


def test_every_target_has_its_own_backoff() -> None:
    """What one target's looks have come to does not lengthen the pauses of another."""
    waits = [backoff.retrying(Settings(), inf).wait for _ in range(2)]
    look = Look("closed", cheap=False)
    for _ in range(20):
        waits[0](after(look, 0.0))
    assert waits[0](after(look, 0.0)) >= 0.75
    assert waits[1](after(look, 0.0)) <= 0.010
