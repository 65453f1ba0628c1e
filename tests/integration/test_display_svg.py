"""docs/display.svg is a recording of a wait on a terminal; UNTILUP_TEST_WRITE_SESSIONS=1 records it."""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from pathlib import Path

from tests.support import screen_svg
from tests.support.console_sessions import WRITES
from tests.support.screen import Screen
from tests.support.untilup_process import Program

RECORDING = Path(__file__).parents[2] / "docs" / "display.svg"
TITLE = "A wait for a database, a cache and an API on a terminal"
# The servers are scripted, by the size of a file, which is the number of the scene; all else is untilup.
WAIT = """
import os, sys
from untilup import checks
from untilup.errors import NotReady, answered
UNKNOWN = NotReady("name-unknown", "name not found")
REFUSED = NotReady("refused", "connection refused: the address is up and nothing listens on the port")
STARTING = answered("not-serving", "the database system is starting up")
STATUS = answered("status", "HTTP 503")
SCRIPTS = {
    "postgres": (UNKNOWN, UNKNOWN, REFUSED, REFUSED, STARTING, None, None),
    "redis": (REFUSED, None, None, None, None, None, None),
    "http": (REFUSED, REFUSED, REFUSED, STATUS, STATUS, STATUS, None),
}
def check_for(scheme):
    def check(attempt):
        if failure := SCRIPTS[scheme][os.stat(file).st_size]:
            raise failure
    return check
checks.check_for = check_for
file = sys.argv[1]
sys.argv[:2] = ["untilup"]
from untilup.__main__ import main
main()
"""
ARGV = ["postgres://db", "redis://cache", "http://api/health", "--max-delay", "50ms", "--", "echo"]
# What the screen has at the end of each scene, and whether it is in the recording.
SCENES = (
    (r"down +postgres://db:5432 +\d*[1-9]\.\ds .* name not found\n", True),
    (r"up +redis://cache:6379 ", False),
    (r"down +postgres://db:5432 +\d*[2-9]\.\ds .* connection refused.*\n", True),
    (r"down +http://api:80/health .* HTTP 503\n", False),
    (r"down +postgres://db:5432 +\d*[3-9]\.\ds .* starting up\n", True),
    (r"up +postgres://db:5432 ", True),
    (r"\nthe application starts", True),
)
FIGURES = re.compile(
    r"\d+\.\d+s|\d+ attempts|^[ |/\\⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏-] |(?<=  )[.nrshu]{24}(?=  |$)", re.MULTILINE
)


def test_the_recording_shows_what_untilup_shows(tmp_path: Path) -> None:
    """The recording in the documents has the screens of a wait, but for times."""
    scene = tmp_path / "scene"
    scene.touch()
    untilup = Program([sys.executable, "-c", WAIT, str(scene)])
    argv = [*ARGV, "the application starts"]
    screen = Screen(untilup, *argv, columns=100, lines=20, env={"LC_ALL": "C.UTF-8"})
    screens = []
    for pattern, is_recorded in SCENES:
        screen.until(partial(shows, screen, pattern))
        if is_recorded:
            screens.append(screen.cells)
        os.truncate(scene, scene.stat().st_size + 1)
    assert screen.until_it_ends() == 0
    screen.close()
    untilup.end()
    drawing = screen_svg.svg(TITLE, screens)
    if WRITES:
        RECORDING.write_text(drawing)
    recorded = screen_svg.texts(RECORDING.read_text())
    assert [comparable(text) for text in screen_svg.texts(drawing)] == [
        comparable(text) for text in recorded
    ]


def shows(screen: Screen, pattern: str) -> bool:
    """Tell whether *pattern* is found on the screen."""
    return bool(re.search(pattern, f"{screen.text}\n"))


def comparable(text: str) -> list[str]:
    """Return the lines of a screen without figures, not folded and in no order, which differ each time."""
    lines = re.sub(r" *\n {4}", " ", text)
    # A reason that was the only one has a time of its own only on a busy machine.
    told = re.sub(r" +(?=[),])", "", FIGURES.sub("", lines))
    return sorted(" ".join(line.split()) for line in told.splitlines())
