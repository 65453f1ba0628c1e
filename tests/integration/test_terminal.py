"""The live display on real terminals: it appears, and leaves no trace (docs/display.md)."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.eventually import Eventually
from tests.support.screen import Screen
from tests.support.untilup_process import LONG, WHEEL, Program

Show = Callable[..., Screen]


@pytest.fixture
def show(untilup: Program) -> Iterator[Show]:
    """Return a function that starts untilup on a terminal of its own."""
    screens: list[Screen] = []

    def start(*argv: str, **options: object) -> Screen:
        screens.append(Screen(untilup, *argv, **options))  # type: ignore[arg-type]
        return screens[-1]

    yield start
    untilup.end()
    for screen in screens:
        screen.close()


@pytest.fixture
def late(tmp_path: Path) -> str:
    """Return a target that is up once its file exists."""
    return f"file://{tmp_path}/late"


def test_the_first_screens(show: Show, port: int, up: int) -> None:
    """Each target has a line with its state, name, time, bar and reason; those not up come first."""
    screen = show(*("-t", LONG, f"127.0.0.1:{up}", f"127.0.0.1:{port}"), columns=110)
    screen.until(lambda: "uuuu" in screen.text)
    first, second = (line for line in screen.lines if "s  " in line[30:])
    assert f" down    tcp://127.0.0.1:{port}" in first
    assert "rrrr" in first
    assert "connection refused: " in first
    assert second.startswith(f"  up      tcp://127.0.0.1:{up} ")
    assert screen.lines[0].startswith("0.")
    assert screen.is_cursor_visible


def test_exec_leaves_no_trace(show: Show, late: str, tmp_path: Path) -> None:
    """Before exec the display is gone: the lines of the report stay, and the command's follow them."""
    screen = show("-t", LONG, late, "--", "echo", "the command", columns=250)
    screen.until_drawn(3)
    (tmp_path / "late").touch()
    assert screen.until_it_ends() == 0
    said = [line.partition("untilup: ")[2] for line in screen.lines[:-1]]
    assert said[0].startswith("waiting for ")
    assert said[1] == f"{late} is not up: file does not exist"
    assert (said[-1], screen.lines[-1]) == ("running echo", "the command")
    assert (screen.display, screen.modes_now()) == ([], screen.modes)
    assert screen.is_cursor_visible


@pytest.mark.parametrize(
    ("frames", "end"),
    [(1, signal.SIGINT), (2, signal.SIGTERM), (3, signal.SIGHUP), (4, signal.SIGQUIT)],
)
@pytest.mark.usefixtures("as_from_a_shell")
def test_a_signal_leaves_no_trace(show: Show, port: int, frames: int, end: signal.Signals) -> None:
    """A signal ends the wait: the display is gone, and the summary is below the report."""
    screen = show("-t", LONG, f"127.0.0.1:{port}")
    screen.until_drawn(frames)
    if end == signal.SIGINT:
        screen.type(b"\x03")
    else:
        screen.process.send_signal(end)
    assert screen.until_it_ends() == -end
    assert screen.display == []
    assert f"ended by {end.name}" in screen.text
    assert "^C" not in screen.text
    assert screen.modes_now() == screen.modes


@pytest.mark.usefixtures("as_from_a_shell")
def test_ctrl_z_and_fg(show: Show, untilup: Program, late: str, tmp_path: Path) -> None:
    """Ctrl-Z erases the display and stops untilup; after fg it is drawn again."""
    if not shutil.which("bash"):
        pytest.skip("no bash")
    words = shlex.join([*untilup.words, "-t", LONG, late, "--", "echo", "the command"])
    untilup.words = ["bash", "--norc", "-c", f"set -m; {words}; echo stopped; read; fg"]
    screen = show(columns=200)
    for count in (1, 2):
        screen.until_drawn(count)
    screen.type(b"\x1a")
    screen.until(lambda: "\nstopped" in screen.text)
    assert screen.display == []
    screen.type(b"\n")
    screen.until_drawn()
    (tmp_path / "late").touch()
    assert screen.until_it_ends() == 0
    assert (screen.display, screen.lines[-1]) == ([], "the command")


def test_a_stopped_terminal_delays_nothing(
    show: Show, late: str, tmp_path: Path, eventually: Eventually
) -> None:
    """On a terminal that is stopped (Ctrl-S) the wait goes on, and the command is executed."""
    screen = show("-t", LONG, late, "--", "touch", str(tmp_path / "started"))
    screen.until_drawn(2)
    screen.stop()
    (tmp_path / "late").touch()
    eventually((tmp_path / "started").exists)
    assert screen.process.wait() == 0


