"""The report as people and programs read it (docs/design.md, Output)."""

from __future__ import annotations

import itertools
import os
import pty
import signal
import struct
import subprocess
import termios
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from tests.support import json_log, tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import LONG, PATIENCE, Program

JSON = ("--log-format", "json")


def on_a_terminal(untilup: Program, columns: int, *argv: str) -> list[str]:
    """Return the lines that ``untilup ARGV`` writes to a terminal with so many *columns*."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = untilup.start(*argv, stderr=theirs)
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 4096):
            written += piece
    except OSError:  # Linux reports the end of a terminal as an error
        pass
    os.close(ours)
    process.communicate(timeout=PATIENCE)
    return written.decode().splitlines()


def test_long_lines_are_folded_on_a_terminal(untilup: Program, port: int) -> None:
    """On a terminal no line of a report is longer than the terminal is wide; in a pipe lines are whole."""
    argv = ("-t", "3s", f"127.0.0.1:{port}")
    folded = on_a_terminal(untilup, 80, *argv)
    assert max(map(len, folded)) <= 80, folded
    assert any(line.startswith("      ") for line in folded)
    assert max(map(len, on_a_terminal(untilup, 400, *argv))) > 80
    assert max(map(len, untilup.run(*argv).stderr.splitlines())) > 80


def test_each_target_has_its_hint_below_it(untilup: Program, port: int, tmp_path: Path) -> None:
    """After a timeout each target is followed by its hint, and the last line is the next step."""
    targets = [f"127.0.0.1:{port}", "exec:false", f"file://{tmp_path}/absent"]
    done = untilup.run("-t", "3s", *targets, "redis://u:secret@127.0.0.1:1")
    lines = done.stderr.partition("timed out after ")[2].splitlines()
    assert lines[0].endswith("; 4 of 4 targets not up")
    below = {line.split(": ")[0].strip(): after for line, after in itertools.pairwise(lines)}
    assert below["exec:false"].startswith("    hint: ")
    assert below[f"file://{tmp_path}/absent"].startswith("    hint: ")
    # These two share a hint.
    assert below[f"tcp://127.0.0.1:{port}"].startswith("  redis://127.0.0.1:1: ")
    assert below["redis://127.0.0.1:1"].startswith("    hint for these 2: ")
    command = f"untilup --once tcp://127.0.0.1:{port} exec:false file://{tmp_path}/absent"
    hidden = "1 target with a user, a query or options left out"
    assert lines[-1] == f"  For more ({hidden}), run: {command}"


def test_the_next_step_works(untilup: Program, port: int) -> None:
    """The command that the summary names shows the same targets, which are still down."""
    done = untilup.run("-t", "3s", f"127.0.0.1:{port}", f"[::1]:{port}#optional")
    command = done.stderr.splitlines()[-1].partition("For more, run: ")[2]
    program = untilup.words[0]
    again = subprocess.run(
        ["sh", "-c", command.replace("untilup", program, 1)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert again.returncode == 124
    assert f"  tcp://127.0.0.1:{port} " in again.stderr
    assert f"  tcp://[::1]:{port} " in again.stderr


def test_a_target_that_stays_up_has_a_hint(untilup: Program, up: int) -> None:
    """With --down a target that is still up is followed by what to do."""
    done = untilup.run("--down", "-t", "3s", f"127.0.0.1:{up}")
    *_, target, hint, _ = done.stderr.splitlines()
    assert target.startswith(f"  tcp://127.0.0.1:{up}: it is still up (")
    assert hint.startswith("    hint: Check that the server has been told to stop")


EVENTS = [
    (["-t", "3s", "DOWN"], "start attempt-failed timed-out failed", "error"),
    (
        ["-t", "3s", "--no-strict", "DOWN", "--", "true"],
        "start attempt-failed timed-out failed continuing exec",
        "warning",
    ),
    (
        ["-t", "3s", "--no-strict", "--splay", "1ms", "DOWN", "--", "true"],
        "start attempt-failed timed-out failed continuing splay exec",
        "warning",
    ),
    (["-q", "-t", "3s", "DOWN"], "timed-out failed", "error"),
    (["UP"], "start up waited", "info"),
    (["UP", "--", "true"], "start up exec", "info"),
    (["--down", "DOWN"], "start down waited", "info"),
    (["exec:nosuch"], "start failed", "error"),
    (["--any", "exec:nosuch"], "start error failed", "error"),
    (["UP", "--", "nosuch"], "start up error", "error"),
    (["--once", "UP"], "once up", "info"),
    (["--once", "DOWN"], "once failed", "error"),
    (["no-port"], "usage-error", "error"),
]


@pytest.mark.parametrize("row", EVENTS, ids=[" ".join(argv) for argv, _, _ in EVENTS])
def test_the_events(untilup: Program, port: int, up: int, row: tuple[list[str], str, str]) -> None:
    """Each outcome is reported by its events, in this order, and the most serious level is this."""
    argv, events, level = row
    targets = {"DOWN": f"127.0.0.1:{port}", "UP": f"127.0.0.1:{up}"}
    done = untilup.run(*JSON, *(targets.get(word, word) for word in argv))
    lines = json_log.read(done.stderr)
    told = [line["event"] for line in lines]
    if "--" in argv and "waited" in told:  # a busy machine may take a second to start
        told.remove("waited")
    assert told == events.split()
    order = json_log.SCHEMA["properties"]["level"]["enum"]
    assert max((line["level"] for line in lines), key=order.index) == level


def test_a_signal_is_one_event_and_its_targets_others(untilup: Program, port: int) -> None:
    """SIGTERM is reported by one line without a target, and a line for each target."""
    targets = [f"127.0.0.{number}:{port}" for number in (1, 2, 3)]
    process = untilup.start("-t", LONG, *JSON, *targets, bufsize=0)
    assert process.stderr
    lines: list[dict[str, Any]] = []
    while len(lines) < 4:  # what is waited for, and each target's first failure
        lines.append(json_log.read_line(process.stderr.readline()))
    process.send_signal(signal.SIGTERM)
    lines += json_log.read(process.stderr.read())
    assert process.wait(PATIENCE) == -signal.SIGTERM
    assert [line["event"] for line in lines[4:]] == ["interrupted", *["failed"] * 3]
    assert {line["target"] for line in lines[5:]} == {f"tcp://{target}" for target in targets}


def test_a_long_wait_is_reported_before_the_command(untilup: Program, port: int) -> None:
    """After a wait of a second or more, a line before the command tells where the time went."""
    argv = ("-t", LONG, *JSON, "--stable", "1s", f"127.0.0.1:{port}", "--", "true")
    with tcp_servers.serving(tcp_servers.silent, port):
        done = untilup.run(*argv)
    *_, waited, executed = json_log.read(done.stderr)
    assert (waited["event"], executed["event"]) == ("waited", "exec")
    target = f"tcp://127.0.0.1:{port}"
    assert waited["message"].startswith("waited ")
    assert f"s: {target} " in waited["message"]
    (entry,) = waited["account"]
    assert (entry["target"], entry["state"]) == (target, "up")
    assert entry["phases"][-1]["reason"] == "not-stable"
    assert waited["elapsed_s"] >= entry["took_s"] >= entry["phases"][-1]["took_s"] >= 0.9


def test_a_target_that_can_never_be_up_has_failed(clock: Clock, port: int) -> None:
    """With --any, a target that can never be up keeps the state `failed` to the end."""
    argv = ("--any", "-t", "1h", *JSON, "exec:/nope/x", f"127.0.0.1:{port}")
    done = clock.outlast('"skipped"', *argv)
    states = {
        (line["event"], line["state"])
        for line in json_log.read(done.stderr)
        if line["target"] == "exec:/nope/x"
    }
    assert states == {("skipped", "failed"), ("failed", "failed")}
