"""From its first line on, a signal ends untilup quietly, even while modules are imported (docs/design.md, The command)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.signals import each_signal
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.usefixtures("as_from_a_shell")

# untilup begins as the console script does, and stops where it imports the rest of itself.
IMPORTING = """
import sys

class Stop:
    @staticmethod
    def find_spec(name, *_):
        if name == "untilup.main":
            print("importing", flush=True)
            sys.stdin.read()

sys.meta_path.insert(0, Stop)
from untilup.__main__ import main
main()
"""
AS_PID_1 = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def importing(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start untilup, and yield it when it is about to import the rest of itself."""
    with subprocess.Popen(
        [*words, sys.executable, "-c", IMPORTING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"importing\n"
        yield process
        process.kill()


@pytest.fixture
def early() -> Iterator[subprocess.Popen[bytes]]:
    """Yield untilup while it imports the rest of itself."""
    yield from importing()


@pytest.fixture
def early_init() -> Iterator[subprocess.Popen[bytes]]:
    """Yield the parent of untilup, which imports the rest of itself as PID 1."""
    requirements.namespaces(AS_PID_1)
    yield from importing(*AS_PID_1)


@each_signal
def test_an_early_signal_ends_it_quietly(
    early: subprocess.Popen[bytes], signum: signal.Signals
) -> None:
    """While untilup imports the rest of itself, a signal kills it, without a traceback."""
    early.send_signal(signum)
    _, err = early.communicate(timeout=PATIENCE)
    assert (early.returncode, err) == (-signum, b"")


@each_signal
def test_an_early_signal_ends_pid_1(
    early_init: subprocess.Popen[bytes], signum: signal.Signals
) -> None:
    """As PID 1 untilup exits with 128 and the signal's number then: no early signal is lost."""
    children = Path(f"/proc/{early_init.pid}/task/{early_init.pid}/children").read_text()
    os.kill(int(children), signum)
    _, err = early_init.communicate(timeout=PATIENCE)
    assert (early_init.returncode, err) == (128 + signum, b"")
