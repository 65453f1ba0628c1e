"""What a fleet sends, counted by tenths of a second, and the rates that come of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

TICKS_PER_SECOND = 10


class Counter:
    """How often something happened in each tenth of a second."""

    __slots__ = ("ticks",)

    def __init__(self, seconds: float) -> None:
        self.ticks = [0] * (math.ceil(seconds * TICKS_PER_SECOND) + 1)

    def add(self, at: float, count: int = 1) -> None:
        """Count what happened *at* this many seconds; what comes after the end is not seen."""
        tick = int(at * TICKS_PER_SECOND)
        if tick < len(self.ticks):
            self.ticks[tick] += count

    def total(self) -> int:
        """Return how often it happened in all."""
        return sum(self.ticks)

    def mean(self, begin: float, end: float) -> float:
        """Return how often it happened a second, from *begin* to *end*."""
        ticks = self.ticks[round(begin * TICKS_PER_SECOND) : round(end * TICKS_PER_SECOND)]
        return sum(ticks) / (end - begin)

    def peak_of_a_tenth(self) -> int:
        """Return the most that happened in any tenth of a second."""
        return max(self.ticks)

    def peak_of_a_second(self) -> int:
        """Return the most that happened in any second that begins with a tenth."""
        window = sum(self.ticks[:TICKS_PER_SECOND])
        most = window
        for left, entered in zip(self.ticks, self.ticks[TICKS_PER_SECOND:], strict=False):
            window += entered - left
            most = max(most, window)
        return most


class Traffic:
    """What all waiters together have done.

    *ups* has for each waiter when it found the dependency up, and whether it had to wait for that;
    *detection_latencies*, in seconds, how much later that was than necessary.
    """

    def __init__(self, seconds: float) -> None:
        self.syns = Counter(seconds)
        self.queries = Counter(seconds)
        self.accepted = Counter(seconds)
        self.attempts = 0
        self.ups: list[tuple[float, bool]] = []
        self.detection_latencies: list[float] = []
        self._seconds = seconds

    def commands(self, splay: float = 0.0) -> Counter:
        """Return when the commands start, with ``--splay`` of this many seconds."""
        random = Random(1)
        counter = Counter(self._seconds)
        for when, late in self.ups:
            counter.add(when + splay * random.random() * late)
        return counter


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that at least the *share* of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
