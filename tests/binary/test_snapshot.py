"""What is the same in every start of the executable, and what is not."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from program import BINARY

MAPPING = re.compile(r"^([0-9a-f]+)-[0-9a-f]+ (\S+) \S+ \S+ \S+ *(.*)$", re.MULTILINE)
# Jitter makes the first pause 150 to 200 ms. Ten that differ by less than 10 ms by chance are one
# case in 200,000; a busy machine only makes them differ more.
FIRST_PAUSE = "200ms"
STARTS = 10
LEAST_SPREAD = 0.010


@contextmanager
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    """Start a wait that tells of every look on a port on which nobody listens."""
    words = [str(BINARY), "-v", "--delay", FIRST_PAUSE, "127.0.0.1:1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def next_look(process: subprocess.Popen[bytes]) -> float:
    """Return when the process tells of its next look, in seconds of the monotonic clock."""
    assert process.stderr
    next(line for line in process.stderr if b"refused" in line)
    return time.monotonic()


def mappings() -> list[tuple[str, str, str]]:
    """Return where the memory of a process that waits begins, its rights, and its name."""
    with waiting() as process:
        next_look(process)
        return MAPPING.findall(Path(f"/proc/{process.pid}/maps").read_text())


def first_pause() -> float:
    """Return how long the first pause of a wait is, in seconds."""
    with waiting() as process:
        return -next_look(process) + next_look(process)


def test_only_the_program_and_its_memory_are_where_they_were() -> None:
    """The program is at the same place in two starts; stack and vDSO are not."""
    one, two = ({(name, start) for start, _, name in mappings()} for _ in range(2))
    same = {name for name, _ in one & two}
    assert str(BINARY) in same
    assert not {"[stack]", "[vdso]", "[heap]"} & same


def test_no_memory_is_both_writable_and_executable() -> None:
    """Nothing of a process that waits may be both written and executed."""
    assert not [one for one in mappings() if "w" in one[1] and "x" in one[1]]


def test_each_start_is_random() -> None:
    """Waits differ in their first pause: none goes on with the random numbers of the snapshot."""
    pauses = [first_pause() for _ in range(STARTS)]
    assert max(pauses) - min(pauses) >= LEAST_SPREAD
