"""How the live display is put on a terminal, and taken off it (docs/display.md)."""

from __future__ import annotations

import _thread
import sys
import threading

import pyte
import pytest

from tests.unit.report.conftest import MakeStatus
from untilup.errors import NotReady
from untilup.report import live, stderr, terminal
from untilup.report.live import FIRST_FRAME, FRAME_INTERVAL, Display
from untilup.report.picture import MAX_LINES, Picture
from untilup.targets.status import UP, TargetStatus

REFUSED = NotReady("refused", "connection refused")
STARTED = 0.0


class Terminal:
    """A terminal, what is written to it, and the clock; the thread that renders is the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 40, lines: int = 10) -> None:
        self.now = STARTED
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self.screen)
        self.is_stopped = False
        self.is_in_the_foreground = True
        self.threads = 0
        self.display = Display(STARTED, "up", color=False)
        monkeypatch.setattr(live, "monotonic", lambda: self.now)
        monkeypatch.setattr(stderr, "write", self.write)
        monkeypatch.setattr(terminal, "size", lambda: (self.screen.columns, self.screen.lines))
        monkeypatch.setattr(terminal, "is_in_the_foreground", lambda: self.is_in_the_foreground)
        monkeypatch.setattr(_thread, "start_new_thread", self._start)
        # It would stay as it is set, for all later tests.
        monkeypatch.setattr(sys, "setswitchinterval", lambda _interval: None)

    def _start(self, *_: object) -> None:
        self.threads += 1

    def write(self, text: str) -> bool:
        """Take over *text*, unless the terminal is stopped."""
        if not self.is_stopped:
            self._stream.feed(text)
        return not self.is_stopped

    def report(self, line: str) -> None:
        """Write a *line* of the report, as Output does."""
        if not self.write(self.display.around(f"{line}\r\n")):
            self.display.dropped()

    def next_picture(self, *statuses: TargetStatus) -> Picture:
        """Let the time of a frame pass, and return what it is to show."""
        self.now = max(self.now + FRAME_INTERVAL, STARTED + FIRST_FRAME)
        self.display.refresh(lambda: statuses)
        picture = self.display._pictures.get_nowait()
        assert picture
        return picture

    def show(self, *lines: str) -> None:
        """Have a frame rendered as these *lines*, and drawn."""
        self.next_picture()
        self.display._frames.put([*lines])
        self.display.refresh(tuple)

    @property
    def shown(self) -> list[str]:
        """The lines on the screen, without the empty ones at its end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n").split("\n")


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal of 40 columns and 10 lines."""
    return Terminal(monkeypatch)


def test_a_short_wait_has_no_display(tty: Terminal) -> None:
    """Before the wait has lasted for 300 ms, no thread is started, and nothing is written."""
    tty.now = STARTED + FIRST_FRAME - 0.001
    tty.display.refresh(tuple)
    tty.display.close()
    assert (tty.threads, tty.shown) == (0, [""])


def test_the_display_is_below_the_report(tty: Terminal) -> None:
    """A line of the report is written above the display, which moves down."""
    tty.report("one")
    tty.show("| db", "| cache")
    assert tty.shown == ["one", "| db", "| cache"]
    tty.report("two")
    assert tty.shown == ["one", "two", "| db", "| cache"]
    assert (tty.screen.cursor.x, tty.screen.cursor.y) == (0, 2)
    tty.display.close()
    assert tty.shown == ["one", "two"]
    tty.report("three")
    assert tty.shown == ["one", "two", "three"]


def test_a_frame_replaces_the_one_before(tty: Terminal) -> None:
    """A frame with more or fewer lines leaves nothing of the one before."""
    tty.show("| db down", "| cache down")
    tty.show("/ db", "| cache down", "| third")
    assert tty.shown == ["/ db", "| cache down", "| third"]
    tty.show("- db")
    assert tty.shown == ["- db"]
    tty.display.close()
    assert tty.shown == [""]


def test_a_display_at_the_end_of_the_screen(tty: Terminal) -> None:
    """At the end of the screen the report scrolls, and loses no line to the display."""
    for number in range(20):
        tty.report(f"line {number}")
        tty.show("| db", f"| {number}")
    assert tty.shown == [*(f"line {number}" for number in range(12, 20)), "| db", "| 19"]


def test_a_resized_terminal(tty: Terminal) -> None:
    """After the terminal was resized, frames for its old size are not drawn, and the old one is erased."""
    tty.report("one")
    tty.show("| " + "x" * 30)
    tty.next_picture()
    tty.screen.resize(10, 20)
    tty.display._frames.put(["| " + "x" * 30])
    tty.display.refresh(tuple)
    assert tty.shown == ["one"]
    tty.show("| xxx")
    assert tty.shown == ["one", "| xxx"]
    tty.screen.resize(10, 30)
    tty.report("two")
    assert tty.shown == ["one", "two"]


def test_a_stopped_terminal(tty: Terminal) -> None:
    """What a stopped terminal does not take is dropped, and the next frame is drawn as a whole."""
    tty.show("| db", "| cache")
    tty.is_stopped = True
    tty.show("/ db", "/ cache")
    tty.report("lost")
    tty.is_stopped = False
    tty.show("- db", "| cache")
    assert tty.shown == ["- db", "| cache"]


def test_nothing_is_drawn_in_the_background(tty: Terminal) -> None:
    """A process that the shell has put into the background leaves the terminal alone."""
    tty.is_in_the_foreground = False
    tty.now = STARTED + 1
    tty.display.refresh(tuple)
    assert (tty.threads, tty.shown) == (0, [""])
    tty.is_in_the_foreground = True
    tty.show("| db")
    assert tty.shown == ["| db"]


def test_a_display_that_cannot_be_rendered(tty: Terminal) -> None:
    """If rich cannot be loaded, or fails, the wait goes on without a display."""
    tty.show("| db")
    tty.next_picture()
    tty.display._frames.put(None)
    tty.display.refresh(tuple)
    assert not tty.display.is_drawn
    tty.now += 10
    tty.display.refresh(tuple)
    assert tty.shown == [""]


def test_without_a_thread_there_is_no_display(
    tty: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If no thread can be started, the wait goes on without a display."""

    def refuse(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    tty.now = STARTED + 1
    tty.display.refresh(tuple)
    tty.display.refresh(tuple)
    assert tty.display._pictures.empty()


def test_the_thread_ends_with_the_display(tty: Terminal) -> None:
    """The thread renders what it is asked for, and ends with the display; a failure is told."""
    picture = tty.next_picture()
    tty.display._pictures.put(picture)
    tty.display._pictures.put(None)
    rendered(tty)
    assert tty.display._frames.get_nowait() == []
    tty.display._pictures.put("not a picture")  # type: ignore[arg-type]
    rendered(tty)
    assert tty.display._frames.get_nowait() is None


def rendered(tty: Terminal) -> None:
    """Run the thread that renders to its end. It blocks signals, so it must not be the test's own."""
    thread = threading.Thread(target=tty.display._render, args=(sys.getswitchinterval(),))
    thread.start()
    thread.join()


@pytest.mark.parametrize("lines", [1, 2, 10, 100])
def test_many_targets(monkeypatch: pytest.MonkeyPatch, status: MakeStatus, lines: int) -> None:
    """Targets that are not up come first; what does not fit is counted, and a line is left free."""
    tty = Terminal(monkeypatch, lines=lines)
    statuses = [status(f"db{number}", REFUSED) for number in range(200)]
    for each in statuses[:150]:
        each.end(UP)
    picture = tty.next_picture(*statuses)
    room = min(MAX_LINES, max(1, lines - 1))
    assert len(picture.rows) == room - 1
    assert sum(picture.more.values()) + len(picture.rows) == 200
    assert picture.more == {"not up": 50 - len(picture.rows), "up": 150}
    assert [row.entry.target for row in picture.rows] == [
        f"tcp://db{number}:5432" for number in range(150, 149 + room)
    ]


def test_rows(tty: Terminal, status: MakeStatus) -> None:
    """A row has the last reason; at a first attempt, what that is doing; if up, none."""
    up = status("up", REFUSED)
    up.end(UP)
    first = status("first", phase="connecting")
    picture = tty.next_picture(up, status("down", REFUSED), first)
    assert [(row.entry.state, row.reason, row.is_attempting) for row in picture.rows] == [
        ("down", "connection refused", True),
        ("unknown", "connecting", True),
        ("up", "", False),
    ]


def test_an_import_ends_with_the_display(tty: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that loads rich rests before each module, loads no more once the display is over, and disturbs no other thread."""
    rests: list[float] = []
    monkeypatch.setattr(live, "sleep", rests.append)
    finder = live._RestBeforeImports(tty.display)
    finder.find_spec("rich", None)
    assert rests == [live.REST]
    tty.display.close()
    with pytest.raises(InterruptedError):
        finder.find_spec("rich", None)
    monkeypatch.setattr(_thread, "get_ident", lambda: 0)
    finder.find_spec("random", None)
    assert len(rests) == 2
