"""Percent-encoding (RFC 3986 section 2.1): the bytes that ``%XX`` stands for."""

from __future__ import annotations

from untilup.errors import InvalidTarget

HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


def unquote(text: str) -> str:
    """Return *text* with each ``%XX`` replaced by the byte that it stands for.

    Raise InvalidTarget where a percent sign is followed by anything else. A ``+`` is a plus sign.
    """
    try:
        first, *rest = text.encode("utf-8", "surrogateescape").split(b"%")
    except UnicodeEncodeError:  # no argv and no variable can hold it
        raise InvalidTarget("it has characters that are none") from None
    whole = first
    for piece in rest:
        digits = piece[:2]
        if len(digits) != 2 or not HEXADECIMAL.issuperset(digits):  # noqa: PLR2004 - %XX
            raise InvalidTarget(
                "a '%' stands before two hexadecimal digits; write %25 for the sign"
            )
        whole += bytes.fromhex(digits.decode()) + piece[2:]
    return whole.decode("utf-8", "surrogateescape")


def unquote_lenient(text: str) -> str:
    """Return *text* decoded, or as it is: with a percent sign that is not encoded."""
    try:
        return unquote(text)
    except InvalidTarget:
        return text
