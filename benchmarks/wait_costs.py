"""A wait for a target that is never up: its costs, its timeout, and its reaction to SIGTERM."""

from __future__ import annotations

import itertools
import os
import random
import select
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import harness
from isolation import REFUSED, Isolation, end, only_child, tree
from waiting_tools import Tool

# How often the memory of a wait is read.
GLANCE = 0.25
# A start costs 0.1 to 0.2 s of a core, and must not delay the end of another wait.
AT_A_TIME = 4
# docker stop sends SIGKILL after this time.
GRACE = 10.0

Result = TypeVar("Result")


class Wait(NamedTuple):
    """What a wait has cost: SYNs, seconds of processor time, a core's share, and bytes of memory at most."""

    syns: int
    seconds: float
    share: float
    memory: int


class Ending(NamedTuple):
    """When a process ended, in seconds, or None if it had to be killed, and its exit status."""

    seconds: float | None
    status: int


def refused(tools: Sequence[Tool], seconds: int, count: int) -> dict[str, list[Wait]]:
    """Return the costs of waits of *seconds* for a port that refuses; all tools run at the same time."""
    return sampled(tools, count, len(tools), lambda tool: wait_refused(tool, seconds))


def wait_refused(tool: Tool, seconds: int) -> Wait:
    """Return the costs of one such wait of *tool*, from its start until it exits."""
    peak = 0
    with Isolation() as isolation:
        pid = harness.spawn(isolation.inside(tool.argv([REFUSED], seconds)))
        descriptor = os.pidfd_open(pid)
        latest = time.monotonic() + seconds + harness.PATIENCE
        while not ready(descriptor, GLANCE):
            peak = max(peak, sum(map(proportional_set, tree(pid))))
            if time.monotonic() > latest:
                os.kill(pid, signal.SIGKILL)
        os.close(descriptor)
        usage = os.wait4(pid, 0)[2]
        # The result of wait4 includes the descendants that have been waited for.
        cost = usage.ru_utime + usage.ru_stime
        return Wait(isolation.connects(), cost, cost / seconds, peak)


def timed_out(
    tools: Sequence[Tool], target: str, seconds: int, count: int
) -> dict[str, list[Ending]]:
    """Return when a timeout of *seconds* ends the tools' waits for *target*."""
    return sampled(tools, count, AT_A_TIME, lambda tool: time_out(tool, target, seconds))


def time_out(tool: Tool, target: str, seconds: int) -> Ending:
    with Isolation() as isolation:
        began = time.monotonic()
        pid = harness.spawn(isolation.inside(tool.argv([target], seconds)))
        return ending(pid, pid, began, harness.PATIENCE)


def stopped(tools: Sequence[Tool], count: int) -> dict[str, list[Ending]]:
    """Return when the tools end that wait as PID 1 for a port that refuses, and are sent SIGTERM."""
    return sampled(tools, count, AT_A_TIME, stop)


def stop(tool: Tool) -> Ending:
    """Send *tool* SIGTERM once it has connected to the port."""
    with Isolation() as isolation:
        argv = tool.argv([REFUSED], int(harness.PATIENCE))
        outside = harness.spawn(isolation.first_of_its_own(argv))
        latest = time.monotonic() + harness.PATIENCE
        while not isolation.connects():
            if time.monotonic() > latest:
                end(outside)
                raise TimeoutError(f"{tool.name} never looks")
            time.sleep(GLANCE)
        first = only_child(outside)
        assert first is not None
        began = time.monotonic()
        os.kill(first, signal.SIGTERM)
        return ending(outside, first, began, GRACE)


def ending(pid: int, program: int, began: float, patience: float) -> Ending:
    """Wait for the process *pid* to exit; kill *program* if that takes longer than *patience*."""
    descriptor = os.pidfd_open(pid)
    in_time = ready(descriptor, patience)
    seconds = time.monotonic() - began
    os.close(descriptor)
    if not in_time:
        os.kill(program, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Ending(seconds if in_time else None, status)


def ready(descriptor: int, seconds: float) -> bool:
    """Tell whether the process of *descriptor* ends within *seconds*."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def proportional_set(pid: int) -> int:
    """Return the PSS of process *pid* in bytes: its share of what it has in memory with others."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended meanwhile
        return 0
    return int(rollup.partition("\nPss:")[2].split()[0]) * 1024


def sampled(
    tools: Sequence[Tool], count: int, at_a_time: int, measure: Callable[[Tool], Result]
) -> dict[str, list[Result]]:
    """Measure every one of *tools* once a round, in another order each."""
    order = [random.sample(list(tools), len(tools)) for _ in range(count)]
    results: dict[str, list[Result]] = {tool.name: [] for tool in tools}
    with ThreadPoolExecutor(at_a_time) as pool:
        samples = list(itertools.chain.from_iterable(order))
        for tool, result in zip(samples, pool.map(measure, samples), strict=True):
            results[tool.name].append(result)
    return results
