"""The frames of the live display, rendered with rich. Its import takes longer than a start.

Only the display's own thread imports this, and only once a wait has lasted for a while (live.py).
"""

from __future__ import annotations

import os

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from untilup.report import account
from untilup.report.messages import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.report.account import Entry
    from untilup.report.picture import Picture, Row
    from untilup.targets.status import Phases

# Each column is as wide as its widest cell, but a name or a bar no wider than this.
WIDEST_NAME = 40
WIDEST_BAR = 24
# A narrower terminal has no bar, and a still narrower one no reason.
MIN_COLUMNS_FOR_A_BAR = 64
MIN_COLUMNS_FOR_A_REASON = 40
ELLIPSIS = "..."
GAP = "  "

WANTED, NOT_WANTED, FAILED, UNKNOWN = "green", "yellow", "red", "cyan"
# The color of a reason by what it is about; of all others, the server answers, but is not up.
COLORS = {
    "magenta": ("name-unknown", "resolver-unavailable", "resolver-failed", "wrong-address"),
    "red": ("refused", "closed", "rejected", "absent", "self-connect", "exit-status"),
    "blue": ("no-answer", "silent", "host-unreachable", "network-unreachable", "too-late"),
}
COLOR_OF = {reason: color for color, reasons in COLORS.items() for reason in reasons}
DIM = Style(dim=True)


def lines(picture: Picture, *, color: bool) -> list[str]:
    """Return the lines of *picture*, each narrower than its columns, with or without *color*."""
    # A line that fills the last column would leave the cursor between two lines.
    width = picture.columns - 1
    names = [row.entry.target for row in picture.rows]
    widest = max(map(cell_len, names), default=0)
    shown = [_line(row, picture, min(widest, WIDEST_NAME), width) for row in picture.rows]
    if picture.more:
        told = ", ".join(f"{count} {state}" for state, count in picture.more.items())
        shown.append([Segment(f"{GAP}and {sum(picture.more.values())} more ({told})", DIM)])
    system = ColorSystem.STANDARD if color else None
    return [_rendered(Segment.adjust_line_length(line, width, pad=False), system) for line in shown]


def _line(row: Row, picture: Picture, name_width: int, width: int) -> list[Segment]:
    """Return ``| down  postgres://db:5432  12.3s  nnrrrrrr  connection refused``, as far as it fits."""
    entry = row.entry
    current = Style(color=_color(entry))
    spinner = _spinner()
    turn = spinner[picture.number % len(spinner)] if row.is_attempting else " "
    took = f"{seconds(entry.took):>6}"
    state = f"{entry.state:<7}"
    if width < MIN_COLUMNS_FOR_A_REASON:
        state = f"{entry.state[:4]:<4}"
        name_width = max(4, min(name_width, width - len(f"? {state} {took} ")))
        name = _fitted(entry.target, name_width)
        return [Segment(f"{turn} {state} ", current), Segment(f"{name} {took}")]
    name_width = max(8, min(name_width, (width - len(f"? {state}{GAP}{took}{GAP}")) * 2 // 3))
    found = [
        Segment(f"{turn} "),
        Segment(state, Style(color=_color_of_state(entry), bold=True)),
        Segment(f" {_fitted(entry.target, name_width)} {took}{GAP}"),
    ]
    if width >= MIN_COLUMNS_FOR_A_BAR:
        left = width - Segment.get_line_length(found)
        found += [*_bar(row, picture.elapsed, min(WIDEST_BAR, left // 2)), Segment(GAP)]
    left = width - Segment.get_line_length(found)
    return [*found, Segment(_fitted(row.reason, left), current)] if row.reason else found


def _bar(row: Row, elapsed: float, width: int) -> list[Segment]:
    """Return the time since the start, as a letter and a color for each reason that has lasted.

    All bars have the same scale, so they can be compared.
    """
    entry = row.entry
    phases: Phases = entry.phases
    if entry.state == entry.wanted:
        phases = (*phases, (entry.wanted, elapsed - entry.took))
    unknown = max(0.0, elapsed - sum(lasted for _, lasted in phases))
    total = max(elapsed, sum(lasted for _, lasted in phases)) or 1.0
    found = []
    end = drawn = 0.0
    for reason, lasted in (("", unknown), *phases):
        end += lasted
        cells = round(end / total * width) - round(drawn / total * width)
        drawn = end
        letter = account.words(reason)[0] if reason else "."
        style = Style(color="black", bgcolor=_color_of(reason, entry.wanted)) if reason else DIM
        if cells:
            found.append(Segment(letter * cells, style))
    return found


def _color(entry: Entry) -> str:
    """Return the color of the current reason; of the state, if there is none."""
    if entry.state in (entry.wanted, "failed") or not entry.phases:
        return _color_of_state(entry)
    return _color_of(entry.phases[-1][0], entry.wanted)


def _color_of_state(entry: Entry) -> str:
    if entry.state == entry.wanted:
        return WANTED
    return {"failed": FAILED, "unknown": UNKNOWN}.get(entry.state, NOT_WANTED)


def _color_of(reason: str, wanted: str) -> str:
    return WANTED if reason == wanted else COLOR_OF.get(reason, NOT_WANTED)


def _spinner() -> str:
    """Return the pictures of the spinner, in ASCII unless the locale has more."""
    variables = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, variables), "")
    is_console = os.environ.get("TERM") == "linux"  # its fonts have no such characters
    return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" if "UTF" in locale.upper() and not is_console else "|/-\\"


def _fitted(text: str, width: int) -> str:
    """Return *text* in exactly this many cells: with spaces at its end, or cut off."""
    if cell_len(text) <= width or width <= len(ELLIPSIS):
        return set_cell_size(text, width)
    return set_cell_size(text, width - len(ELLIPSIS)) + ELLIPSIS


def _rendered(line: Sequence[Segment], system: ColorSystem | None) -> str:
    return "".join(
        segment.style.render(segment.text, color_system=system) if segment.style else segment.text
        for segment in line
    ).rstrip(" ")
