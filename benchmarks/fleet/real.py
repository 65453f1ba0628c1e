"""A hundred real waiters in a network namespace, beside the same number of simulated ones.

    sudo PYTHONPATH=.:benchmarks .venv/bin/python -m fleet.real

What the kernel has sent (ActiveOpens of /proc/net/snmp) and what a scripted DNS server was asked is
compared with the simulation, whose waiters start at the same moments and have no dependency that ever
opens. Each case takes a bit more than a minute.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import harness
from fleet.clients import Waiter, untilup
from fleet.scenarios import REFUSED, UNKNOWN, UP, Scenario
from fleet.traffic import Counter, Traffic
from tests.netns.dns_server import DNSServer
from tests.netns.namespaces import PEER, PORT, Namespace, two_on_a_wire

# In the order of a pod's resolv.conf, with what a cloud and a company add to it.
DOMAINS = (
    *("shop.svc.cluster.local", "svc.cluster.local", "cluster.local"),
    *("cloud.internal", "corp.example"),
)
RESOLV_CONF = f"nameserver {PEER}\nsearch {' '.join(DOMAINS)}\noptions ndots:5\n"
LASTING = 60.0
PHASES = ((5.0, 15.0), (15.0, 30.0), (30.0, 60.0))


class Case(NamedTuple):
    """What all wait for: *target* stands in for what is *answer*ed, by the DNS server first."""

    name: str
    target: str
    answer: str
    addresses: dict[str, list[str]]


CASES = (
    Case("a refused port, by address", f"{PEER}:{PORT}", REFUSED, {}),
    Case("a refused port, by name", f"db:{PORT}", REFUSED, {f"db.{DOMAINS[0]}": [PEER]}),
    Case("an unknown name", f"db:{PORT}", UNKNOWN, {}),
)


class Moment(NamedTuple):
    """How many SYNs and queries there have been after this many seconds."""

    when: float
    syns: int
    queries: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--waiters", type=int, default=100)
    parser.add_argument("--program", help="the executable that waits; default: that of dist")
    arguments = parser.parse_args()
    program = arguments.program or str(next(iter(harness.executable().values())))
    random = Random(1)
    starts = sorted(5.0 * random.random() for _ in range(arguments.waiters))
    harness.print_title(f"{arguments.waiters} waiters, real and simulated")
    rows: list[tuple[str, ...]] = []
    for case in CASES:
        moments = real(case, program, starts)
        rows += compared(case, moments, simulated(case, starts))
    harness.print_table(
        ("what", "seconds", "a second", "real", "simulated", "real / simulated"), rows
    )


def real(case: Case, program: str, starts: list[float]) -> list[Moment]:
    """Start a *program* at each of *starts*; return what was counted, phase by phase."""
    with two_on_a_wire() as (here, peer), dns_server(here, peer) as server:
        server.addresses.update(case.addresses)
        with waiting([*here.words, program, "-q", "-t", "0", case.target], starts) as began:
            moments = []
            for when in sorted({moment for phase in PHASES for moment in phase}):
                time.sleep(max(0.0, began + when - time.monotonic()))
                moments.append(
                    Moment(time.monotonic() - began, active_opens(here), len(server.asked))
                )
    return moments


@contextlib.contextmanager
def waiting(command: list[str], starts: list[float]) -> Iterator[float]:
    """Have a *command* run from each of *starts* to the end; yield the moment they count from."""
    began = time.monotonic()
    running = []
    try:
        for start in starts:
            time.sleep(max(0.0, began + start - time.monotonic()))
            running.append(subprocess.Popen(command, env=harness.clean_environment()))
        yield began
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


@contextlib.contextmanager
def dns_server(here: Namespace, peer: Namespace) -> Iterator[DNSServer]:
    """Answer what is asked from *here* by a pod's resolv.conf."""
    with peer.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server:
        server.bind((PEER, 53))
        here.use_dns_server(PEER)
        here.write("resolv.conf", RESOLV_CONF)
        scripted = DNSServer(server)
        with scripted.answering():
            yield scripted


def active_opens(namespace: Namespace) -> int:
    """Return how many connections were begun in *namespace* since it is there."""
    heads, values = (
        line.split()
        for line in namespace.run("cat", "/proc/net/snmp").splitlines()
        if line.startswith("Tcp:")
    )
    return int(values[heads.index("ActiveOpens")])


def simulated(case: Case, starts: list[float]) -> Traffic:
    """Return what waiters of the simulation do that start at *starts*."""
    steps = ((0.0, case.answer), (LASTING + 1.0, UP))
    scenario = Scenario(case.name, "", 0.0, steps, (0.0, LASTING))
    traffic = Traffic(LASTING)
    random = Random(1)
    for start in starts:
        Waiter(untilup(), scenario, start, traffic, random).wait()
    return traffic


def compared(case: Case, moments: list[Moment], traffic: Traffic) -> Iterator[tuple[str, ...]]:
    """Yield a row for each phase, and for each of SYNs and queries that the case has."""
    by_address = case.target.startswith(PEER)
    counted: list[tuple[str, Callable[[Moment], int], Counter]] = []
    if case.answer != UNKNOWN:
        counted.append(("SYNs", lambda moment: moment.syns, traffic.syns))
    if not by_address:
        counted.append(("DNS queries", lambda moment: moment.queries, traffic.queries))
    for what, count, counter in counted:
        for (begin, end), phase in zip(itertools.pairwise(moments), PHASES, strict=True):
            seen = (count(end) - count(begin)) / (end.when - begin.when)
            expected = counter.mean(*phase)
            yield (
                case.name,
                f"{phase[0]:g}-{phase[1]:g}",
                what,
                f"{seen:.1f}",
                f"{expected:.1f}",
                f"{seen / expected:.2f}",
            )


if __name__ == "__main__":
    main()
