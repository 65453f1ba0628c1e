"""The simulated fleet (benchmarks/fleet): what must be so whatever it finds; and its page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import __main__ as command
from fleet import budget, sweep, tables
from fleet.budget import BOUNDS, Bound
from fleet.clients import STRATEGIES, Strategy, simulate, untilup
from fleet.scenarios import (
    CLOSED,
    HANDSHAKE,
    LOOKUP,
    QUERIES_KNOWN,
    QUERIES_UNKNOWN,
    REFUSED,
    SCENARIOS,
    STARTING,
    UNKNOWN,
    UP,
    Scenario,
    flapping,
)
from fleet.traffic import Counter, quantile
from tests.support.untilup_process import PATIENCE
from untilup.net import resolver
from untilup.options import Settings
from untilup.waiting import backoff

(COLD,) = (scenario for scenario in SCENARIOS if scenario.name == "cold start")
PAGE = Path(__file__).parents[2] / "benchmarks" / "fleet" / "README.md"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
(SECONDLY,) = (strategy for strategy in STRATEGIES if strategy.name == "fixed 1 s poll")
ANSWERS = st.lists(
    st.tuples(st.floats(0.1, 20), st.sampled_from([UNKNOWN, REFUSED, CLOSED, STARTING])), max_size=5
)


def scenario(answers: list[tuple[float, str]], starting: float = 1.0) -> Scenario:
    """Return a scenario of *answers*, each given for so many seconds, and then UP."""
    steps = []
    at = 0.0
    for lasting, answer in answers:
        steps.append((at, answer))
        at += lasting
    return Scenario("any", "", starting, (*steps, (at, UP)), (0.0, 1.0))


@given(ANSWERS, st.sampled_from(STRATEGIES), st.integers(1, 5), st.integers())
def test_every_waiter_ends(
    answers: list[tuple[float, str]], strategy: Strategy, waiters: int, seed: int
) -> None:
    """Each waiter finds the dependency up once, after its opening, and then starts its command."""
    any_scenario = scenario(answers)
    traffic = simulate(strategy, any_scenario, waiters, seed)
    assert len(traffic.ups) == len(traffic.detection_latencies) == waiters
    assert all(when >= any_scenario.opens for when, _ in traffic.ups)
    assert all(extra > 0 for extra in traffic.detection_latencies)
    assert traffic.commands().total() == waiters


@given(ANSWERS, st.sampled_from(STRATEGIES), st.integers(1, 5))
def test_nothing_is_lost(
    answers: list[tuple[float, str]], strategy: Strategy, waiters: int
) -> None:
    """An attempt is a SYN or a lookup that fails; an accepted connection is closed at once, or the wait ends."""
    any_scenario = scenario(answers)
    kinds = {answer for _, answer in answers}
    traffic = simulate(strategy, any_scenario, waiters)
    assert traffic.syns.total() <= traffic.attempts
    if UNKNOWN not in kinds:
        assert traffic.syns.total() == traffic.attempts
    if not kinds & {CLOSED, STARTING}:
        assert traffic.accepted.total() == waiters


@pytest.mark.parametrize("opens", [0.0, 2.5, 10.5])
def test_a_fixed_poll_is_arithmetic(opens: float) -> None:
    """A poll of 1 s makes an attempt at its start, and one a second and its own time until it is up."""
    alone = scenario([(opens, REFUSED)] if opens else [], starting=0.001)
    traffic = simulate(SECONDLY, alone, 1)
    period = 1.0 + LOOKUP + HANDSHAKE
    attempts = 1 + (0 if not opens else int(opens // period) + 1)
    assert traffic.attempts == traffic.syns.total() == attempts
    assert traffic.queries.total() == QUERIES_KNOWN * attempts


def test_an_unknown_name_costs_queries_and_no_syns() -> None:
    """Until the name is known no waiter connects, and each lookup queries every search domain."""
    traffic = simulate(SECONDLY, scenario([(10.5, UNKNOWN)], starting=0.001), 1)
    assert traffic.syns.total() == 1
    assert traffic.queries.total() == 11 * QUERIES_UNKNOWN + QUERIES_KNOWN


def test_untilup_reuses_names() -> None:
    """Untilup makes more attempts than lookups: it is the real reuse of names that decides."""
    traffic = simulate(untilup(), COLD, 10)
    lookups = traffic.queries.total() / QUERIES_KNOWN
    assert traffic.attempts > 10 * lookups
    seconds = COLD.opens - COLD.starting / 2
    # Once a second at first, and then less often; and once more as the answer changes.
    assert seconds / 2 < lookups / 10 <= seconds + 2


def test_the_same_seed_gives_the_same() -> None:
    """A simulation is repeated to the last packet, and another seed makes another one."""
    first, again, other = (simulate(untilup(), COLD, 20, seed) for seed in (1, 1, 2))
    assert first.syns.ticks == again.syns.ticks
    assert first.detection_latencies == again.detection_latencies
    assert first.detection_latencies != other.detection_latencies


def test_ten_times_as_many_cost_ten_times_as_much() -> None:
    """What a fleet asks for grows in proportion: so it can be told for more than are simulated."""
    few, many = (simulate(untilup(), COLD, waiters) for waiters in (20, 200))
    for begin, end in ((0.0, 10.0), (10.0, 30.0), (30.0, 40.0)):
        assert many.syns.mean(begin, end) == pytest.approx(10 * few.syns.mean(begin, end), rel=0.03)
    assert many.queries.total() == pytest.approx(10 * few.queries.total(), rel=0.03)


def test_splay_spreads_the_commands() -> None:
    """With --splay a command starts later, by at most its length, unless there was no wait."""
    traffic = simulate(untilup(), COLD, 200)
    opens = round(COLD.opens * 10)
    assert sum(traffic.commands().ticks[opens : opens + 10]) == 200
    assert traffic.commands(10.0).peak_of_a_second() < 60
    assert sum(traffic.commands(10.0).ticks[opens : opens + 110]) == 200
    at_once = simulate(untilup(), scenario([]), 10)
    assert at_once.commands(10.0).ticks == at_once.commands().ticks


def test_flapping_ends_up() -> None:
    """A flapping dependency is closed at once for the end of every period, and up at last."""
    steps = flapping(6.0, 1.0, 12.0)
    assert steps == ((0.0, REFUSED), (5.0, CLOSED), (6.0, REFUSED), (11.0, CLOSED), (12.0, UP))
    made = Scenario("flapping", "", 1.0, steps, (0.0, 1.0))
    assert [made.answer(at) for at in (0.0, 5.5, 6.0, 12.0)] == [REFUSED, CLOSED, REFUSED, UP]


EVENTS = st.lists(st.floats(0, 9.99), max_size=50)


@given(EVENTS)
def test_counting(events: list[float]) -> None:
    """No event is lost; a peak is no less than the mean, and a second's no less than a tenth's."""
    counter = Counter(10.0)
    for at in events:
        counter.add(at)
    counter.add(11.0)  # after the end
    assert counter.total() == len(events)
    assert counter.mean(0.0, 10.0) == pytest.approx(len(events) / 10)
    assert counter.peak_of_a_tenth() <= counter.peak_of_a_second() <= len(events)
    assert counter.peak_of_a_second() >= counter.mean(0.0, 10.0)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1.0))
def test_quantiles(values: list[float], share: float) -> None:
    """A quantile is one of the values, and as many as it says do not exceed it."""
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_a_swept_constant_is_put_back() -> None:
    """A sweep changes the real code, and leaves it as it was; the code's own value is among them."""
    for swept in sweep.SWEPT:
        own = getattr(swept.module, swept.constant)
        assert own in swept.values
        with sweep.constant(swept.module, swept.constant, 123.0) as is_own:
            assert not is_own
            assert getattr(swept.module, swept.constant) == 123.0
        assert getattr(swept.module, swept.constant) == own
    assert backoff.JITTER in sweep.JITTERS
    assert (backoff.MAX_ANSWERED_DELAY, backoff.ANSWERED_DELAY_PER_AGE) in sweep.ANSWERED
    assert resolver.TTL_PER_AGE in sweep.REUSES
    assert Settings().max_delay in sweep.MAX_DELAYS


