"""Percent-encoding (RFC 3986 section 2.1): the bytes that ``%XX`` stands for."""

from __future__ import annotations

from untilup.errors import InvalidTarget

HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


def unquote(text: str) -> str:
    """Return *text* with each ``%XX`` replaced by the byte that it stands for.

    Raise InvalidTarget if anything else follows a percent sign. A ``+`` is a plus sign.
    """
    try:
        first, *rest = text.encode("utf-8", "surrogateescape").split(b"%")
    except UnicodeEncodeError:  # no argv and no variable can hold it
        raise InvalidTarget("it has characters that cannot be encoded") from None
    whole = first
    for piece in rest:
        digits = piece[:2]
        if len(digits) != 2 or not HEXADECIMAL.issuperset(digits):  # noqa: PLR2004 - %XX
            raise InvalidTarget(
                "a '%' must be followed by two hexadecimal digits; write %25 for a percent sign"
            )
        whole += bytes.fromhex(digits.decode()) + piece[2:]
    return whole.decode("utf-8", "surrogateescape")


def unquote_lenient(text: str) -> str:
    """Return *text* decoded, or as it is: with a percent sign that is not encoded."""
    try:
        return unquote(text)
    except InvalidTarget:
        return text


def quote(text: str, safe: str = "/") -> str:
    """Return *text*, a path, with each byte encoded that is no letter, no digit and not *safe*."""
    kept = f"{safe}-_."
    return "".join(
        char
        if char in kept or (char.isascii() and char.isalnum())
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
        for char in text
    )
