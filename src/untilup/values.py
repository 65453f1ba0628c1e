"""What a text may be, as the value of an option, of a variable, or of a target's own option."""

from __future__ import annotations

from untilup.display import quoted
from untilup.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    # What may stand in a target's fragment: the kind of its value, and what it means.
    OptionTypes = dict[str, tuple["ValueType", str]]

# From the longest to the shortest, the order in which they may follow each other ("1h30m").
SECONDS_PER_UNIT = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
MIN_DURATION = 0.001
MAX_DURATION = 365 * SECONDS_PER_UNIT["d"]
DURATION_FORMS = "500ms, 5s, 2m, 1h30m or plain seconds, from 1ms to 365d"

# poll(2) takes milliseconds as a C int, which is 24 days.
MAX_POLL = 2**31 - 1


def parse_duration(text: str) -> float:
    """Return *text* in seconds: 0, or 1 ms to 365 days; raise ValueError for everything else."""
    parts = _numbers_and_units(text)
    units = [unit for _, unit in parts]
    if units == [""]:
        units = ["s"]
    elif not units or units != [unit for unit in SECONDS_PER_UNIT if unit in units]:
        raise ValueError(text)
    seconds = sum(
        float(number) * SECONDS_PER_UNIT[unit]
        for (number, _), unit in zip(parts, units, strict=True)
    )
    is_zero = not text.strip("0.dhms")  # by its digits: a float rounds the smallest numbers to 0
    if not is_zero and not MIN_DURATION <= seconds <= MAX_DURATION:
        raise ValueError(text)
    return seconds


def _numbers_and_units(text: str) -> list[tuple[str, str]]:
    """Split ``1h30.5m`` into its numbers, each with the letters that follow it."""
    parts: list[tuple[str, str]] = []
    rest = text
    while rest:
        after_number = rest.lstrip("0123456789.")
        after_unit = after_number.lstrip("dhms")
        number = rest[: len(rest) - len(after_number)]
        unit = after_number[: len(after_number) - len(after_unit)]
        if len(rest) == len(after_unit):
            raise ValueError(text)
        parts.append((number, unit))
        rest = after_unit
    return parts


def format_duration(seconds: float) -> str:
    """Return *seconds* as it would be written on the command line: ``2m30s``, ``250ms``, ``0s``."""
    if seconds == 0:
        return "0s"
    milliseconds = float(f"{seconds * 1000:.3g}")
    if milliseconds < 1000:  # noqa: PLR2004 - a second
        return f"{milliseconds:g}ms"
    if seconds < 2 * SECONDS_PER_UNIT["m"]:
        return f"{seconds:.3g}s"
    words = ""
    left = round(seconds)
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(SECONDS_PER_UNIT[unit]))
        words += f"{count}{unit}" if count else ""
    return words


def poll_milliseconds(seconds: float) -> int:
    """Return *seconds* as poll(2) takes them: rounded up, or a wait would end just before its time.

    A wait that is longer than 24 days has to be gone on with.
    """
    return min(int(seconds * 1000) + 1, MAX_POLL) if seconds > 0 else 0


class ValueType:
    """One kind of text: *parse* returns its value or raises ValueError.

    *accepted* says in words what can be given, *metavar* in one word. Of a kind that is *many* a
    target may have several; what is *secret* is never shown.
    """

    __slots__ = ("accepted", "many", "metavar", "parse", "secret")

    def __init__(
        self,
        metavar: str,
        accepted: str,
        parse: Callable[[str], Any],
        *,
        many: bool = False,
        secret: bool = False,
    ) -> None:
        self.metavar = metavar
        self.accepted = accepted
        self.parse = parse
        self.many = many
        self.secret = secret

    def read(self, text: str, source: str) -> Any:  # noqa: ANN401 - each kind has values of its own
        """Return the value of *text*; raise UsageError, which names its *source*, if it has none."""
        try:
            return self.parse(text)
        except ValueError:
            raise UsageError(
                f"{source}: {quoted(text)} is not accepted; give {self.accepted}"
            ) from None


def one_of(values: Mapping[str, object]) -> Callable[[str], object]:
    """Return what reads one of the words that *values* has, in upper or lower case."""

    def parse(text: str) -> object:
        try:
            return values[text.lower()]
        except KeyError:
            raise ValueError(text) from None

    return parse


def ranges_of(allowed: range) -> Callable[[str], tuple[range, ...]]:
    """Return what reads numbers that are *allowed* and ranges of them: ``200,204-299``."""

    def number(text: str) -> int:
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(allowed[-1]))
        if not is_number or int(text) not in allowed:
            raise ValueError(text)
        return int(text)

    def parse(text: str) -> tuple[range, ...]:
        ranges = []
        for piece in text.split(","):
            low, dash, high = piece.partition("-")
            ranges.append(range(number(low), number(high if dash else low) + 1))
            if not ranges[-1]:
                raise ValueError(text)
        return tuple(ranges)

    return parse


def format_ranges(ranges: tuple[range, ...]) -> str:
    """Return *ranges* as they are written: ``200,204-299``."""
    return ",".join(f"{each[0]}" if len(each) == 1 else f"{each[0]}-{each[-1]}" for each in ranges)


def _nonzero_duration(text: str) -> float:
    seconds = parse_duration(text)
    if seconds == 0:
        raise ValueError(text)
    return seconds


def _some_text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or "\0" in text:
        raise ValueError(text)
    return text


DURATION = ValueType("DURATION", DURATION_FORMS, _nonzero_duration)
DURATION_OR_ZERO = ValueType("DURATION", f"{DURATION_FORMS}; or 0", parse_duration)
FLAG = ValueType(
    "",
    "1, true, yes, on, 0, false, no or off",
    one_of(
        {"1": True, "true": True, "yes": True, "on": True}
        | {"0": False, "false": False, "no": False, "off": False}
    ),
)
TEXT = ValueType("TEXT", "some text", _some_text)
PATH = ValueType("PATH", "an absolute path", _path)
# Of a key: what is no path may be the key itself.
SECRET_PATH = ValueType("PATH", "an absolute path", _path, secret=True)
