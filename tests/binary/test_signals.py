"""What the executable leaves of signals as it found it, which CPython and C libraries change."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.untilup_process import BINARY, PATIENCE, status_fields

# Those that glibc and musl keep for themselves, and do not let a program block or send.
OF_C_LIBRARIES = (32, 33, 34)
# By the system calls themselves (their numbers are those of x86-64): block, and perhaps send.
RAW = """
import ctypes, os, signal, sys
RT_SIGPROCMASK, KILL, SIG_BLOCK = 14, 62, 0
system_call = ctypes.CDLL(None).syscall
sent = [int(number) for number in sys.argv[1].split(",") if number]
mask = ctypes.c_uint64(0b111 << 31)
assert system_call(RT_SIGPROCMASK, SIG_BLOCK, ctypes.byref(mask), 0, 8) == 0
for number in sent:
    assert system_call(KILL, os.getpid(), number) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""
IGNORING = """
import signal, sys, os
for each in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(each, signal.SIG_IGN if each.name in sys.argv[1].split(",") else signal.SIG_DFL)
os.execv(sys.argv[2], sys.argv[2:])
"""
STATUS = ["/bin/cat", "/proc/self/status"]


@pytest.fixture(params=["first-attempt", "late"])
def untilup(request: pytest.FixtureRequest, up: int) -> list[str]:
    """Return the words that start the executable, which goes on at once, or after a wait."""
    late = ["-t", "300ms", "--no-strict", "127.0.0.1:1"]
    target = [f"127.0.0.1:{up}"] if request.param == "first-attempt" else late
    return [str(BINARY), "-q", *target, "--"]


def status_after(script: str, argument: str, *words: str) -> dict[str, str]:
    """Return what the kernel says of the process that *words* become after a *script*."""
    launched = [sys.executable, "-I", "-S", "-c", script, argument, *words]
    done = subprocess.run(
        launched, stdout=subprocess.PIPE, timeout=PATIENCE, check=True, encoding="ascii"
    )
    return status_fields(done.stdout)


def masks(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt")}


@pytest.mark.parametrize("sent", ["", "32", "33", "34", "32,33,34"])
def test_signals_of_the_c_library_stay_blocked(untilup: list[str], sent: str) -> None:
    """Signals 32 to 34 stay blocked, and pending, if they were: they may be the command's."""
    directly = masks(status_after(RAW, sent, *STATUS))
    assert int(directly["SigBlk"], 16) == sum(1 << (number - 1) for number in OF_C_LIBRARIES)
    assert masks(status_after(RAW, sent, *untilup, *STATUS)) == directly


@pytest.mark.parametrize("ignored", ["", "SIGPIPE", "SIGXFSZ", "SIGPIPE,SIGXFSZ"])
def test_what_cpython_ignores_is_given_back(untilup: list[str], ignored: str) -> None:
    """SIGPIPE and SIGXFSZ are ignored in the command if they were ignored before, and only then."""
    fields = status_after(IGNORING, ignored, *untilup, *STATUS)
    assert masks(fields) == masks(status_after(IGNORING, ignored, *STATUS))
    found = [name for name in ("SIGPIPE", "SIGXFSZ") if _is_in(fields["SigIgn"], name)]
    assert ",".join(found) == ignored


@pytest.mark.parametrize("ignored", ["", "SIGPIPE", "SIGXFSZ", "SIGPIPE,SIGXFSZ"])
def test_what_cpython_ignores_is_given_back_to_what_exec_runs(ignored: str, tmp_path: Path) -> None:
    """The same holds for the command of an exec: target."""
    sheet = tmp_path / "status"
    copy = ["cp", "--no-preserve=mode", "/proc/self/status", str(sheet)]
    status_after(IGNORING, ignored, str(BINARY), "-q", f"exec:{' '.join(copy)}")
    as_a_check = masks(status_fields(sheet.read_text()))
    assert as_a_check == masks(status_after(IGNORING, ignored, *STATUS))


def _is_in(mask: str, name: str) -> bool:
    return bool(int(mask, 16) >> (signal.Signals[name] - 1) & 1)
