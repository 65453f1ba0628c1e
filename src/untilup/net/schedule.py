"""The schedule of one attempt at several places: the addresses of a host (RFC 8305), or hosts."""

from __future__ import annotations

from time import monotonic

from untilup.errors import NotReady
from untilup.values import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from untilup.errors import NeverReady

    # An address, or a host and its port.
    Place = Any

# RFC 8305 section 5: the recommended Connection Attempt Delay.
CONNECTION_ATTEMPT_DELAY = 0.250
# Half of the kernel's first retransmission timeout (1 s, RFC 6298).
SYN_RETRY_INTERVAL = 0.500
# As between attempts: the next connection comes soon after a cheap failure.
CHEAP_RETRY_DELAY = 0.050


class Schedule:
    """When to start at which of *places*: at the next one 250 ms after the last, or once one has failed.

    Silent places are all started in the first half of *timeout* seconds. One that has failed is started
    again soon, unless *once* allows each a single start. *untried* are those that have not been started,
    *failures* has the latest failure of each that has failed.
    """

    def __init__(self, places: Sequence[Place], timeout: float, *, once: bool) -> None:
        self.untried = list(places)
        self.failures: dict[Place, Any] = {}
        self._once = once
        self._stagger = min(CONNECTION_ATTEMPT_DELAY, timeout / 2 / max(1, len(places)))
        self._due: dict[Place, float] = {}
        self._plan_next(monotonic())

    def take_due(self) -> list[Place]:
        """Return the places at which to start now."""
        now = monotonic()
        due = [place for place, at in self._due.items() if now >= at]
        for place in due:
            del self._due[place]
            if place in self.untried:
                self.untried.remove(place)
                self._plan_next(now + self._stagger)
        return due

    def next_due(self) -> float:
        """Return when the next place is due, in seconds of the monotonic clock."""
        return min(self._due.values(), default=inf)

    def start_again(self, place: Place, delay: float) -> None:
        """Let *place* be due in *delay* seconds; with ``inf``, never."""
        self._due[place] = monotonic() + delay

    def failed(self, place: Place, failure: NotReady | NeverReady) -> None:
        """Let the next place start at once, and *place* again if another attempt can help."""
        if place not in self.failures:
            self._plan_next(0.0)
        self.failures[place] = failure
        delay = CHEAP_RETRY_DELAY if failure.cheap else SYN_RETRY_INTERVAL
        can_help = isinstance(failure, NotReady) and not self._once
        self.start_again(place, delay if can_help else inf)

    def _plan_next(self, at: float) -> None:
        if self.untried:
            self._due[self.untried[0]] = at