def test_a_sweep_sees_what_a_constant_does() -> None:
    """Twice the longest cheap delay means half the attempts, by the real code."""
    rates = []
    for longest in (0.05, 0.1):
        with sweep.constant(backoff, "MAX_CHEAP_DELAY", longest):
            rates.append(float(sweep.by_age(untilup(), REFUSED, 20)[0]))
    assert rates[0] == pytest.approx(2 * rates[1], rel=0.05)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: f"{bound.what}, {bound.ages[0]:g} s")
def test_the_constants_keep_the_budget(bound: Bound) -> None:
    """What waiters may cost a server is what benchmarks/fleet/README.md says, and no more."""
    assert 0 < budget.used(bound) <= bound.most


def test_costly_pauses_that_do_not_grow_break_the_budget() -> None:
    """The budget is no formality: with 1 s as the longest costly pause forever it is not kept."""
    with sweep.constant(backoff, "COSTLY_DELAY_PER_AGE", 0.0):
        over = [bound for bound in BOUNDS if budget.used(bound) > bound.most]
    assert [bound.answer for bound in over] == [UNKNOWN, STARTING]


@pytest.mark.parametrize("name", ["constants", "budget", "jitter"])
def test_the_page_says_what_the_code_does(name: str) -> None:
    """The tables of benchmarks/fleet/README.md that take no time are made anew, and are as they stand there."""
    page = PAGE.read_text()
    assert command.with_table(page, name, command.TABLES[name]()) == page


def test_the_page_has_every_table() -> None:
    """Each table of the simulation has its place in benchmarks/fleet/README.md, and stands there."""
    page = PAGE.read_text()
    for name in command.TABLES:
        assert command.with_table(page, name, "") != page
    with pytest.raises(SystemExit, match="no place for the table 'another'"):
        command.with_table(page, "another", "")


def test_it_prints_its_tables() -> None:
    """The command prints the table of that name, and writes nothing without --write."""
    before = PAGE.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "fleet", "--only", "constants"],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == f"constants\n\n{command.TABLES['constants']()}\n"
    assert PAGE.read_bytes() == before


def test_a_row_of_the_page_is_what_is_simulated() -> None:
    """The rolling start stands in benchmarks/fleet/README.md as it is simulated with the code as it is."""
    rolling = SCENARIOS[0]
    cells = tables.cells(rolling, simulate(untilup(), rolling, tables.WAITERS))
    assert tables.markdown((), [(rolling.name, "untilup", *cells)]).splitlines()[-1] in (
        PAGE.read_text().splitlines()
    )
