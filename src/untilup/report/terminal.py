"""The terminal that stderr may be: what it can do, and what is asked to be shown on it.

No mode of the terminal is ever changed, and the cursor is never hidden: whatever ends untilup, there is
nothing to restore.
"""

from __future__ import annotations

import os

from untilup.report.stderr import DESCRIPTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.options import Settings

# The types of terminals that have no cursor to move, as ncurses and its users name them.
WITHOUT_A_CURSOR = ("", "dumb", "unknown", "emacs", "network", "teletype")


def is_terminal() -> bool:
    """Return whether stderr is a terminal."""
    return os.isatty(DESCRIPTOR)


def shows_progress(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Return whether a live display is asked for, and this terminal can show one."""
    if settings.progress == "plain" or environ.get("TERM", "") in WITHOUT_A_CURSOR:
        return False
    lines_alone = settings.quiet or settings.verbose or settings.log_format == "json"
    if settings.progress == "auto" and (lines_alone or environ.get("CI")):
        return False
    return is_terminal()


def shows_color(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Return whether text is colored: as --color says, or NO_COLOR, or FORCE_COLOR, or the terminal.

    no-color.org and force-color.org: these variables count if they are not empty.
    """
    if settings.color != "auto":
        return settings.color == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM", "") not in WITHOUT_A_CURSOR and is_terminal()


def size() -> tuple[int, int]:
    """Return the columns and the lines of the terminal; 0 if they are unknown."""
    try:
        found = os.get_terminal_size(DESCRIPTOR)
    except OSError:
        return 0, 0
    return found.columns, found.lines


def is_in_the_foreground() -> bool:
    """Return whether the shell has given the terminal to this process, if it has job control."""
    try:
        return os.tcgetpgrp(DESCRIPTOR) == os.getpgrp()
    except OSError:  # it is not the terminal of this session
        return True
