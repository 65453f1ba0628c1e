"""When a wait is over, as a table: no thread runs, and no time passes."""

from __future__ import annotations

import itertools

import pytest

from untilup.targets.target import Target
from untilup.waiting.policy import (
    ALL_FAILED,
    CONTINUE,
    FAILED,
    SATISFIED,
    TIMED_OUT,
    Policy,
)

# A and B are required, o and p optional; +A is up, -A can never be up, !A is due (!AB both at once).
TABLE = [
    ("all", "", "", SATISFIED),
    ("all", "AB", "+A", CONTINUE),
    ("all", "AB", "+A +B", SATISFIED),
    ("all", "AB", "-A", FAILED),
    ("all", "AB", "+A -B", FAILED),
    ("all", "AB", "!A", TIMED_OUT),
    ("all", "AB", "+A !B", TIMED_OUT),
    ("all", "ABo", "!Ao", TIMED_OUT),
    ("all", "Ao", "+A", SATISFIED),
    ("all", "Ao", "+o", CONTINUE),
    ("all", "Ao", "-o", CONTINUE),
    ("all", "Ao", "!o", CONTINUE),
    ("all", "Ao", "-o +A", SATISFIED),
    ("all", "Ao", "!o +A", SATISFIED),
    ("all", "Ao", "+A -o", SATISFIED),
    ("all", "Ao", "!o -A", FAILED),
    ("all", "op", "+o", CONTINUE),
    ("all", "op", "+o +p", SATISFIED),
    ("all", "op", "-o !p", SATISFIED),
    ("all", "op", "!op", SATISFIED),
    ("any", "", "", SATISFIED),
    ("any", "AB", "+A", SATISFIED),
    ("any", "AB", "+A +B", SATISFIED),
    ("any", "AB", "+A -B", SATISFIED),
    ("any", "AB", "-A", CONTINUE),
    ("any", "AB", "-A +B", SATISFIED),
    ("any", "AB", "-A -B", ALL_FAILED),
    ("any", "AB", "!A", CONTINUE),
    ("any", "AB", "!A +B", SATISFIED),
    ("any", "AB", "!A -B", TIMED_OUT),
    ("any", "AB", "-A !B", TIMED_OUT),
    ("any", "AB", "!A !B", TIMED_OUT),
    ("any", "AB", "!AB", TIMED_OUT),
    ("any", "ABo", "!Ao", CONTINUE),
    ("any", "ABo", "!Ao !B", TIMED_OUT),
    ("any", "Ao", "+o", CONTINUE),
    ("any", "Ao", "+o -A", ALL_FAILED),
    ("any", "Ao", "!o -A", ALL_FAILED),
    ("any", "Ao", "-o +A", SATISFIED),
]


def target_of(name: str) -> Target:
    return Target("tcp", name, 1, options={"optional": name.islower()})


def play(mode: str, names: str, story: str) -> str:
    """Return the outcome of a wait for *names* once *story* has happened."""
    policy = Policy([target_of(name) for name in names], any_=mode == "any")
    outcome = policy.outcome
    for happened in story.split():
        targets = [target_of(name) for name in happened[1:]]
        if happened[0] == "!":
            outcome = policy.on_due(targets)
        else:
            outcome = (policy.on_up if happened[0] == "+" else policy.on_failed)(targets[0])
        assert outcome == policy.outcome
    return outcome


@pytest.mark.parametrize(("mode", "names", "story", "outcome"), TABLE)
def test_outcomes(mode: str, names: str, story: str, outcome: str) -> None:
    """All required targets have to be up, or with --any one of them; optional targets never decide."""
    assert play(mode, names, story) == outcome


@pytest.mark.parametrize("mode", ["all", "any"])
@pytest.mark.parametrize("names", ["A", "AB", "ABC", "Ao", "ABo", "op"])
def test_every_wait_ends(mode: str, names: str) -> None:
    """Whatever becomes of the targets, and in whatever order, the wait does not go on without any."""
    for order in itertools.permutations(names):
        for signs in itertools.product("+-!", repeat=len(order)):
            story = [sign + name for sign, name in zip(signs, order, strict=True)]
            outcomes = [play(mode, names, " ".join(story[: at + 1])) for at in range(len(story))]
            over = [outcome for outcome in outcomes if outcome != CONTINUE]
            assert over, story
            up = any(
                sign == "+" and name.isupper() for sign, name in zip(signs, order, strict=True)
            )
            if mode == "any" and not names.islower():
                assert (over[0] == SATISFIED) == up


@pytest.mark.parametrize(
    ("names", "decisive"), [("A", "A"), ("Ao", "A"), ("ABo", "AB"), ("op", "op")]
)
def test_what_is_waited_for(names: str, decisive: str) -> None:
    """Optional targets are waited for only if there are no others."""
    policy = Policy([target_of(name) for name in names], any_=False)
    assert [name for name in names if policy.decides(target_of(name))] == [*decisive]
