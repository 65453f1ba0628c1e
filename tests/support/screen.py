"""untilup on a terminal of its own, whose screen a test reads with pyte."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from fcntl import ioctl
from functools import partial

import pyte

from tests.support.untilup_process import PATIENCE, Program

# A spinner in ASCII, and a state that fits into the width.
ROW = re.compile(r"[ |/\\-] (up|down|fail|failed|unkn|unknown) ")


class Screen:
    """The terminal of a process, which *program* starts as its session's leader with these *words*."""

    def __init__(
        self,
        program: Program,
        *words: str,
        columns: int = 80,
        lines: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        self._controller, self._terminal = pty.openpty()
        self._set_size(columns, lines)
        self.modes = self.modes_now()
        self.process: subprocess.Popen[bytes] = program.start(
            *words,
            env={"TERM": "xterm", "LC_ALL": "C", **(env or {})},
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # the session's terminal
        )

    def close(self) -> None:
        """Close the terminal, as its window is closed."""
        for descriptor in (self._controller, self._terminal):
            if descriptor >= 0:
                os.close(descriptor)
        self._controller = self._terminal = -1

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal. As xterm does, it loses lines at its end before others.

        Meanwhile the process is stopped, and all that it wrote for the size before has been read.
        """
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        while select.select([self._controller], [], [], 0)[0]:
            self.read()
        screen = self._screen
        below = screen.lines - 1 - screen.cursor.y
        if lines < screen.lines and below:
            # pyte would lose the first lines.
            for line in range(max(lines, screen.cursor.y + 1), screen.lines):
                screen.buffer.pop(line, None)
            screen.lines = max(lines, screen.cursor.y + 1)
        screen.resize(lines, columns)
        self._set_size(columns, lines)
        self.process.send_signal(signal.SIGCONT)

    def _set_size(self, columns: int, lines: int) -> None:
        ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def modes_now(self) -> list[object]:
        """Return the modes of the terminal."""
        return termios.tcgetattr(self._terminal)

    def stop(self) -> None:
        """Stop the terminal, as Ctrl-S does."""
        termios.tcflow(self._terminal, termios.TCOOFF)

    def type(self, keys: bytes) -> None:
        """Type *keys*."""
        os.write(self._controller, keys)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without the empty lines at its end."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip("\n").split("\n")

    @property
    def text(self) -> str:
        """The same in one text."""
        return "\n".join(self.lines)

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        """The characters on the screen, with their colors."""
        columns = range(self._screen.columns)
        return [
            [self._screen.buffer[line][column] for column in columns]
            for line in range(self._screen.lines)
        ]

    @property
    def is_cursor_visible(self) -> bool:
        """Whether the cursor is shown."""
        return not self._screen.cursor.hidden

    @property
    def display(self) -> list[str]:
        """The lines of the live display, but for the last one of many targets."""
        return [line for line in self.lines if ROW.match(line)]

    def read(self) -> None:
        """Take over what has been written, or wait for it for a moment."""
        ready, _, _ = select.select([self._controller], [], [], 0.02)
        if ready:
            try:
                piece = os.read(self._controller, 65536)
            except OSError:  # no process has the terminal open any more
                return
            self.written += piece
            self._stream.feed(piece)

    def until(self, is_true: Callable[[], object]) -> None:
        """Read until *is_true*."""
        end = time.monotonic() + PATIENCE
        while not is_true():
            assert time.monotonic() < end, f"the screen is still\n{self.text}"
            self.read()

    def until_drawn(self, frames: int = 1) -> None:
        """Read until so many frames of the live display were drawn."""
        for _ in range(frames):
            size = len(self.written)
            self.until(partial(self._is_drawn_after, size))

    def _is_drawn_after(self, size: int) -> bool:
        return bool(self.display) and len(self.written) > size

    def until_it_ends(self) -> int:
        """Read to the end, and return the exit status."""
        self.until(lambda: self.process.poll() is not None)
        size = -1
        while size != len(self.written):
            size = len(self.written)
            self.read()
        return self.process.returncode
