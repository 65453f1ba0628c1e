"""What stands around a value, and is no part of it: blanks, line ends, a byte order mark, quotes."""

from __future__ import annotations

from untilup.errors import InvalidTarget

BLANKS = {" ": "spaces", "\t": "tabs", "\n": "line ends", "\r": "line ends"}
# UTF-8's, decoded; and as the C locale decodes it (PEP 383).
BYTE_ORDER_MARKS = ("\ufeff", "\udcef\udcbb\udcbf")
_STRIPPED = "".join([*BLANKS, *BYTE_ORDER_MARKS])
QUOTES = "\"'"

_QUOTES = "has quotes that are no pair around it; remove them"
_COMMENT = "has a '#' at its beginning or after a space, as a comment has; remove the comment, or the space before an option"
_UNEXPANDED = "has $NAME, ${NAME} or $(NAME), and nothing has replaced it (Kubernetes leaves $(NAME) if NAME is not set); set it to the whole value, or write env:NAME or env:HOST:PORT"


def strip(text: str) -> tuple[str, list[str]]:
    """Return *text* without what surrounds it, and the names of what was removed.

    Of quotes one pair is removed, if they match and the text has no other.
    """
    removed: dict[str, None] = {}
    text = _strip_blanks(text, removed)
    if len(text) > 1 and text[0] in QUOTES and text.find(text[0], 1) == len(text) - 1:
        text = _strip_blanks(text[1:-1], removed)
        removed["quotes"] = None
    return text, list(removed)


def _strip_blanks(text: str, removed: dict[str, None]) -> str:
    kept = text.strip(_STRIPPED)
    begin = text.find(kept)
    for char in dict.fromkeys(text[:begin] + text[begin + len(kept) :]):
        removed[BLANKS.get(char, "a byte order mark")] = None
    return kept


def raise_if_unfinished(text: str, described: str) -> None:
    """Raise InvalidTarget if *text* has odd quotes, a comment, or a variable that nothing has replaced.

    It is *described* in the message, which shows nothing of it.
    """
    # An option may end in quotes.
    if text[:1] in (*QUOTES,) or (text[-1:] in (*QUOTES,) and "#" not in text):
        raise InvalidTarget(f"{described} {_QUOTES}")
    at = text.find("#")
    while at >= 0:
        if not at or text[at - 1] in BLANKS:
            raise InvalidTarget(f"{described} {_COMMENT}")
        at = text.find("#", at + 1)
    if text.startswith("$") or _has_a_name(text, "${", "}") or _has_a_name(text, "$(", ")"):
        raise InvalidTarget(f"{described} {_UNEXPANDED}")


def _has_a_name(text: str, begin: str, end: str) -> bool:
    """Tell whether *text* has the name of a variable between *begin* and *end*, perhaps with a default."""
    last = text.rfind(end)
    at = text.find(begin, 0, max(0, last))
    while at >= 0:
        first = text[at + len(begin) : at + len(begin) + 1]
        if first == "_" or (first.isascii() and first.isalpha()):
            return True
        at = text.find(begin, at + 1, last)
    return False
