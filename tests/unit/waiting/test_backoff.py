"""The backoff (docs/design.md, When to try again), asked by retry states made by hand, so that no test sleeps."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator
from math import inf
from random import Random

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from untilup.errors import ALIVE, INCONCLUSIVE, NeverReady, NotReady
from untilup.options import Settings
from untilup.targets.target import Target
from untilup.waiting import backoff
from untilup.waiting.backoff import Backoff, BeforeDeadline

JITTER = 0.25
# So that rounding is not taken for a delay that is too long.
A_BIT = 1e-6


class FailedAttempt:
    """A failed attempt that took *took* seconds and ended in *reason*."""

    def __init__(
        self, reason: str, *, cheap: bool = False, took: float = 0.0, evidence: str = INCONCLUSIVE
    ) -> None:
        self.reason = reason
        self.cheap = cheap
        self.took = took
        self.evidence = evidence

    def __repr__(self) -> str:
        return f"FailedAttempt({self.reason!r}, cheap={self.cheap}, took={self.took}, evidence={self.evidence!r})"


# A server that answers, and is not up yet.
STARTING = FailedAttempt("starting", evidence=ALIVE)


def state(error: BaseException | None, when: float) -> tenacity.RetryCallState:
    """Return what tenacity knows after an attempt that ended in *error* at *when*."""
    future = tenacity.Future(1)
    if error:
        future.set_exception(error)
    else:
        future.set_result(None)
    made = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    made.outcome, made.outcome_timestamp = future, when
    return made


def after(attempt: FailedAttempt, when: float) -> tenacity.RetryCallState:
    failure = NotReady(attempt.reason, "seen", cheap=attempt.cheap, evidence=attempt.evidence)
    return state(failure, when)


def delays(
    wait: Callable[[tenacity.RetryCallState], float],
    attempts: Iterable[FailedAttempt],
    start: float = 0.0,
) -> Iterator[tuple[FailedAttempt, float, float]]:
    """Go through *attempts* with a delay after each; yield the attempt, its end, and the delay."""
    now = start
    for attempt in attempts:
        now += attempt.took
        pause = wait(after(attempt, now))
        yield attempt, now, pause
        now += pause


def without_jitter(delay: float, max_delay: float) -> Backoff:
    return Backoff(delay, max_delay, uniform=lambda: 0.0)


def lengths(
    attempts: Iterable[FailedAttempt], delay: float = 0.01, max_delay: float = 1.0
) -> list[float]:
    """Return the delays after *attempts*, without jitter, rounded to the microsecond."""
    made = delays(without_jitter(delay, max_delay), attempts)
    return [round(pause, 6) for _, _, pause in made]


REASONS = ["refused", "no-answer", "name-unknown", "closed"]
ATTEMPTS = st.lists(
    st.builds(
        FailedAttempt,
        st.sampled_from(REASONS),
        cheap=st.booleans(),
        took=st.sampled_from([0.0, 0.001, 0.5, 5.0, 60.0, 900.0, 86_400.0]) | st.floats(0, 100),
        evidence=st.sampled_from([INCONCLUSIVE, ALIVE]),
    ),
    max_size=40,
)
# Long stretches of one answer, where delays have grown as far as they can.
STRETCHES = st.lists(
    st.tuples(
        st.builds(
            FailedAttempt,
            st.sampled_from(REASONS),
            cheap=st.booleans(),
            took=st.sampled_from([0.0, 5.0]),
            evidence=st.sampled_from([INCONCLUSIVE, ALIVE]),
        ),
        st.integers(1, 100),
    ),
    max_size=5,
).map(lambda runs: [attempt for attempt, count in runs for _ in range(count)])
DELAYS = st.sampled_from([0.001, 0.01, 0.05, 0.3, 1.0, 5.0, 365 * 86_400.0]) | st.floats(0.001, 10)


# After a cheap answer, and after a costly one: the longest delay in seconds, or this share of its age.
MAX_DELAYS = {True: (0.050, 1 / 300), False: (1.0, 1 / 30)}


@given(ATTEMPTS | STRETCHES, DELAYS, DELAYS)
def test_answers_are_asked_for_again_by_their_age(
    attempts: list[FailedAttempt], delay: float, max_delay: float
) -> None:
    """A delay is at most 50 ms after a cheap answer, 1 s after a costly one; or 1/300, 1/30 of its age.

    If a server gave it, also at most 80 ms, or 1/8 of the time since the last new one. Or --delay, if that
    is longer.
    """
    reason, changed, new = "", 0.0, 0.0
    seen: set[str] = set()
    for attempt, now, pause in delays(Backoff(delay, max_delay), attempts):
        if attempt.reason != reason:
            reason, changed = attempt.reason, now
        if attempt.reason not in seen:
            seen.add(attempt.reason)
            new = now
        longest, share = MAX_DELAYS[attempt.cheap]
        assert pause <= max(delay, longest, (now - changed) * share) + A_BIT
        if attempt.evidence == ALIVE and not attempt.cheap:
            assert pause <= max(delay, 0.080, (now - new) / 8) + A_BIT


@given(ATTEMPTS | STRETCHES, DELAYS, DELAYS)
def test_no_delay_is_longer_than_max_delay(
    attempts: list[FailedAttempt], delay: float, max_delay: float
) -> None:
    """No delay is longer than --max-delay, or --delay if that is longer, and none is 0."""
    for least in (0.0, 0.5):
        for _, _, pause in delays(Backoff(delay, max_delay, least=least), attempts):
            assert 0 < pause <= max(delay, max_delay)


def test_many_targets_share_a_processor() -> None:
    """With hundreds of targets no delay is shorter than 1 ms for each, but for --max-delay."""
    attempts = [FailedAttempt("refused", cheap=True)] * 20
    crowded = Settings()
    crowded.targets = [Target("tcp", "db", port) for port in range(1, 501)]
    wait = backoff.retrying(crowded, deadline=1000.0).wait
    assert min(pause for _, _, pause in delays(wait, attempts)) >= 0.5 * (1 - JITTER)
    crowded.max_delay = 0.02
    wait = backoff.retrying(crowded, deadline=1000.0).wait
    assert max(pause for _, _, pause in delays(wait, attempts)) <= 0.02


@given(ATTEMPTS | STRETCHES, DELAYS, DELAYS, st.randoms(use_true_random=False))
def test_jitter_only_shortens(
    attempts: list[FailedAttempt], delay: float, max_delay: float, random: Random
) -> None:
    """Jitter makes a delay shorter, by a quarter at most, and never longer."""
    jittered = Backoff(delay, max_delay, uniform=random.random)
    for attempt, now, pause in delays(without_jitter(delay, max_delay), attempts):
        shortened = jittered(after(attempt, now))
        assert pause * (1 - JITTER) - A_BIT <= shortened <= pause


def test_jitter_is_random() -> None:
    """Two targets that fail alike at the same time are not attempted in step."""
    attempts = [FailedAttempt("refused", cheap=True)] * 20
    first, second = (
        [pause for _, _, pause in delays(Backoff(0.01, 1.0), attempts)] for _ in range(2)
    )
    assert first != second


@given(ATTEMPTS | STRETCHES, DELAYS, DELAYS)
def test_a_new_kind_of_answer_starts_afresh(
    attempts: list[FailedAttempt], delay: float, max_delay: float
) -> None:
    """The first appearance of a kind of answer is followed by the first delay, --delay."""
    seen: set[str] = set()
    for attempt, _, pause in delays(without_jitter(delay, max_delay), attempts):
        if attempt.reason not in seen:
            seen.add(attempt.reason)
            assert pause == delay


def test_delays_double() -> None:
    """Delays double from --delay, up to 1 s if attempts cost a server work, or to --max-delay."""
    attempts = [FailedAttempt("name-unknown", cheap=False)] * 10
    assert lengths(attempts) == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0, 1.0]
    assert lengths(attempts, max_delay=10.0) == lengths(attempts)
    assert lengths(attempts[:5], delay=0.1, max_delay=0.3) == [0.1, 0.2, 0.3, 0.3, 0.3]


def test_delays_double_up_to_50_ms() -> None:
    """From --delay on delays double, up to 50 ms where the kernel answers for cheap."""
    attempts = [FailedAttempt("refused", cheap=True)] * 6
    assert lengths(attempts) == [0.01, 0.02, 0.04, 0.05, 0.05, 0.05]
    assert lengths(attempts[:4], max_delay=0.03) == [0.01, 0.02, 0.03, 0.03]
    assert lengths(attempts[:3], delay=0.2) == [0.2, 0.2, 0.2]


def test_a_delay_beyond_max_delay_is_kept() -> None:
    """A --delay that is longer than --max-delay is every delay."""
    for cheap in (True, False):
        assert lengths([FailedAttempt("any", cheap=cheap)] * 3, delay=2.0, max_delay=1.0) == [
            2.0,
            2.0,
            2.0,
        ]


def test_flapping_does_not_start_afresh() -> None:
    """Flapping between known answers does not start the backoff afresh."""
    flapping = itertools.cycle(
        [FailedAttempt("name-unknown", cheap=False), FailedAttempt("closed", cheap=False)]
    )
    assert lengths(itertools.islice(flapping, 10)) == [
        *(0.01, 0.01),  # both are new
        *(0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0),
    ]


def test_a_third_kind_starts_afresh_once() -> None:
    """After flapping, a kind not seen before starts the backoff afresh, and only once."""
    unknown, closed = (
        FailedAttempt("name-unknown", cheap=False),
        FailedAttempt("closed", cheap=False),
    )
    silent = FailedAttempt("resolver-unavailable", cheap=False)
    attempts = [unknown, closed, unknown, closed, silent, unknown, silent]
    assert lengths(attempts) == [0.01, 0.01, 0.02, 0.04, 0.01, 0.02, 0.04]


def test_free_delays_grow_with_age() -> None:
    """After ten minutes of the same cheap failure the delay is up to 2 s."""
    first = FailedAttempt("refused", cheap=True)
    for age, longest in [(1, 0.05), (15, 0.05), (30, 0.1), (150, 0.5), (600, 2.0), (9_000, 10.0)]:
        wait = without_jitter(0.01, 10.0)
        for _ in range(20):
            wait(after(first, 1_000.0))
        assert wait(after(first, 1_000.0 + age)) == pytest.approx(longest)


def test_delays_double_up_to_80_ms() -> None:
    """While a server answers that it is not up yet, delays double up to 80 ms."""
    assert lengths([STARTING] * 6) == [0.01, 0.02, 0.04, 0.08, 0.08, 0.08]
    assert lengths([STARTING] * 4, max_delay=0.03) == [0.01, 0.02, 0.03, 0.03]
    assert lengths([STARTING] * 3, delay=0.2) == [0.2, 0.2, 0.2]


def test_delays_after_an_answer_grow_with_age() -> None:
    """From eight seconds on, an answer that a server is not up yet is like every costly failure."""
    for age, longest in [(0.5, 0.08), (1, 0.125), (4, 0.5), (8, 1.0), (30, 1.0), (60, 2.0)]:
        wait = without_jitter(0.01, 10.0)
        for _ in range(20):
            wait(after(STARTING, 1_000.0))
        assert wait(after(STARTING, 1_000.0 + age)) == pytest.approx(longest)


def test_flapping_answers_keep_the_delays_long() -> None:
    """If known answers of a server alternate, the delays stay as long as the last new answer is old."""
    wait = without_jitter(0.01, 10.0)
    other = FailedAttempt("status", evidence=ALIVE)
    for attempt in [STARTING, other] * 10:
        wait(after(attempt, 0.0))
    assert wait(after(STARTING, 10.0)) == pytest.approx(1.0)
    assert wait(after(other, 10.1)) == pytest.approx(1.0)


def detection(length: float, random: Random) -> float:
    """Return the detection latency of a target that answers "not yet" for *length* seconds."""
    ends = (
        now + pause
        for _, now, pause in delays(
            Backoff(0.01, 10.0, uniform=random.random), itertools.repeat(STARTING)
        )
    )
    return next(end for end in ends if end >= length) - length


def test_starting_is_over_soon() -> None:
    """A server that is starting for up to 1 s is detected within 50 ms at the median, later within 8% of that time.

    There are at most 90 attempts in the first minute.
    """
    random = Random(1)
    latencies = [detection(random.random(), random) for _ in range(500)]
    assert statistics.median(latencies) <= 0.050
    for shortest in range(1, 15):
        lengths_ = [random.uniform(shortest, shortest + 1) for _ in range(200)]
        shares = [detection(length, random) / length for length in lengths_]
        assert statistics.median(shares) <= 0.08
    for _ in range(20):
        made = delays(Backoff(0.01, 10.0, uniform=random.random), itertools.repeat(STARTING))
        assert len(list(itertools.takewhile(lambda each: each[1] < 60, made))) <= 90


def test_costly_delays_grow_with_age() -> None:
    """After five minutes of the same costly failure the delay is up to 10 s."""
    first = FailedAttempt("name-unknown", cheap=False)
    for age, longest in [(1, 1.0), (30, 1.0), (60, 2.0), (300, 10.0), (600, 20.0), (9_000, 30.0)]:
        wait = without_jitter(0.01, 30.0)
        for _ in range(20):
            wait(after(first, 1_000.0))
        assert wait(after(first, 1_000.0 + age)) == pytest.approx(longest)


def test_age_counts_from_the_last_change() -> None:
    """Another answer, even a known one, brings the delays back to 50 ms."""
    wait = without_jitter(0.01, 10.0)
    refused, dropped = FailedAttempt("refused", cheap=True), FailedAttempt("no-answer", cheap=True)
    for attempt in [refused, dropped] * 10:
        wait(after(attempt, 0.0))
    assert wait(after(dropped, 600.0)) == pytest.approx(2.0)
    assert wait(after(refused, 601.0)) == pytest.approx(0.05)
    assert wait(after(refused, 751.0)) == pytest.approx(0.5)
    assert wait(after(dropped, 752.0)) == pytest.approx(0.05)


def test_a_long_wait_does_not_overflow() -> None:
    """A wait that goes on forever keeps its delays."""
    longest = list(
        delays(without_jitter(0.001, 1.0), [FailedAttempt("closed", cheap=False)] * 2_000)
    )[-1]
    assert longest[2] == 1.0


@given(
    ATTEMPTS | STRETCHES,
    DELAYS,
    DELAYS,
    st.floats(0, 2_000),
    st.floats(0, 1e6).map(lambda t: t / 7),
)
def test_no_delay_skips_the_final_attempt(
    attempts: list[FailedAttempt], delay: float, max_delay: float, time_out: float, start: float
) -> None:
    """No delay goes on for longer than until 250 ms before the deadline."""
    deadline = start + time_out
    wait = BeforeDeadline(without_jitter(delay, max_delay), deadline)
    for _, now, pause in delays(wait, attempts, start):
        if now < deadline - 0.250:
            assert pause > 0
            assert now + pause <= deadline - 0.250 + A_BIT


@given(ATTEMPTS | STRETCHES, DELAYS, DELAYS, st.sampled_from([inf, 1e12]))
def test_a_deadline_that_is_far_changes_nothing(
    attempts: list[FailedAttempt], delay: float, max_delay: float, deadline: float
) -> None:
    """Far from the deadline, and without one, the delays are those of the backoff."""
    wait = BeforeDeadline(without_jitter(delay, max_delay), deadline)
    plain = without_jitter(delay, max_delay)
    for attempt, now, pause in delays(wait, attempts):
        assert pause == plain(after(attempt, now))


def test_the_final_attempt_is_250_ms_before_the_deadline() -> None:
    """The delay before the final attempt ends 250 ms before the deadline."""
    wait = BeforeDeadline(without_jitter(1.0, 1.0), 10.0)
    assert wait(after(FailedAttempt("closed", cheap=False), 9.0)) == pytest.approx(0.75)
    wait = BeforeDeadline(without_jitter(0.5, 1.0), 10.0)
    assert wait(after(FailedAttempt("closed", cheap=False), 9.0)) == pytest.approx(0.5)


def test_after_the_deadline_the_next_attempt_comes_soon() -> None:
    """A process that was stopped past its deadline tries again within 50 ms, however costly that is."""
    wait = BeforeDeadline(without_jitter(5.0, 10.0), 10.0)
    assert wait(after(FailedAttempt("closed", cheap=False), 10.0)) == pytest.approx(0.05)


def test_the_final_attempt_is_at_once_if_less_is_left() -> None:
    """After an attempt that ends with less than 250 ms left, the final attempt follows at once."""
    wait = BeforeDeadline(without_jitter(0.5, 1.0), 10.0)
    resolving = FailedAttempt("resolver-unavailable", cheap=False)
    assert wait(after(resolving, 9.8)) == pytest.approx(0, abs=0.001)


def test_the_final_attempt_is_not_repeated_at_once() -> None:
    """After the final attempt the delays are those of the backoff."""
    wait = BeforeDeadline(without_jitter(0.01, 1.0), 10.0)
    attempts = [FailedAttempt("refused", cheap=True)] * 10
    made = [pause for _, _, pause in delays(wait, attempts, 9.8)]
    assert sum(made) >= 0.05


@pytest.mark.parametrize(
    "error", [None, ValueError("a bug"), NeverReady("never-ready", "never")], ids=repr
)
def test_only_not_ready_is_followed_by_a_delay(error: Exception | None) -> None:
    """Asking for a delay after anything but NotReady is a bug, and says so."""
    with pytest.raises(TypeError, match="NotReady"):
        Backoff(0.01, 1.0)(state(error, 1.0))


def test_before_any_attempt_there_is_no_delay() -> None:
    """Asking for a delay before an attempt has ended is a bug."""
    with pytest.raises(TypeError, match="None"):
        Backoff(0.01, 1.0)(tenacity.RetryCallState(tenacity.Retrying(), None, (), {}))


def retrying(deadline: float = inf, **values: float) -> tuple[tenacity.Retrying, list[float]]:
    """Return tenacity's loop as a watcher gets it, and what it sleeps, without sleeping it."""
    slept: list[float] = []
    return backoff.retrying(Settings(**values), deadline).copy(sleep=slept.append), slept


