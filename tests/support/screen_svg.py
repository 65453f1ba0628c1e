"""An animated SVG of a terminal: some screens, each shown for a while, over and over."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from html import escape

from pyte.screens import Char

Cells = Sequence[Sequence[Char]]

# How long each screen is shown, in seconds.
SHOWN = 2
FONT = 14
COLUMN, LINE = 8.43, 18
MARGIN = 12
# As GitHub's dark theme has them.
COLORS = {
    "default": "#e6edf3",
    "black": "#010409",
    "red": "#ff7b72",
    "green": "#3fb950",
    "brown": "#d29922",
    "blue": "#58a6ff",
    "magenta": "#bc8cff",
    "cyan": "#39c5cf",
}
BACKGROUND = "#0d1117"


def svg(title: str, screens: Sequence[Cells]) -> str:
    """Return the SVG of *screens*, which have the same size; *title* is for those who cannot see it."""
    width = round(len(screens[0][0]) * COLUMN + 2 * MARGIN)
    height = len(screens[0]) * LINE + 2 * MARGIN
    share = 100 / len(screens)
    drawn = [
        f'<g class="screen" style="animation-delay:{number * SHOWN}s">\n{_screen(screen)}</g>\n'
        for number, screen in enumerate(screens)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>\n"
        f"text{{font:{FONT}px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}\n"
        f".screen{{opacity:0;animation:show {len(screens) * SHOWN}s step-end infinite}}\n"
        f"@keyframes show{{0%{{opacity:1}}{share:.2f}%{{opacity:0}}}}\n"
        "</style>\n"
        f'<rect width="{width}" height="{height}" rx="6" fill="{BACKGROUND}"/>\n'
        f"{''.join(drawn)}</svg>\n"
    )


def texts(drawing: str) -> list[str]:
    """Return the text of each screen of an SVG that *svg* has made."""
    screens = re.findall(r'<g class="screen".*?</g>', drawing, re.DOTALL)
    return [
        "\n".join(re.sub(r"<[^>]*>", "", line) for line in re.findall(r"<text.*?</text>", screen))
        for screen in screens
    ]


def _screen(cells: Cells) -> str:
    drawn = ""
    for number, line in enumerate(cells):
        runs = [(key, list(run)) for key, run in itertools.groupby(enumerate(line), _colors)]
        y = MARGIN + number * LINE
        for (_, background), run in runs:
            if background != "default":
                x, width = MARGIN + run[0][0] * COLUMN, len(run) * COLUMN
                drawn += f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE}" fill="{COLORS[background]}"/>\n'
        pieces = [
            f'<tspan x="{MARGIN + run[0][0] * COLUMN:.1f}" fill="{COLORS[foreground]}">'
            f"{escape(''.join(char.data for _, char in run))}</tspan>"
            for (foreground, _), run in runs
        ]
        if any(char.data != " " for char in line):
            drawn += f'<text y="{y + LINE - 5}">{"".join(pieces)}</text>\n'
    return drawn


def _colors(cell: tuple[int, Char]) -> tuple[str, str]:
    char = cell[1]
    return char.fg, char.bg
