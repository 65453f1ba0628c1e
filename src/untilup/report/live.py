"""The live display: a line for each target, below the lines of the report, on a terminal.

The main thread takes the rows and writes the frames; another thread loads rich and renders them
(frames.py). The main thread never waits for it, and a write that would block is dropped.

Between two writes the cursor is at the start of the display. So it is erased by four bytes, wherever the
terminal has moved it, and if untilup is killed, what comes next is written over it.
"""

from __future__ import annotations

import _thread
import sys
from _queue import Empty, SimpleQueue
from time import monotonic, sleep

from untilup.process import handover
from untilup.process.stop_signal import StopSignal
from untilup.report import stderr, terminal
from untilup.report.picture import Composer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from untilup.report.picture import Picture
    from untilup.targets.status import TargetStatus

# A shorter wait has no display.
FIRST_FRAME = 0.300
FRAME_INTERVAL = 0.100
# If the terminal does not tell its size.
USUAL_SIZE = (80, 24)
# How often the main thread asks for the interpreter while the other thread loads rich, and at the end,
# when exec must not be delayed: CPython's 5 ms are too long for a dozen system calls.
SWITCH_INTERVAL = 0.000_05
# How long the other thread rests before each of about fifty modules, which take a millisecond or so each.
# Without rests, a busy machine would take its processor away while it holds the interpreter.
REST = 0.003

ERASE = "\r\x1b[J"
ERASE_TO_THE_END_OF_LINE = "\x1b[K"


class Display:
    """The display of a wait since *started* for targets to be *wanted*: up, or down."""

    def __init__(self, started: float, wanted: str, *, color: bool) -> None:
        self._composer = Composer(started, wanted)
        self._color = color
        self._next = started + FIRST_FRAME
        self._pictures: SimpleQueue[Picture | None] = SimpleQueue()
        self._frames: SimpleQueue[list[str] | None] = SimpleQueue()
        self._is_loading = False
        self._is_rendering = False
        self._is_over = False
        self._size = USUAL_SIZE
        # What is on the screen, if anything is; no lines if a write was dropped.
        self._is_drawn = False
        self._lines: list[str] = []
        self._stop = StopSignal()

    @property
    def is_over(self) -> bool:
        """Whether the display has been erased for good."""
        return self._is_over

    @property
    def is_drawn(self) -> bool:
        """Whether the display is on the screen."""
        return self._is_drawn

    def refresh(self, statuses: Callable[[], Sequence[TargetStatus]]) -> None:
        """Draw the frame that is ready, if any, and have the next one rendered if it is time."""
        if self._stop.has_come:
            self._erase()
            self._stop.unwatch()  # and go on here after the process was continued
            self._stop.watch()
        if self._is_rendering:
            self._draw_if_ready()
        now = monotonic()
        if self._is_over or self._is_rendering or now < self._next:
            return
        if terminal.is_in_the_foreground():
            self._ask_for_a_frame(now, statuses())

    def around(self, text: str) -> str:
        """Return the output that puts *text* above the display."""
        if not self._is_drawn:
            return text
        if self._size != _size():  # its lines may be too long now
            self._is_drawn = False
            self._lines = []
        return f"{ERASE}{text}{_drawn(self._lines, [])}"

    def dropped(self) -> None:
        """Note that a write was dropped, so that what is on the screen is not known."""
        self._lines = []

    def close(self) -> None:
        """Erase the display for good."""
        if self._is_over:
            return
        self._is_over = True
        if self._is_loading:
            sys.setswitchinterval(SWITCH_INTERVAL)
            self._pictures.put(None)
        self._erase()
        self._stop.unwatch()

    def _erase(self) -> None:
        if self._is_drawn:
            stderr.write(ERASE)
        self._is_drawn = False
        self._lines = []

    def _draw_if_ready(self) -> None:
        try:
            lines = self._frames.get_nowait()
        except Empty:
            return
        self._is_rendering = False
        if lines is None:  # it could not be rendered
            self.close()
        elif self._size != _size():
            self._erase()
        elif terminal.is_in_the_foreground():
            self._draw(lines)

    def _draw(self, lines: list[str]) -> None:
        if not self._is_drawn:
            self._stop.watch()
        # If a write was dropped, it is not known which lines are there.
        erase = ERASE if self._is_drawn and not self._lines else ""
        if stderr.write(erase + _drawn(lines, self._lines)):
            self._is_drawn = True
            self._lines = lines
        else:
            self._lines = []

    def _ask_for_a_frame(self, now: float, statuses: Sequence[TargetStatus]) -> None:
        self._next = now + FRAME_INTERVAL
        if not self._is_loading and not self._load():
            self._is_over = True
            return
        if self._size != (size := _size()):
            self._erase()
            self._size = size
        self._is_rendering = True
        self._pictures.put(self._composer.picture(statuses, now, *size))

    def _load(self) -> bool:
        """Start the thread that renders; return false if there can be none."""
        self._is_loading = True
        before = sys.getswitchinterval()
        if before > SWITCH_INTERVAL:
            sys.setswitchinterval(SWITCH_INTERVAL)
        try:
            _thread.start_new_thread(self._render, (before,))
        except (RuntimeError, MemoryError):
            self._is_loading = False
            return False
        return True

    def _render(self, switch_interval: float) -> None:
        """Render pictures until there are no more; in another thread."""
        handover.block_termination_signals()
        # Another list, because another thread may be reading this one.
        sys.meta_path = [_RestBeforeImports(self), *sys.meta_path]
        try:
            from untilup.report import frames

            if not self._is_over:
                sys.setswitchinterval(switch_interval)
            while picture := self._pictures.get():
                self._frames.put(frames.lines(picture, color=self._color))
        except Exception:  # noqa: BLE001 - the wait goes on without a display, whatever release of rich there is
            self._frames.put(None)


class _RestBeforeImports:
    """A finder that finds no module. The thread that creates it rests before each module that it imports.

    Once the *display* is over, its import ends by an exception.
    """

    def __init__(self, display: Display) -> None:
        self._display = display
        self._thread = _thread.get_ident()

    def find_spec(self, *_: object) -> None:
        """Rest; raise InterruptedError if no more modules are needed."""
        if _thread.get_ident() == self._thread:
            sleep(REST)
            if self._display.is_over:
                raise InterruptedError


def _size() -> tuple[int, int]:
    """Return the columns and lines of the terminal."""
    columns, lines = terminal.size()
    return columns or USUAL_SIZE[0], lines or USUAL_SIZE[1]


def _drawn(lines: Sequence[str], before: Sequence[str]) -> str:
    """Return what draws *lines* where the lines *before* are, from their start, and leaves the cursor there."""
    if not lines and not before:
        return ""
    rest = [""] * (len(before) - len(lines))
    pieces = [
        "" if at < len(before) and before[at] == line else f"{line}{ERASE_TO_THE_END_OF_LINE}"
        for at, line in enumerate([*lines, *rest])
    ]
    up = f"\x1b[{len(pieces) - 1}A" if len(pieces) > 1 else ""
    return "\r\n".join(pieces) + f"\r{up}"
