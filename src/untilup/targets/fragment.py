"""The options of one target, in its URL's fragment: ``#status=204&timeout=10s``.

A fragment is never sent to a server. A shell would take an ``&`` as the end of the command, so options
may be separated by a ``#`` as well: ``#status=204#timeout=10s``.
"""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.percent import unquote
from untilup.targets import hostport
from untilup.values import FLAG, TEXT, ValueType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from untilup.values import OptionTypes


def _port(text: str) -> str:
    if not hostport.is_port(text):
        raise ValueError(text)
    return text


# The options of env: targets alone: what the variable holds, and what it means.
OF_VARIABLES: OptionTypes = {
    "any": (FLAG, "wait for any member of a list"),
    "all": (FLAG, "wait for all members of a list"),
    "scheme": (
        ValueType("SCHEME", "a scheme", TEXT.parse),
        "the scheme of a value that has none; a list is then the servers of one service",
    ),
    "default-port": (
        ValueType("PORT", f"a number from 1 to {hostport.MAX_PORT}", _port),
        "the port of a value that has none",
    ),
    "if-set": (FLAG, "leave the target out if the variable is not set"),
}
_IN_VALUE = "; in a value write '#' as %23 and '&' as %26"


class UnknownOption(InvalidTarget):
    """An option that is not one of the *choices*; *cure* says what was probably meant.

    If it is *in_value*, it may be the end of the value before it. *piece* is its name, or None.
    """

    def __init__(
        self, piece: str | None, choices: OptionTypes, *, in_value: bool, cure: str = ""
    ) -> None:
        told = f"unknown option {{}} after '#'; {cure}".removesuffix("; ")
        told += f"{' It' if cure.endswith('?') else '; it'} may be {', '.join(choices)}"
        super().__init__(f"{told}{_IN_VALUE if in_value else ''}", piece)
        self.choices = choices
        self.in_value = in_value


def parse_options(fragment: str, choices: OptionTypes) -> dict[str, Any]:
    """Return the value of each option in *fragment*; all values of an option, or of a series, that may be repeated.

    Raise InvalidTarget for an unknown option, for a bad value, and for an option that is given twice.
    """
    pieces = [piece.partition("=") for piece in fragment.replace("#", "&").split("&")]
    # A secret with an "&" or "#" in it comes apart into what look like names of options.
    secret = any(name in choices and choices[name][0].secret for name, _, _ in pieces)
    options: dict[str, Any] = {}
    for name, equals, text in pieces:
        if name not in choices:
            shown = None if secret or not may_be_a_name(name) else name
            raise _unknown(name, shown, choices, in_value=bool(options))
        kind = choices[name][0]
        if name in options and not kind.many:
            # The placeholder of a list is a plural: CODES, NAMES.
            cure = ", with commas between its values" if kind.metavar.endswith("S") else ""
            raise InvalidTarget(f"option '{name}' is given twice; write it once{cure}")
        value = _value(name, kind, unquote(text) if equals or kind is not FLAG else "true")
        kept_as = kind.series or name
        options[kept_as] = [*options.get(kept_as, []), value] if kind.many else value
    return options


def _unknown(
    name: str, shown: str | None, choices: OptionTypes, *, in_value: bool
) -> InvalidTarget:
    if name in OF_VARIABLES:
        return InvalidTarget(
            f"'{name}' is an option of env: targets only: write it after env:NAME", shown
        )
    if not name:
        cure = _IN_VALUE if in_value else ""
        return InvalidTarget(
            f"there is no option after '#' or '&'; it may be {', '.join(choices)}{cure}", shown
        )
    return UnknownOption(shown, choices, in_value=in_value)


def may_be_a_name(text: str) -> bool:
    """Tell whether *text* is spelled as options and parameters are: a piece of a secret rarely is."""
    return text.isascii() and all(char.isalpha() or char in "-_" for char in text)


def _value(name: str, kind: ValueType, text: str) -> Any:  # noqa: ANN401 - the type of the value depends on the kind
    try:
        return kind.parse(text)
    except ValueError as error:
        shown = None if kind.secret else text
        raise InvalidTarget(f"option '{name}': {{}} {kind.problem(text, error)}", shown) from None
