"""If the kernel or the C library cannot write without waiting, poll is asked for room."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator

import pytest

from tests.support.untilup_process import PATIENCE, Program

# What an older system lacks, and untilup started without it.
WITHOUT = {
    "musl before 1.2.5": "del os.RWF_NOWAIT",
    "pipes before Linux 6.4": """
def pwritev(*_):
    raise OSError(errno.EOPNOTSUPP, "not supported")
os.pwritev = pwritev""",
}
START = "\nfrom untilup.__main__ import main\nmain()"


@pytest.fixture(params=WITHOUT.values(), ids=list(WITHOUT))
def untilup(request: pytest.FixtureRequest) -> Iterator[Program]:
    """Return untilup on an older system."""
    program = Program([sys.executable, "-c", f"import errno, os\n{request.param}{START}"])
    yield program
    program.end()


def test_lines_are_written(untilup: Program, port: int) -> None:
    """A pipe that has room gets every line."""
    done = untilup.run("-t", "100ms", f"127.0.0.1:{port}")
    assert done.returncode == 124
    assert "timed out" in done.stderr


def test_a_full_pipe_is_not_waited_for(untilup: Program, port: int) -> None:
    """A pipe without a reader gets no line, and does not delay the wait."""
    reader, writer = os.pipe()
    try:
        size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writer, b"x" * size)
        process = untilup.start("-v", "-t", "300ms", f"127.0.0.1:{port}", stderr=writer)
        assert process.wait(PATIENCE) == 124
        assert os.read(reader, 2 * size) == b"x" * size
    finally:
        os.close(reader)
        os.close(writer)
