"""The costs of a wait: memory, processor time and attempts; and the costs of many targets.

- Targets that are up: spawn to exit, without a command, and the peak of the resident set, as wait4
  tells it. This process has all the ports; the kernel accepts the connections.
- Targets that refuse: the peak of the resident set (VmHWM), and the processor time of the whole
  process, from its first pause on: when every target was looked at, and, if it is one, when no
  thread runs any more, because tenacity has been imported.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import re
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import harness
from harness import Ended

MANY = 1000
UP = (100, 300, MANY)
REFUSING = (200, MANY)
# How often to check for the first delay, which is 7.5 ms or longer.
GLANCE = 0.001
LONGEST_WITH_MANY = 10.0
CPUCLOCK_SCHED = 2
WAIT_FOR_IT = "PyPI's `wait-for-it -p`"
MANY_BY_WAIT_FOR_IT = f"{WAIT_FOR_IT}, {MANY} targets"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of the targets that are up")
    parser.add_argument("--seconds", type=float, default=30, help="of waiting on refused ports")
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with harness.installed("wait-for-it") as programs:
        print_up(programs, arguments.rounds)
        forms = {"wheel": programs / "untilup", **harness.executable()}
        print_refused(forms, arguments.seconds)
    print(
        "\nPromises for `--settle 0`: one refused port at most 20 MB (the executable 8 MB), and under 1 % of a core over "
        f"30 s; {MANY} targets up under 64 MB, and no slower than {WAIT_FOR_IT}; the time for each further "
        "target does not grow with their number."
    )


def print_up(programs: Path, count: int) -> None:
    """Measure targets that are up, and print their costs."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(harness.open_port()) for _ in range(MANY)]
        addresses = [harness.address(server) for server in servers]

        def case(*argv: str | Path) -> Callable[[], Ended]:
            def measure() -> Ended:
                result = harness.run(argv)
                harness.hang_up(servers)
                return result

            return measure

        cases = {
            f"`untilup --settle 0`, {targets} targets": case(
                programs / "untilup", "--settle", "0", *addresses[:targets]
            )
            for targets in (1, *UP)
        }
        services = [word for address in addresses for word in ("-s", address)]
        cases[f"`untilup`, default settle, {MANY} targets"] = case(programs / "untilup", *addresses)
        cases[MANY_BY_WAIT_FOR_IT] = case(programs / "wait-for-it", "-p", *services)
        results = harness.interleaved(cases, count)
    by_wait_for_it = harness.median_seconds(results[MANY_BY_WAIT_FOR_IT])
    one, *others = results
    start = harness.median_seconds(results[one])
    rows = []
    for name in others:
        seconds = harness.median_seconds(results[name])
        targets = int(name.split()[-2])
        peak = max(result.peak_bytes for result in results[name])
        each = (
            "-"
            if name == MANY_BY_WAIT_FOR_IT
            else harness.milliseconds((seconds - start) / (targets - 1))
        )
        cells = (harness.milliseconds(seconds), f"{seconds / by_wait_for_it:.2f}", each)
        rows.append((name, *cells, harness.megabytes(peak)))
    harness.print_title(
        f"Targets that are up, {count} rounds (peaks below {harness.megabytes(peak_bytes('self'))}, "
        "this script's own, are not seen)"
    )
    harness.print_table(
        ("what", "median", f"x {WAIT_FOR_IT}", "each further target", "peak memory"),
        rows,
    )


def print_refused(forms: Mapping[str, Path], seconds: float) -> None:
    """Measure targets that refuse, and print the costs of a wait for the *forms* of untilup."""
    rows = []
    for (name, untilup), targets in itertools.product(forms.items(), (1, *REFUSING)):
        lasting = seconds if targets == 1 else min(seconds, LONGEST_WITH_MANY)
        cpu, peak, attempts = waited(untilup, targets, lasting)
        rows.append(
            (
                f"{name}, {targets}, {lasting:g} s",
                f"{cpu / lasting:.2%}",
                str(attempts),
                f"{cpu / attempts * 1e6:.0f} us",
                harness.megabytes(peak),
            )
        )
    harness.print_title("Targets that refuse, from the first pause on")
    harness.print_table(
        ("what, targets", "of a core", "looks in all", "processor time each", "peak memory"), rows
    )


def waited(untilup: Path, targets: int, seconds: float) -> tuple[float, int, int]:
    """Return the processor time, the peak memory and the attempts of a wait for refusing *targets*."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        ports = [stack.enter_context(harness.closed_port()) for _ in range(targets)]
        stderr = Path(directory) / "stderr"
        pid = harness.spawn([untilup, "--settle", "0", *map(harness.address, ports)], stderr)
        try:
            await_first_pause(pid, stderr, targets)
            before = processor_time(pid)
            time.sleep(seconds)
            cpu = processor_time(pid) - before
            peak = peak_bytes(pid)
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        # Its last line: "tcp://127.0.0.1:33333: ... (refused for 30.0s, 612 attempts)".
        attempts = sum(map(int, re.findall(r"\(refused[^,]*, (\d+) attempts?", stderr.read_text())))
    return cpu, peak, attempts


def await_first_pause(pid: int, stderr: Path, targets: int) -> None:
    """Return when process *pid* has written to *stderr* that all *targets* are not up, and a single one is in a delay."""
    end = time.monotonic() + harness.PATIENCE
    while stderr.read_bytes().count(b" is not up:") < targets or (targets == 1 and running(pid)):
        if time.monotonic() > end:
            raise TimeoutError(f"{pid} never pauses")
        time.sleep(GLANCE)


def running(pid: int) -> bool:
    """Tell whether any thread of process *pid* runs, or would if there were a core for it."""
    stats = Path(f"/proc/{pid}/task").glob("*/stat")
    return any(stat.read_text().rpartition(") ")[2][0] != "S" for stat in stats)


def processor_time(pid: int) -> float:
    """Return the processor time of all threads of process *pid*, in seconds."""
    # The clock's number, as clock_getcpuclockid(3) would return it, which Python does not have.
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def peak_bytes(pid: int | str) -> int:
    """Return the peak resident set of process *pid*."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
