"""Of many starts, each at other places in memory, none fails.

The variable UNTILUP_TEST_STARTS says how many; a release takes thousands.
"""

from __future__ import annotations

import collections
import itertools
import os
import random
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.binary.roots import run
from tests.support import tcp_servers
from tests.support.untilup_process import BINARY

STARTS = int(os.environ.get("UNTILUP_TEST_STARTS", "50"))
# Beyond what a busy machine takes for one.
SECONDS_FOR_A_START = 0.25
# In bytes; each entry at most 128 KiB, by the kernel.
LARGEST_ENVIRONMENT = 400_000
LARGEST_ENTRY = 100_000
# In KiB: what may be taken of address space, of data and of the stack, where there is a limit.
LIMITS = {"-v": (100_000, 256_000), "-d": (40_000, 128_000), "-s": (2_000, 64_000)}
REFUSED = "127.0.0.1:1"
# So many fail at the same moment, and each is the first to need what only a wait needs.
CROWD = ["localhost:1", *(f"127.0.0.{number}:1" for number in range(1, 21))]
SIDE_BY_SIDE = 4

Scenario = tuple[list[str], int, bytes]


@pytest.fixture
def late() -> Iterator[int]:
    """Run a server that closes two connections of three, and return its port."""
    results = itertools.cycle(
        [tcp_servers.close_at_once, tcp_servers.close_at_once, tcp_servers.greet_and_close]
    )

    def behave(client: socket.socket) -> None:
        next(results)(client)

    with tcp_servers.serving(behave) as port:
        yield port


def scenarios(up: int, late: int) -> dict[str, Scenario]:
    """Return arguments for each scenario, with the exit status and what is on stdout of it."""
    command = ["--", "/bin/echo", "ran"]
    return {
        "up": ([f"127.0.0.1:{up}", *command], 0, b"ran\n"),
        # Other starts take some of its connections: a start may need many attempts, which must be short.
        "late": (
            ["--settle", "4s", "--max-delay", "20ms", f"127.0.0.1:{late}", *command],
            0,
            b"ran\n",
        ),
        "timeout": (["-t", "20ms", REFUSED, f"127.0.0.1:{up}", *command], 124, b""),
        "names": (["-t", "20ms", "localhost:1", REFUSED], 124, b""),
        "crowd": (["-t", "50ms", *CROWD], 124, b""),
        "once": (["--once", "--log-format", "json", REFUSED], 124, b""),
        "version": (["--version"], 0, run(str(BINARY), "--version")[1]),
        "help": (["--help"], 0, run(str(BINARY), "--help")[1]),
        "usage": (["nonsense"], 2, b""),
        "option": (["--no-such-option"], 2, b""),
    }


def environment(chance: random.Random) -> dict[str, str]:
    """Return an environment of any size, mostly a small one."""
    left = int(LARGEST_ENVIRONMENT ** chance.random())
    entries: dict[str, str] = {}
    while left > 0:
        size = chance.randint(1, min(left, LARGEST_ENTRY))
        entries[f"N{len(entries)}"] = "x" * size
        left -= size + 16
    return entries


def limits(chance: random.Random) -> str:
    """Return what a shell is to do for some limits, or none."""
    chosen = [name for name in LIMITS if chance.random() < 0.3]
    return "".join(f"ulimit {name} {chance.randint(*LIMITS[name])} && " for name in chosen)


def start(scenario: Scenario, chance: random.Random) -> Callable[[], bool]:
    """Return what runs *scenario* once, somehow, and tells whether it went as it must."""
    argv, status, out = scenario
    words = ["/bin/sh", "-c", f'{limits(chance)}exec "$@"', "sh", str(BINARY), *argv]
    env = environment(chance)
    return lambda: run(*words, env=env) == (status, out)


@pytest.mark.repeated
@pytest.mark.timeout(60 + STARTS * SECONDS_FOR_A_START)
def test_no_start_fails(up: int, late: int, capfd: pytest.CaptureFixture[str]) -> None:
    """In environments of any size, under limits on memory, in every scenario, all starts go well."""
    # The same in each run; where the kernel puts things in memory differs anyway.
    chance = random.Random(STARTS)
    choices = scenarios(up, late)
    chosen = list(itertools.islice(itertools.cycle(choices), STARTS))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        tried = [(scenario, pool.submit(start(choices[scenario], chance))) for scenario in chosen]
        went = collections.Counter((scenario, future.result()) for scenario, future in tried)
    output = capfd.readouterr().err
    failed = {scenario: count for (scenario, well), count in went.items() if not well}
    assert (failed, sum(went.values())) == ({}, STARTS), f"{went}: {output[-2000:]}"
    assert "bug" not in output
