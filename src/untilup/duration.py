"""Durations as people write them: ``500ms``, ``5s``, ``2m``, ``1h30m``, or plain seconds."""

from __future__ import annotations

# From the longest to the shortest, the order in which they may follow each other ("1h30m").
SECONDS_PER_UNIT = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
SHORTEST = 0.001
LONGEST = 365 * SECONDS_PER_UNIT["d"]
ACCEPTED = "500ms, 5s, 2m, 1h30m or plain seconds, from 1ms to 365d"

# poll(2) takes milliseconds as a C int, which is 24 days.
LONGEST_POLL = 2**31 - 1


def parse(text: str) -> float:
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
    if not is_zero and not SHORTEST <= seconds <= LONGEST:
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


def spoken(seconds: float) -> str:
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


def for_poll(seconds: float) -> int:
    """Return *seconds* as poll(2) takes them: rounded up, or a wait would end just before its time.

    A wait that is longer than 24 days has to be gone on with.
    """
    return min(int(seconds * 1000) + 1, LONGEST_POLL) if seconds > 0 else 0
