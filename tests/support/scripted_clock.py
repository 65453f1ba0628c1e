"""Time that passes when a test says so, for waits that end by a timeout.

A real timeout has to be short, or the test is slow; and a short one may end on a busy machine before
anything has been tried. So untilup gets a timeout of an hour, and a clock that the test sets forward
by that hour once it has seen what it waits for.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.untilup_process import PATIENCE, WHEEL, Program

HOUR = 3600

# untilup with a clock that is ahead by so many seconds as the file argv[1] has bytes. argv[2:] are
# its own. A file's size changes at once, and needs no descriptor that the command could see.
AHEAD = """
import os, sys, time
file, monotonic, stat = sys.argv.pop(1), time.monotonic, os.stat
time.monotonic = lambda: monotonic() + stat(file).st_size
sys.argv[0] = "untilup"
from untilup import events, os_errors
from untilup.waiting import loop
from untilup.__main__ import main
# The main thread blocks by the kernel's clock, which the file does not set forward. So it wakes often.
poll_milliseconds = events.poll_milliseconds
events.poll_milliseconds = lambda seconds: min(40, poll_milliseconds(seconds))
# No thread is late by this clock, and time that passes at once is a sign of a stopped process only
# where a test says so.
os_errors.MAX_STARTUP = float("inf")
if sys.argv.pop(1) != "stops":
    loop.MIN_STOP = float("inf")
main()
"""


class Clock:
    """The clock of *untilup*, which a test sets forward by an hour; create it before untilup starts.

    Of the *kind* "stops", that hour counts as one for which the process was stopped.

    The executable has no clock but the kernel's, which a test cannot set. There an hour is 6
    seconds, and passes without help.
    """

    def __init__(self, untilup: Program, directory: Path, kind: str = "jumps") -> None:
        self._ahead = directory / "seconds-ahead"
        self._ahead.touch()
        self.untilup = untilup
        self._is_scripted = str(WHEEL) in untilup.words
        if self._is_scripted:
            at = untilup.words.index(str(WHEEL))
            untilup.words[at : at + 1] = [sys.executable, "-c", AHEAD, str(self._ahead), kind]

    def scaled(self, text: str) -> str:
        """Return *text* with every number of hours, such as 2h, as the time that this clock needs."""
        if self._is_scripted:
            return text
        return re.sub(r"\b(\d+)h\b", lambda hours: f"{6 * int(hours[1])}s", text)

    def outlast(self, after: str, *argv: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run ``untilup ARGV``, let an hour pass when stderr has said *after*, and return the outcome."""
        process = self.untilup.start(*map(self.scaled, argv), **options)
        assert process.stderr
        output = ""
        while after not in output:
            line = process.stderr.readline().decode()
            assert line, f"untilup has ended, and has not said {after!r}: {output}"
            output += line
        self.an_hour_passes()
        # Not communicate(), which would not have what readline() has read ahead.
        output += process.stderr.read().decode()
        out, _ = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(argv, process.returncode, (out or b"").decode(), output)

    def sit_out_an_hour(self) -> None:
        """Let an hour pass, and return when it has."""
        self.an_hour_passes()
        if not self._is_scripted:
            time.sleep(6.5)

    def an_hour_passes(self) -> None:
        """Set the clock forward."""
        os.truncate(self._ahead, self._ahead.stat().st_size + HOUR)
