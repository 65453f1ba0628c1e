"""What one attempt observes, and what a target keeps."""

from __future__ import annotations

import time

from untilup.targets.attempt import Attempt
from untilup.targets.target import Target


def test_a_phase_has_its_beginning() -> None:
    """An attempt notes what it is doing, and since when by the monotonic clock."""
    attempt = Attempt(Target("tcp", "db", 5432), 1.0)
    before = time.monotonic()
    attempt.enter("resolving")
    phase, since = attempt.phase
    assert phase == "resolving"
    assert before <= since <= time.monotonic()


def test_an_attempt_at_one_host() -> None:
    """The phases of an attempt at one host are those of the whole; what it observes is its own."""
    whole = Attempt(Target("redis", "a", 1, others=[("b", 2)]), 3.0, exhaustive=True)
    part = whole.for_host("b", 2, 1.0)
    part.enter("connecting")
    part.observe("::1", 0.1, "up", "accepted")
    part.memory["known"] = 1
    assert part.target == Target("redis", "b", 2)
    assert (part.timeout, part.phase) == (1.0, whole.phase)
    assert part.observations == [("::1", 0.1, "up", "accepted")]
    assert not whole.observations
    assert whole.for_host("b", 2, 1.0).memory == {"known": 1}
    assert not whole.for_host("a", 1, 1.0).memory


def test_only_an_exhaustive_attempt_notes_observations() -> None:
    """Without --once nothing is kept of each address."""
    attempt = Attempt(Target("tcp", "db", 5432), 1.0)
    attempt.observe("::1", 0.1, "up", "accepted")
    assert attempt.observations == []


def test_a_target_with_another_host_is_another() -> None:
    """Replacing hosts or options keeps the rest, and leaves the target as it was."""
    options = {"primary": True, "optional": True, "timeout": 2.0, "settle": 0.5}
    target = Target("mongodb", "a", 1, path="/x", user="u", fragment="primary", options=options)
    other = target.replace(hosts=[("b", 2), ("c", 3)])
    assert (other.host, other.port, other.hosts) == ("b", 2, [("b", 2), ("c", 3)])
    assert (other.optional, other.timeout, other.settle) == (True, 2.0, 0.5)
    assert target.hosts == [("a", 1)]
    assert target.replace(options={"ca": "/x"}).options == {"ca": "/x"}
    assert target.options == {"primary": True}
    assert target.replace() == target


def test_what_is_left_ends_with_the_wait() -> None:
    """An attempt, and its part at one host, have no more time than their target has."""
    now = time.monotonic()
    attempt = Attempt(Target("redis", "a", 1), 5.0, deadline=now + 0.1)
    for each in (attempt, attempt.for_host("a", 1, 5.0)):
        assert each.left() <= 0.1
        assert each.left(now + 5.0) <= 0.1
        assert each.left(now + 0.05) <= 0.05
