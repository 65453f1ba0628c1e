"""Value types: how the values of options, of variables and of targets' own options are parsed."""

from __future__ import annotations

from untilup.display import quoted
from untilup.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    # The options of a target by name: the type of the value, and the meaning.
    OptionTypes = dict[str, tuple["ValueType", str]]

# From the longest to the shortest, which is their order in a duration ("1h30m").
SECONDS_PER_UNIT = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
IN_NUMBERS = "0123456789."
MIN_DURATION = 0.001
MAX_DURATION = 365 * SECONDS_PER_UNIT["d"]
TOO_SHORT = "is too short; the shortest duration is 1ms"
DURATION_FORMS = "30, 30s, 500ms, 2m or 1h30m (1ms to 365d)"

# A moment that never comes. That of math is in an extension module, which a start would have to load.
inf = float("inf")
# poll(2) takes milliseconds as a C int, which is 24 days.
MAX_POLL = 2**31 - 1
QUOTES = "\"'"
DIGITS_OF_A_STATUS = 3


class BadDuration(ValueError):
    """What is wrong with a duration, and what to write: the message completes "'366d' ..."."""


def parse_duration(text: str) -> float:
    """Return *text* in seconds: 0, or 1 ms to 365 days; raise ValueError for everything else."""
    if len(text.split()) > 1:
        raise BadDuration("has a space; write 30s or 1h30m")
    # A number alone is in seconds.
    rest = text if text.strip(IN_NUMBERS) else f"{text}s"
    seconds = 0.0
    for unit, factor in SECONDS_PER_UNIT.items():
        number, found, after = rest.partition(unit)
        begins_ms = unit == "m" and after.startswith("s")
        if found and not number.strip(IN_NUMBERS) and not begins_ms:
            seconds += float(number) * factor
            rest = after
    if rest:
        raise ValueError(text)
    is_zero = not text.strip("0.dhms")  # by its digits: a float rounds the smallest numbers to 0
    if seconds > MAX_DURATION:
        raise BadDuration("is too long; the longest duration is 365d")
    if seconds < MIN_DURATION and not is_zero:
        raise BadDuration(TOO_SHORT)
    return seconds


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

    A wait of more than 24 days needs several calls.
    """
    return min(int(seconds * 1000) + 1, MAX_POLL) if seconds > 0 else 0


class ValueType:
    """How the value of an option is written: *parse* returns the value of a text or raises ValueError.

    *accepted* completes "write ...", and *metavar* is the placeholder in ``--help``. A target may have
    *many* values of some types. Those of all options with the same *series* are kept under that name, in
    the order in which they are written. A *secret* value is never shown.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each property of a type
        self,
        metavar: str,
        accepted: str,
        parse: Callable[[str], Any],
        *,
        many: bool = False,
        secret: bool = False,
        series: str = "",
    ) -> None:
        self.metavar = metavar
        self.accepted = accepted
        self.parse = parse
        self.many = many
        self.secret = secret
        self.series = series

    def read(self, text: str, source: str) -> Any:  # noqa: ANN401 - the type of the value depends on the kind
        """Return the value of *text*; raise UsageError, which names its *source*, if it has none."""
        try:
            return self.parse(text)
        except ValueError as error:
            has_space = isinstance(error, BadDuration) and len(text.split()) > 1
            shown = "the value" if has_space else quoted(text)
            raise UsageError(f"{source}: {shown} {self.problem(text, error)}") from None

    def problem(self, text: str, error: ValueError) -> str:
        """Return what is wrong with *text*, which *parse* refuses by *error*, and what to write."""
        if isinstance(error, BadDuration):
            return str(error)
        if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
            return f"is not accepted; remove the quotes, and write {self.accepted}"
        return f"is not accepted; write {self.accepted}"


def one_of(values: Mapping[str, object]) -> Callable[[str], object]:
    """Return a parser for the names in *values*, in upper or lower case."""

    def parse(text: str) -> object:
        try:
            return values[text.lower()]
        except KeyError:
            raise ValueError(text) from None

    return parse


def ranges_of(allowed: range, *, classes: bool = False) -> Callable[[str], tuple[range, ...]]:
    """Return a parser for *allowed* numbers and ranges of them: ``200,204-299``.

    With *classes* it accepts ``2xx`` for 200 to 299 as well.
    """

    def number(text: str) -> int:
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(allowed[-1]))
        if not is_number or int(text) not in allowed:
            raise ValueError(text)
        return int(text)

    def bounds(piece: str) -> tuple[int, int]:
        if classes and len(piece) == DIGITS_OF_A_STATUS and piece[1:].lower() == "xx":
            return number(f"{piece[0]}00"), number(f"{piece[0]}99")
        low, dash, high = piece.partition("-")
        return number(low), number(high if dash else low)

    def parse(text: str) -> tuple[range, ...]:
        ranges = []
        for piece in text.split(","):
            low, high = bounds(piece)
            ranges.append(range(low, high + 1))
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
        raise BadDuration(TOO_SHORT)
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
DURATION_OR_ZERO = ValueType("DURATION", f"{DURATION_FORMS}, or 0", parse_duration)
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
# The path of a key: a value that is not a path may be the key itself.
SECRET_PATH = ValueType("PATH", "an absolute path", _path, secret=True)
