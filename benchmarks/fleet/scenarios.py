"""What a simulated fleet waits for: a dependency, and what is answered in its place, moment by moment.

Nothing that a waiter does changes the answers. So waiters do not meet, their traffic adds up, and
ten times as many cost ten times as much. An overloaded real server answers later, and a client
that waits for an answer sends nothing meanwhile: the simulation has the most that can arrive.
"""

from __future__ import annotations

from bisect import bisect

UNKNOWN = "its name is unknown"
REFUSED = "refused"
CLOSED = "accepted and closed at once"
STARTING = "answers that it is starting"
UP = "up"

# Seconds that answers take, as in a cluster: a DNS server's to all queries of one lookup, and a
# connection's to a host near by.
LOOKUP = 0.002
HANDSHAKE = 0.0005
# What a resolver sends for `db` where ndots is 5 and there are five search domains, of A and AAAA
# together: it is in the first of them, or in none (tests/netns/test_queries.py measures it).
QUERIES_KNOWN = 2
QUERIES_UNKNOWN = 12


class Scenario:
    """Replicas start one after the other in the first *starting* seconds, not quite evenly.

    *steps* are what is answered from when on, the last of them UP. The rates "in the long run" are
    those between the two moments of *long_run*, in seconds. *opens* is the last step's.
    """

    def __init__(
        self,
        name: str,
        story: str,
        starting: float,
        steps: tuple[tuple[float, str], ...],
        long_run: tuple[float, float],
    ) -> None:
        self.name = name
        self.story = story
        self.starting = starting
        self.long_run = long_run
        self.opens = steps[-1][0]
        self._moments = [moment for moment, _ in steps]
        self._answers = [answer for _, answer in steps]

    def answer(self, at: float) -> str:
        """Return what is answered at the moment *at*."""
        return self._answers[bisect(self._moments, at) - 1]


def flapping(every: float, lasting: float, until: float) -> tuple[tuple[float, str], ...]:
    """Return steps: refused, but accepted and closed at once *every* so often, *lasting* so long."""
    steps = []
    at = 0.0
    while at < until:
        steps += [(at, REFUSED), (at + every - lasting, CLOSED)]
        at += every
    return (*steps, (until, UP))


SCENARIOS = (
    Scenario(
        "rolling start",
        "replicas start over a minute; the dependency opens after 20 s",
        60.0,
        ((0.0, REFUSED), (20.0, UP)),
        (10.0, 20.0),
    ),
    Scenario(
        "cold start",
        "all start within 10 s; the dependency opens after 40 s",
        10.0,
        ((0.0, REFUSED), (40.0, UP)),
        (30.0, 40.0),
    ),
    Scenario(
        "back after ten minutes",
        "all start within 10 s; the dependency opens after ten minutes",
        10.0,
        ((0.0, REFUSED), (600.0, UP)),
        (540.0, 600.0),
    ),
    Scenario(
        "late name",
        "all start within 10 s; the name is known after 120 s, and its port opens 3 s later",
        10.0,
        ((0.0, UNKNOWN), (120.0, REFUSED), (123.0, UP)),
        (100.0, 120.0),
    ),
    Scenario(
        "flapping",
        "all start within 10 s; every 6 s a forwarder takes the port for 1 s; it opens after 120 s",
        10.0,
        flapping(6.0, 1.0, 120.0),
        (60.0, 120.0),
    ),
)
