"""Parses the greeting of a mail server, which speaks first (RFC 5321 sections 3.1 and 4.2)."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, too_long

QUIT = b"QUIT\r\n"
# Section 4.5.3.1.5: a line has at most 512 bytes. Servers greet with a few lines.
MAX_GREETING = 8 * 1024
_CODE = 3

# A code of three digits (section 4.2): of the greeting, and of a refusal, for now or for good.
_GREETING, _NOT_AVAILABLE = "220", "421"
_DIGITS = b"0123456789"
_REFUSALS = (b"4", b"5")
# Some servers answer 421 to a client that has too many connections.
_LIMIT = "Wait, or raise the server's limits of connections. Look at its log."


def is_serving(received: bytes) -> bool:
    """Tell whether *received* is the whole greeting of a server that accepts mail; False if more has to come.

    Raise NotReady for a refusal, WrongProtocol for another protocol.
    """
    code = received[:_CODE]
    if not (
        is_of_digits(code)
        and (code[:1] in {b"", *_REFUSALS} or _GREETING.encode().startswith(code))
        and received[_CODE : _CODE + 1] in {b"", b" ", b"-", b"\r", b"\n"}
    ):
        raise WrongProtocol
    *lines, _ = received[:MAX_GREETING].split(b"\n")
    for line in lines:
        # The code of each line is the same; the last line has no '-' after it.
        if not line.startswith(code):
            raise WrongProtocol
        if received[:1] in _REFUSALS:
            raise _refusal(line.rstrip(b"\r").decode("utf-8", "replace"))
        if line[_CODE : _CODE + 1] != b"-":
            return True
    if len(received) >= MAX_GREETING:
        raise too_long()
    return False


def is_of_digits(text: bytes) -> bool:
    """Tell whether *text* has nothing but decimal digits."""
    return all(byte in _DIGITS for byte in text)


def _refusal(line: str) -> NotReady:
    if line.startswith(_NOT_AVAILABLE):
        detail = f"the server answers, but it is not available now: {printable(line)}"
        return answered("not-serving", detail, _LIMIT)
    return answered("server-error", f"the server accepts no mail from here: {printable(line)}")