def test_a_terminal_that_goes_away(
    show: Show, late: str, tmp_path: Path, eventually: Eventually
) -> None:
    """If the terminal goes away and SIGHUP is ignored, the wait goes on, and the command is executed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        screen = show("-t", LONG, late, "--", "touch", str(tmp_path / "started"))
    finally:
        signal.signal(signal.SIGHUP, before)
    screen.until_drawn(2)
    screen.close()
    (tmp_path / "late").touch()
    eventually((tmp_path / "started").exists)


def test_many_targets_on_terminals_of_any_size(show: Show) -> None:
    """200 targets fit on a screen of any size: what has no line is counted, and no line is too long."""
    targets = [f"127.0.0.1:{port}#timeout=1h" for port in range(1, 201)]
    screen = show("-t", LONG, *targets, columns=200, lines=24)
    screen.until(lambda: "more (" in screen.text)
    for columns, lines in ((120, 24), (60, 10), (20, 24), (100, 5), (200, 50)):
        screen.resize(columns, lines)
        screen.until(partial(is_full, screen, min(20, lines - 1)))
    screen.process.terminate()
    screen.until_it_ends()
    assert screen.display == []


def is_full(screen: Screen, lines: int) -> bool:
    """Tell whether the display has so many lines, of which the last counts the other targets."""
    return len(screen.display) == lines - 1 and screen.lines[-1].startswith("  and ")


def test_a_crash_leaves_no_trace(show: Show, untilup: Program) -> None:
    """A bug in untilup ends with its traceback, below the report."""
    if untilup.words != [str(WHEEL)]:
        pytest.skip("the executable's code cannot be replaced")
    bug = (
        "import sys, time, untilup.checks.tcp as tcp\n"
        "tcp.check = lambda attempt: (time.sleep(1), 1 / 0)\n"
        "from untilup.__main__ import main; main()"
    )
    untilup.words = [sys.executable, "-c", bug]
    screen = show("-t", LONG, "127.0.0.1:1")
    screen.until_drawn()
    assert screen.until_it_ends() == 1
    assert (screen.display, screen.lines[-1]) == ([], "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("argv", "env"),
    [
        ((), {"TERM": "dumb"}),
        (("--progress", "plain", "--color", "never"), {}),
        ((), {"CI": "true", "NO_COLOR": "1"}),
        (("-q", "--color", "never"), {}),
        (("--log-format", "json"), {}),
    ],
    ids=str,
)
def test_lines_alone(show: Show, argv: tuple[str, ...], env: dict[str, str], port: int) -> None:
    """Where no display and no color are asked for, not one escape sequence is written."""
    screen = show("-t", "1s", *argv, f"127.0.0.1:{port}", env=env)
    assert screen.until_it_ends() == 124
    assert b"\x1b" not in screen.written


def test_a_pipe_has_lines_alone(untilup: Program, port: int) -> None:
    """What is not a terminal has no display, whatever is asked for."""
    done = untilup.run(
        *("-t", "1s", "--progress", "live", f"127.0.0.1:{port}"), env={"TERM": "xterm"}
    )
    assert "\x1b" not in done.stderr


WRAPPERS = {
    "script": ["script", "-qec", "{}", "/dev/null"],
    "tmux": ["tmux", "-L", "untilup-{pid}", "-f", "/dev/null", "new-session", "{}; read line"],
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_terminals_inside_terminals(
    show: Show, untilup: Program, late: str, tmp_path: Path, wrapper: str
) -> None:
    """Within script(1) and tmux, too, the display appears, and leaves no trace."""
    if not shutil.which(wrapper):
        pytest.skip(f"no {wrapper}")
    words = shlex.join([*untilup.words, "-t", LONG, late, "--", "echo", "the command"])
    untilup.words = [word.format(words, pid=screen_number()) for word in WRAPPERS[wrapper]]
    screen = show(columns=120, env={"LANG": "C.UTF-8", "SHELL": "/bin/sh"})
    screen.until(lambda: " down    file" in screen.text)
    (tmp_path / "late").touch()
    screen.until(lambda: "\nthe command" in screen.text)
    assert " down    file" not in screen.text
    if wrapper == "tmux":
        screen.type(b"\n")
    screen.until_it_ends()


_numbers = itertools.count()


def screen_number() -> str:
    """Return a name that no other test has."""
    return f"{os.getpid()}-{next(_numbers)}"
