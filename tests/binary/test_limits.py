"""The executable where little may be had, of descriptors and of memory."""

from __future__ import annotations

import signal

import pytest

from tests.binary.launch import untilup
from tests.binary.roots import run
from tests.support.untilup_process import BINARY

REFUSED = "127.0.0.1:1"
# A socket and a pipe, beside stdin, stdout and stderr.
ENOUGH = 6
# In KiB. Below that the kernel ends it before its first instruction, as it does with any program
# that is larger than the limit.
DATA = 16_000
# Of address space, in KiB: the file itself and 64 MB.
SPACE = 80_000
# From what the kernel refuses to what is enough. Between the two lie 40 KiB, another 40 in each build,
# at which a thread can be started but has no memory: its watcher ends without an event.
SPACES = range(12_250, 20_000, 500)
# KiB, too.
PAGE = 4
KILLED = {-signal.SIGSEGV, -signal.SIGKILL}
LIMIT_REACHED = 125


def limited(limit: str, *argv: str) -> int:
    """Return the exit status of untilup under a *limit*, as sh calls it."""
    return run("/bin/sh", "-c", f'ulimit {limit} && exec "$@"', "sh", str(BINARY), *argv)[0]


@pytest.mark.parametrize("most", range(ENOUGH))
def test_without_a_descriptor_to_spare(up: int, most: int) -> None:
    """If no socket can be had, that is the reason, and help and mistakes need none."""
    for argv in ([f"127.0.0.1:{up}"], ["-t", "5s", REFUSED], ["-t", "5s", "localhost:1"]):
        assert limited(f"-n {most}", *argv) == LIMIT_REACHED
    assert limited(f"-n {most}", "--help") == 0
    assert limited(f"-n {most}", "nonsense") == 2


@pytest.mark.parametrize(("closed", "most"), [((0,), 0), ((1,), 1), ((0, 1), 1)])
def test_without_a_descriptor_for_what_is_closed(
    up: int, closed: tuple[int, ...], most: int
) -> None:
    """If what is closed cannot even be filled, that is the reason, too."""
    after = (
        f"for each in {closed}: os.close(each)\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))"
    )
    done = untilup(f"127.0.0.1:{up}", after=after)
    assert done.returncode == LIMIT_REACHED
    assert b"this process may open no more files (ulimit -n)" in done.stderr


@pytest.mark.parametrize("limit", [f"-n {ENOUGH}", f"-d {DATA}", f"-v {SPACE}"])
def test_enough(up: int, limit: str) -> None:
    """Three descriptors, 16 MB of data and 64 MB of address space beyond the file are enough for every scenario."""
    assert limited(limit, f"127.0.0.1:{up}", "--", "/bin/true") == 0
    assert limited(limit, "-t", "100ms", REFUSED) == 124
    assert limited(limit, "-t", "100ms", "localhost:1") == 124
    assert limited(limit, "--help") == 0
    assert limited(limit, "nonsense") == 2


def test_too_little_memory_is_no_bug(up: int) -> None:
    """However little memory there is, it works, or says that there is a limit, or cannot be started."""
    waiting = ["-t", "100ms", REFUSED, "127.0.0.2:1", "127.0.0.3:1"]
    for argv, status in (([f"127.0.0.1:{up}"], 0), (waiting, 124)):
        ends = [limited(f"-v {space}", *argv) for space in SPACES]
        assert set(ends) <= {status, LIMIT_REACHED} | KILLED
        assert ends[-1] == status


def test_at_the_least_memory_it_says_what_there_is_too_little_of(up: int) -> None:
    """From where the kernel starts it on, page by page, it never ends in CPython's words."""
    target = f"127.0.0.1:{up}"
    refused, started = SPACES.start, SPACES.stop
    while started - refused > PAGE:
        middle = (refused + started) // 2
        if limited(f"-v {middle}", target) in KILLED:
            refused = middle
        else:
            started = middle
    ends = {limited(f"-v {space}", target) for space in range(refused, refused + 100, PAGE)}
    assert ends - KILLED == {LIMIT_REACHED}
