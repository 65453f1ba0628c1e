"""Output: Messages to stderr, as JSON or as text, which is folded at the width of a terminal."""

from __future__ import annotations

from time import monotonic

from untilup.report import stderr
from untilup.report.messages import ERROR, NEXT_STEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.report.live import Display
    from untilup.report.messages import Line, Message

# The lines that continue a folded line are indented by this much more.
CONTINUATION = "    "
# At the end a slow reader of stderr gets this much time: a wait must end within 50 ms of its deadline.
LAST_PATIENCE = 0.030
# Below this many columns a folded text would be harder to read than a whole one.
MIN_COLUMNS = 40


class Output:
    """Writes to stderr. *started* is when untilup began, in seconds of the monotonic clock.

    If *quiet*, only what is written as *wanted* is written; as JSON, only the errors of that. *paint*
    returns the text of a Message in color. Lines are written above the *display*.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self.quiet = False
        self.json = False
        self.paint: Callable[[Message, str], str] | None = None
        self.display: Display | None = None
        self._keeps = False
        self._kept = ""

    def write(self, *lines: Line, wanted: bool = False, is_last: bool = False) -> None:
        """Write *lines*, as many of them at a time as a pipe takes whole: there may be thousands.

        The last ones wait for a slow reader, but for no longer than LAST_PATIENCE in all.
        """
        if self.quiet and not wanted:
            return
        until = monotonic() + LAST_PATIENCE if is_last else 0.0
        for line in lines:
            rendered = self._rendered(line)
            if len(self._kept) + len(rendered) > stderr.CHUNK_SIZE:
                self._write_kept(until)
            self._kept += rendered
        if not self._keeps:
            self._write_kept(until)

    def keep(self) -> None:
        """Keep the lines that follow, of which there may be thousands, until *flush* is called."""
        self._keeps = True

    def flush(self) -> None:
        """Write the lines that were kept."""
        self._keeps = False
        self._write_kept(0.0)

    def _write_kept(self, until: float) -> None:
        text, self._kept = self._kept, ""
        if not self.display:
            stderr.write(text, until)
        elif text and not stderr.write(self.display.around(text), until):
            self.display.dropped()

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return monotonic() - self._started

    def _rendered(self, line: Line) -> str:
        """Return *line* with its end; nothing for a text, if the format is JSON."""
        if self.json:
            try:
                from untilup.report import json_lines
            except (OSError, ImportError):  # no descriptor is left to import it
                pass
            else:
                if isinstance(line, str) or (self.quiet and line.level != ERROR):
                    return ""
                return f"{json_lines.encode(line, self.elapsed())}\n"
        text = fold(self._with_time(line), stderr.columns())
        if self.paint and not isinstance(line, str):
            text = self.paint(line, text)
        return f"{text}\n"

    def _with_time(self, line: Line) -> str:
        text = as_text(line)
        if text.startswith(" "):  # it is a part of what was written before
            return text
        if not isinstance(line, str) and line.event == "usage-error":  # there was no attempt yet
            return f"untilup: {text}"
        return f"{self.elapsed():.2f}s untilup: {text}"


def as_text(line: Line) -> str:
    """Return what people read."""
    return line if isinstance(line, str) else line.text


def fold(text: str, columns: int) -> str:
    """Return *text* in lines of at most *columns* characters; a longer word has its own line.

    Return it unchanged if it has lines already or is a command to copy, or if there are too few
    columns, or none.
    """
    if len(text) <= columns or columns < MIN_COLUMNS or "\n" in text:
        return text
    begin = len(text) - len(text.lstrip())
    if text.startswith(NEXT_STEP, begin):
        return text
    indent = text[:begin] + CONTINUATION
    lines = []
    rest = text
    while len(rest) > columns:
        space = rest.rfind(" ", begin, columns + 1)
        if space < 0:
            space = rest.find(" ", columns)
        if space < 0:
            break
        lines.append(rest[:space].rstrip())
        rest = indent + rest[space:].lstrip()
        begin = len(indent)
    return "\n".join([*lines, rest])
