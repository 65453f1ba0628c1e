"""The options of one target, which stand in its URL's fragment: ``#status=204&timeout=10s``.

A fragment is never sent to a server. Apart from target.py, because most targets have none.
"""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.percent import unquote
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from untilup.values import OptionTypes, ValueType


def parse_options(fragment: str, choices: OptionTypes) -> dict[str, Any]:
    """Return the value of each option in *fragment*; of those that may be given often, all values.

    Raise InvalidTarget for what *choices* do not have, for a bad value, and for one given twice.
    """
    pieces = [piece.partition("=") for piece in fragment.split("&")]
    # A secret with an "&" in it comes apart into what look like names of options.
    secret = any(name in choices and choices[name][0].secret for name, _, _ in pieces)
    options: dict[str, Any] = {}
    for name, equals, text in pieces:
        if name not in choices:
            shown = None if secret or not _may_be_a_name(name) else name
            raise InvalidTarget(
                f"unknown option {{}} after '#'; it may be {', '.join(choices)}", shown
            )
        kind = choices[name][0]
        if name in options and not kind.many:
            raise InvalidTarget(f"option '{name}' is given twice")
        value = _value(name, kind, unquote(text) if equals or kind is not FLAG else "true")
        options[name] = [*options.get(name, []), value] if kind.many else value
    return options


def _may_be_a_name(text: str) -> bool:
    """Tell whether *text* is spelled as options are: a secret that has come apart rarely is."""
    return text.isascii() and all(char.isalpha() or char in "-_" for char in text)


def _value(name: str, kind: ValueType, text: str) -> Any:  # noqa: ANN401 - each kind has values of its own
    try:
        return kind.parse(text)
    except ValueError:
        shown = None if kind.secret else text
        problem = f"option '{name}': {{}} is not accepted; give {kind.accepted}"
        raise InvalidTarget(problem, shown) from None
