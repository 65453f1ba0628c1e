"""Color in the lines of the report: their states and reasons. The text stays the same without it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from untilup.report.messages import Message

# ECMA-48, Select Graphic Rendition.
RED, GREEN, YELLOW = "\x1b[31m", "\x1b[32m", "\x1b[33m"
END = "\x1b[0m"
# What a line says of the whole wait.
OF_THE_WAIT = {
    "timed-out": ("timed out", RED),
    "interrupted": ("ended by", RED),
    "continuing": ("continuing anyway", YELLOW),
    "warning": ("warning", YELLOW),
}


def painted(message: Message, text: str) -> str:
    """Return *text*, which is that of *message* in one line or more, with its state and reason in color."""
    flat, places = _in_one_line(text)
    spans: list[tuple[int, int, str]] = []
    for before, phrase, after, color in _phrases(message):
        at = flat.find(before + phrase + after)
        if phrase and at >= 0:
            begin = at + len(before)
            spans.append((places[begin], places[begin + len(phrase) - 1] + 1, color))
    end = len(text)
    for begin, after_it, color in sorted(spans, reverse=True):
        if after_it <= end:  # it does not overlap with the next one
            text = f"{text[:begin]}{color}{text[begin:after_it]}{END}{text[after_it:]}"
            end = begin
    return text


def _in_one_line(text: str) -> tuple[str, list[int]]:
    """Return *text* with a space for each line break and its indent, and the place of each character."""
    flat, places = "", []
    is_indent = False
    for place, char in enumerate(text):
        if char == "\n":
            flat += " "
            places.append(place)
        elif not (is_indent and char == " "):
            flat += char
            places.append(place)
        is_indent = char == "\n" or (is_indent and char == " ")
    return flat, places


def _phrases(message: Message) -> Iterator[tuple[str, str, str, str]]:
    """Yield each phrase of *message* that is colored: what comes before, itself, what follows, the color."""
    if message.event in OF_THE_WAIT:
        phrase, color = OF_THE_WAIT[message.event]
        yield "", phrase, "", color
    if message.event in ("up", "down"):
        yield " is ", message.event, " ", GREEN
        yield "  ", message.event, "  ", GREEN  # in the table
    elif message.state:
        color = RED if message.state == "failed" else YELLOW
        for wanted in ("up", "down"):
            yield " is ", f"not {wanted}", "", color
            yield " is ", f"not known to be {wanted}", "", color
            yield " can ", f"never be {wanted}", "", color
        yield ": ", _first_part(message.detail), "", color
        yield "(", message.reason, "", color
        yield "  ", message.reason, "  ", color  # in the table
    elif message.event == "observation":
        yield "  ", message.reason, "  ", YELLOW


def _first_part(detail: str) -> str:
    """Return *detail* as far as it tells what was observed, without what that means."""
    return detail.partition(": ")[0].partition(" (")[0]