def test_not_ready_is_looked_at_again() -> None:
    """NotReady is followed by a delay and another attempt, until the target is up."""
    loop, slept = retrying()
    attempts = 0

    def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts < 200:
            raise NotReady("refused", "refused", cheap=True)
        return "up"

    assert loop(attempt) == "up"
    assert len(slept) == 199
    assert all(0 < pause <= 0.050 for pause in slept)
    assert slept[0] <= 0.010


def test_the_options_are_those_of_the_loop() -> None:
    """The first delay is --delay's and the longest --max-delay's, shortened by jitter at most."""
    loop, slept = retrying(delay=0.2, max_delay=0.6)
    answers = iter([*[NotReady("closed", "closed")] * 10, None])

    def attempt() -> None:
        answer = next(answers)
        if answer:
            raise answer

    loop(attempt)
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

    def attempt() -> None:
        raise next(answers)

    with pytest.raises(type(error)) as caught:
        loop(attempt)
    assert caught.value is error
    assert len(slept) == failures


def test_the_loop_never_stops_by_itself() -> None:
    """The loop goes on past the deadline: when to stop is the main thread's decision."""
    loop, slept = retrying(deadline=0.0)
    attempts = itertools.count()

    def attempt() -> None:
        if next(attempts) < 1_000:
            raise NotReady("refused", "refused")

    loop(attempt)
    assert len(slept) == 1_000


def test_every_target_has_its_own_backoff() -> None:
    """The results of one target's attempts do not lengthen the delays of another."""
    waits = [backoff.retrying(Settings(), inf).wait for _ in range(2)]
    attempt = FailedAttempt("closed", cheap=False)
    for _ in range(20):
        waits[0](after(attempt, 0.0))
    assert waits[0](after(attempt, 0.0)) >= 0.75
    assert waits[1](after(attempt, 0.0)) <= 0.010
