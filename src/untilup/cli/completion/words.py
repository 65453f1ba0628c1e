"""What can be completed, from the tables that everything else is made from, for all shells alike."""

from __future__ import annotations

from untilup import checks
from untilup.cli import schemes
from untilup.cli.exiting_options import EXITING, PATH
from untilup.display import COMMAND, FROM_ENVIRONMENT
from untilup.options import OPTIONS
from untilup.targets.fragment import OF_VARIABLES
from untilup.targets.syntax import COMMON_OPTIONS
from untilup.values import DURATION, DURATION_OR_ZERO, FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from untilup.cli.exiting_options import Exiting
    from untilup.values import OptionTypes, ValueType

    # None for a flag, PATHS, or the words that are offered, of which there may be none.
    Values = str | tuple[str, ...] | None

DURATIONS = ("500ms", "1s", "5s", "10s", "30s", "1m", "5m", "10m")
# What a shell completes by itself.
PATHS = PATH
# A pattern of all shells: what a shell or exec: could read as something else than a part of a name. The
# name of a program that has such a character is not offered after exec:, which would need two quotes.
UNSAFE = "[^[:alnum:]_./+@%:,=-]"


class Word:
    """An option of untilup or of a target: *name* as it is written, its *values*, what it means."""

    def __init__(self, name: str, values: Values, meaning: str) -> None:
        self.name = name
        self.values = values
        self.meaning = meaning

    @property
    def summary(self) -> str:
        """The meaning as far as one line of a list has room for it."""
        first = self.meaning.partition(";")[0].partition(" (")[0]
        return first.rstrip(".").replace("`", "")


def options() -> Iterator[Word]:
    """Yield every spelling of untilup's options."""
    for option in OPTIONS:
        for spelling in (option.short, option.flag, option.negative):
            if spelling:
                yield Word(spelling, _values(option.kind), option.meaning)
    for exiting in EXITING:
        for spelling in exiting.names:
            yield Word(spelling, _values_of(exiting), exiting.meaning)


def beginnings() -> list[str]:
    """Return how a target may begin: ``postgres://``, ``exec:``, ``env:``."""
    return [*(f"{scheme}://" for scheme in schemes.of_urls()), COMMAND, FROM_ENVIRONMENT]


def target_options() -> dict[str, list[Word]]:
    """Return the options that may follow ``#``, by the scheme; "" has those that every target knows."""
    found = {"": _words(COMMON_OPTIONS), FROM_ENVIRONMENT[:-1]: _words(OF_VARIABLES)}
    for scheme in schemes.known():
        syntax = checks.syntax_of(scheme)
        if syntax and syntax.options:
            found[scheme] = _words(syntax.options)
    return found


def _words(table: OptionTypes) -> list[Word]:
    return [
        Word(name if kind is FLAG else f"{name}=", _values(kind), meaning)
        for name, (kind, meaning) in table.items()
    ]


def _values_of(exiting: Exiting) -> Values:
    if not exiting.metavar:
        return None
    return PATHS if exiting.metavar == PATH else tuple(exiting.metavar.split("|"))


def _values(kind: ValueType) -> Values:
    if kind is FLAG:
        return None
    if kind.metavar == PATHS:
        return PATHS
    if kind in {DURATION, DURATION_OR_ZERO}:
        return DURATIONS if kind is DURATION else ("0", *DURATIONS)
    return _choices(kind)


def _choices(kind: ValueType) -> tuple[str, ...]:
    """Return what *accepted* lists in words, if each of them is accepted and so is nothing but a choice."""
    listed = tuple(kind.accepted.replace(" or ", ", ").split(", "))
    return listed if len(listed) > 1 and all(_accepts(kind, text) for text in listed) else ()


def _accepts(kind: ValueType, text: str) -> bool:
    try:
        kind.parse(text)
    except ValueError:
        return False
    return True
