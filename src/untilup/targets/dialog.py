"""What a client sends and what it expects, as the options of a target: ``#send=ruok&expect=imok``."""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.targets.syntax import DIALOG, EXPECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}
HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def unescape(text: str) -> bytes:
    r"""Return *text* in UTF-8, with the bytes of ``\r``, ``\n``, ``\t``, ``\xHH`` and ``\\``.

    Raise ValueError if there is no text, and for a backslash before anything else.
    """
    if not text:
        raise ValueError(text)
    whole = b""
    begin = 0
    while (at := text.find("\\", begin)) >= 0:
        whole += _encode(text[begin:at])
        letter, digits = text[at + 1 : at + 2], text[at + 2 : at + 4]
        if letter in ESCAPES:
            whole += ESCAPES[letter]
            begin = at + 2
        elif letter == "x" and len(digits) == 2 and HEXADECIMAL.issuperset(digits):  # noqa: PLR2004 - \xHH
            whole += bytes.fromhex(digits)
            begin = at + 4
        else:
            raise ValueError(text)
    return whole + _encode(text[begin:])


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def validate(target: Target) -> None:
    """Raise InvalidTarget if the dialog of *target* ends before anything shows that the server is up."""
    if target.options[DIALOG][-1][0] != EXPECT:
        raise InvalidTarget(
            "'send' is the end of its dialog, and no answer shows that the target is up; add expect=TEXT"
        )
