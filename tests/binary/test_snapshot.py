"""What an interpreter that is in the file must learn anew at each start."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.binary.launch import untilup
from tests.support import json_log
from tests.support.untilup_process import BINARY, PATIENCE, status_fields

REFUSED = "127.0.0.1:1"
# A delay between two attempts, of which the jitter takes away up to 500 ms.
DELAYED = ["-v", "--log-format", "json", "--delay", "2s", "--max-delay", "2s", "-t", "5m", REFUSED]
AT_ONCE = 20
# That the middle half of so many random parts of 500 ms are as near to each other as that is less
# likely than one in a million. A machine that is busy adds to the differences.
NEAR = 0.050
# In seconds: before, while and after it starts.
INTERRUPTED_AFTER = [number / 10_000 for number in range(100)]
# What untilup itself sets back.
SET_BACK = {signal.SIGPIPE, signal.SIGXFSZ}
# These cannot be had, and musl, for its threads, neither tells of its own nor leaves them blocked.
NOT_FOR_US = {signal.SIGKILL, signal.SIGSTOP, 32, 33, 34}
SIGNALS = signal.valid_signals() - NOT_FOR_US - SET_BACK


def second_attempt(process: subprocess.Popen[bytes]) -> float:
    """Return how long after the first attempt *process* has told of its second."""
    assert process.stderr is not None
    told: dict[int | None, float] = {}
    while 2 not in told:
        line = json_log.read_line(process.stderr.readline())
        told[line["attempts"]] = line["elapsed_s"]
    return told[2] - told[1]


def test_the_jitter_differs_between_two_starts() -> None:
    """Processes that make their first attempt at the same moment make the second at different ones."""
    started = [
        subprocess.Popen([BINARY, *DELAYED], env={}, stderr=subprocess.PIPE) for _ in range(AT_ONCE)
    ]
    try:
        times = sorted(second_attempt(process) for process in started)
    finally:
        for process in started:
            process.kill()
            process.communicate()
    assert times[-AT_ONCE // 4] - times[AT_ONCE // 4] > NEAR, times


@pytest.mark.parametrize("zone", [b"", b"TZ=", b"TZ=Asia/Tokyo", b"TZ=XXX-9:30", b"TZ=:/no/zone"])
def test_it_is_now(zone: bytes) -> None:
    """The time that is reported is the time, in UTC, whatever the time zone is."""
    before = time.time()
    done = untilup("--log-format", "json", "-t", "100ms", REFUSED, entries=[zone] if zone else [])
    after = time.time()
    for line in json_log.read(done.stderr):
        told = dt.datetime.fromisoformat(line["time"]).timestamp()
        # It is cut off after the milliseconds.
        assert before - 0.001 <= told <= after


def test_the_time_waited_begins_at_the_start() -> None:
    """The first line is reported before the executable has run for as long as the test has waited."""
    before = time.monotonic()
    done = untilup("--log-format", "json", "-t", "100ms", REFUSED)
    most = time.monotonic() - before
    times = [line["elapsed_s"] for line in json_log.read(done.stderr)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= most


def test_its_threads_are_its_own() -> None:
    """While it waits, each of its threads has a number that no other process has."""
    processes = [
        subprocess.Popen([BINARY, REFUSED], stderr=subprocess.PIPE, env={}) for _ in range(2)
    ]
    try:
        for process in processes:
            assert process.stderr is not None
            while b"refused" not in process.stderr.readline():
                assert process.poll() is None
        threads = [
            {thread.name for thread in Path(f"/proc/{process.pid}/task").iterdir()}
            for process in processes
        ]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert all(str(process.pid) in own for process, own in zip(processes, threads, strict=True))
    assert threads[0].isdisjoint(threads[1])
    assert {len(own) for own in threads} == {2}


# --- environment ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="none"),
        pytest.param([b"UNTILUP_TIMEOUT"], id="without-equals"),
        pytest.param([b"=UNTILUP_TIMEOUT=1h", b"="], id="without-a-name"),
        pytest.param([b"UNTILUP_TIMEOUT=", b""], id="empty"),
        pytest.param([b"\xff\xfe=\x80", b"\xc3=\xa9"], id="not-utf-8"),
        pytest.param([b"X=" + b"x" * 131_000] * 8, id="large"),
        pytest.param([b"N%d=" % number for number in range(20_000)], id="many"),
    ],
)
def test_entries_of_any_kind(up: int, entries: list[bytes]) -> None:
    """With any entries it waits, and hands each of them on, in their order."""
    waiting = untilup("-t", "100ms", REFUSED, entries=entries)
    assert (waiting.returncode, b"bug" in waiting.stderr) == (124, False), waiting.stderr
    started = untilup(f"127.0.0.1:{up}", "--", "/bin/cat", "/proc/self/environ", entries=entries)
    assert started.stdout == b"".join(entry + b"\0" for entry in entries)


def test_of_duplicates_the_first_counts() -> None:
    """If a variable is there twice, the first is the one that is honoured."""
    entries = [b"UNTILUP_TIMEOUT=0.123s", b"UNTILUP_TIMEOUT=nonsense"]
    assert untilup(REFUSED, entries=entries).returncode == 124
    assert untilup(REFUSED, entries=entries[::-1]).returncode == 2


def test_each_start_has_its_own(up: int) -> None:
    """Options and PATH are those of the environment it was started in; nothing is left of another."""
    target = f"127.0.0.1:{up}"
    assert b"1.5s" in untilup(REFUSED, "--once", entries=[b"UNTILUP_VERBOSE=1.5s"]).stderr
    assert untilup(target, "--", "echo", "found", entries=[b"PATH=/bin"]).stdout == b"found\n"
    assert untilup(target, "--", "echo", entries=[b"PATH=/no\xff"]).returncode == 127
    lines = json_log.read(untilup(target, entries=[b"UNTILUP_LOG_FORMAT=json"]).stderr)
    assert lines[-1]["event"] == "waited"


# --- process --------------------------------------------------------------------------------------


def test_where_the_current_directory_is_gone(up: int, tmp_path: Path) -> None:
    """It waits and starts in a directory that has been removed."""
    scenarios = [([REFUSED, "-t", "100ms"], 124), ([f"127.0.0.1:{up}"], 0), (["--help"], 0)]
    for argv, status in scenarios:
        directory = tmp_path / "directory"
        directory.mkdir()
        done = untilup(*argv, cwd=directory, after="os.rmdir(os.getcwd())")
        assert (done.returncode, b"bug" in done.stderr) == (status, False)


def test_the_umask_is_the_one_it_is_given(up: int) -> None:
    """The command has the umask that the executable was started with."""
    for mask in (0o000, 0o022, 0o777):
        done = untilup(
            f"127.0.0.1:{up}", "--", "/bin/cat", "/proc/self/status", after=f"os.umask({mask})"
        )
        assert int(status_fields(done.stdout.decode())["Umask"], 8) == mask


# --- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ignored", [set(), {signal.SIGINT}, SIGNALS], ids=["none", "INT", "all"])
def test_what_is_ignored_stays_ignored(up: int, ignored: set[int]) -> None:
    """Any signal that was ignored at start, one for real time too, is ignored in the command, no other."""
    numbers = sorted(int(number) for number in ignored)
    after = f"for each in {numbers}: signal.signal(each, signal.SIG_IGN)"
    assert masks(up, after, "SigIgn") == [set(numbers)] * 2


@pytest.mark.parametrize("blocked", [set(), {signal.SIGINT}, SIGNALS], ids=["none", "INT", "all"])
def test_what_is_blocked_stays_blocked(up: int, blocked: set[int]) -> None:
    """Any signal that was blocked at start is blocked in the command, and no other."""
    numbers = sorted(int(number) for number in blocked)
    after = f"signal.pthread_sigmask(signal.SIG_BLOCK, {numbers})"
    assert masks(up, after, "SigBlk") == [set(numbers)] * 2


def masks(up: int, after: str, name: str) -> list[set[int]]:
    """Return the signals of the mask of that name that a command has, at once and after a wait."""
    words = ("--", "/bin/cat", "/proc/self/status")
    found: list[set[int]] = []
    for scenario in ([], ["--no-strict", "-t", "100ms", REFUSED]):
        done = untilup(f"127.0.0.1:{up}", *scenario, *words, after=after)
        mask = int(status_fields(done.stdout.decode())[name], 16)
        found.append({number for number in SIGNALS if mask >> number - 1 & 1})
    return found


@pytest.mark.usefixtures("as_from_a_shell")
def test_an_interrupt_at_any_moment_kills() -> None:
    """SIGINT ends it by that signal from the first moment on, and never with a traceback."""
    for delay in INTERRUPTED_AFTER:
        process = subprocess.Popen([BINARY, "-t", "5m", REFUSED], env={}, stderr=subprocess.PIPE)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGINT, (delay, err)
        assert b"Traceback" not in err, (delay, err)


def test_the_pid_is_its_own(up: int) -> None:
    """It knows its own number: the command has the same, and two starts have two."""
    pids = set()
    for _ in range(2):
        words = [os.fspath(BINARY), f"127.0.0.1:{up}", "--", "/bin/sh", "-c", "echo $$"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env={}) as process:
            out, _ = process.communicate(timeout=PATIENCE)
        assert int(out) == process.pid
        pids.add(process.pid)
    assert len(pids) == 2
