"""What a text may be, as the value of an option, of a variable, or of a target's own option."""

from __future__ import annotations

from untilup import duration
from untilup.display import quoted
from untilup.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    # What may stand in a target's fragment: the kind of its value, and what it means.
    Choices = dict[str, tuple["Kind", str]]


class Kind:
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


def _nonzero_duration(text: str) -> float:
    seconds = duration.parse(text)
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


DURATION = Kind("DURATION", duration.ACCEPTED, _nonzero_duration)
DURATION_OR_ZERO = Kind("DURATION", f"{duration.ACCEPTED}; or 0", duration.parse)
FLAG = Kind(
    "",
    "1, true, yes, on, 0, false, no or off",
    one_of(
        {"1": True, "true": True, "yes": True, "on": True}
        | {"0": False, "false": False, "no": False, "off": False}
    ),
)
TEXT = Kind("TEXT", "some text", _some_text)
PATH = Kind("PATH", "an absolute path", _path)
# Of a key: what is no path may be the key itself.
SECRET_PATH = Kind("PATH", "an absolute path", _path, secret=True)
