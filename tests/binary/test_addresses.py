"""Where the executable is in memory, and with which privileges."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.untilup_process import BINARY

MAPPING = re.compile(r"^([0-9a-f]+)-[0-9a-f]+ (\S+) \S+ \S+ \S+ *(.*)$", re.MULTILINE)


@contextmanager
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    """Start a wait for a port without a listener, with --verbose."""
    words = [str(BINARY), "-v", "127.0.0.1:1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def until_refused(process: subprocess.Popen[bytes]) -> None:
    """Return when the process has told that it waits."""
    assert process.stderr
    next(line for line in process.stderr if b"refused" in line)


def mappings() -> list[tuple[str, str, str]]:
    """Return where the memory of a process that waits begins, its privileges, and its name."""
    with waiting() as process:
        until_refused(process)
        return MAPPING.findall(Path(f"/proc/{process.pid}/maps").read_text())


def test_only_the_program_and_its_memory_are_where_they_were() -> None:
    """The program is at the same place in two starts; stack and vDSO are not."""
    one, two = ({(name, start) for start, _, name in mappings()} for _ in range(2))
    same = {name for name, _ in one & two}
    assert str(BINARY) in same
    assert not {"[stack]", "[vdso]", "[heap]"} & same


def test_no_memory_is_both_writable_and_executable() -> None:
    """Nothing of a process that waits may be both written and executed."""
    assert not [one for one in mappings() if "w" in one[1] and "x" in one[1]]
