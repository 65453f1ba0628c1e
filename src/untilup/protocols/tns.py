"""Encodes Oracle's TNS CONNECT packet, parses the listener's answer, and says what it means.

The sources are python-oracledb's thin driver (messages/connect.pyx) for the packets, and "Oracle
Database Error Messages" for the numbers. A listener answers before any login.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol

# A packet: length (2 bytes), checksum (2), type, flags, checksum of the header (2).
HEADER = 8
CONNECT, ACCEPT, REFUSE, REDIRECT, RESEND = 1, 2, 4, 5, 11
ANSWERS = (ACCEPT, REFUSE, REDIRECT, RESEND)
# An answer has some hundred bytes, a redirect the descriptor of another address.
MAX_LENGTH = 8 * 1024
# A refusal: reasons of the user and of the system (1 byte each), the length of the text (2 bytes).
REFUSAL = 4
# The number of an error has five digits at most: ORA-12514. CPython refuses to parse thousands of them.
MAX_DIGITS = 5

# The first fields of a CONNECT packet: the version of the client, and the oldest that it accepts.
VERSION, COMPATIBLE = 319, 300
# As the thin driver has them: no urgent data, and no negotiation of native encryption.
OPTIONS = 0x0001
SDU = 8192
NT_CHARACTERISTICS = 0x4F98
ONE = 1  # in the client's byte order
NSI_FLAGS = 0x8484
DATA_OFFSET = 74
# Longer data would need a packet of its own.
MAX_DATA = 230

SERVICE, SID = "SERVICE_NAME", "SID"
# The database has not registered the name with the listener.
_UNKNOWN = {12514: "the service", 12505: "the SID"}
_STARTING = "the database is starting or mounted, or is shutting down"
_FULL = "no handler is free"
_RAISE = "Raise the database's PROCESSES, or find the client that keeps connections open. After a start this ends by itself."
# number -> reason, what it means, hint
_MEANINGS = {
    12516: ("not-serving", f"{_FULL} yet, or the database's limit of connections is reached", _RAISE),
    12518: ("not-serving", "the listener could not pass on the connection", ""),
    12519: ("too-many-clients", f"{_FULL}: the database's limit of connections is reached", _RAISE),
    12520: ("not-serving", f"{_FULL} for this kind of server, or the database is starting", _RAISE),
    12526: ("not-serving", f"{_STARTING}, and only administrators may connect", ""),
    12527: ("not-serving", f"{_STARTING}, and only administrators may connect", ""),
    12528: ("not-serving", f"{_STARTING}, and blocks new connections", ""),
}  # fmt: skip
_OTHERWISE = ("server-error", "the listener refuses the connection", "Look at the listener's log.")
_UNREGISTERED = "Wait, if the database is starting. Otherwise compare the name with those that `lsnrctl services` lists."


def connect_packet(kind: str, name: str) -> bytes:
    """Return a CONNECT packet for the service or the SID, by *kind*, of that *name*.

    The name must have no parenthesis, and the data no more than MAX_DATA bytes.
    """
    data = f"(DESCRIPTION=(CONNECT_DATA=({kind}={name})(CID=(PROGRAM=untilup)(HOST=untilup)(USER=untilup))))".encode()
    numbers = (
        *(VERSION, COMPATIBLE, OPTIONS, SDU, SDU, NT_CHARACTERISTICS, 0, ONE),
        *(len(data), DATA_OFFSET, 0, 0, NSI_FLAGS),
        # Fields of old versions, and the data units of new ones, in 4 bytes each.
        *(0,) * 12,
        *(0, SDU, 0, SDU),
    )
    body = b"".join(number.to_bytes(2, "big") for number in numbers)
    body = body.ljust(DATA_OFFSET - HEADER, b"\0") + data
    length = HEADER + len(body)
    return length.to_bytes(2, "big") + bytes([0, 0, CONNECT, 0, 0, 0]) + body


def parse_answer(received: bytes) -> tuple[int, bytes] | None:
    """Return the type and the body of the first packet; None if more has to come.

    Raise WrongProtocol if it is not of TNS.
    """
    # Each field is checked as soon as it is there.
    if len(received) >= 2 and not HEADER <= int.from_bytes(received[:2], "big") <= MAX_LENGTH:  # noqa: PLR2004 - the bytes of the length
        raise WrongProtocol
    if (
        any(received[2:4])
        or any(received[6:HEADER])
        or (received[4:5] and received[4] not in ANSWERS)
    ):
        raise WrongProtocol
    length = int.from_bytes(received[:2], "big")
    if len(received) < max(length, HEADER):
        return None
    kind, body = received[4], received[HEADER:length]
    if kind == REFUSE and len(body) < REFUSAL:
        raise WrongProtocol
    return kind, body


def refusal(body: bytes) -> tuple[int, str]:
    """Return the number of the error in the body of a refusal, 0 if it has none, and its text."""
    length = int.from_bytes(body[2:REFUSAL], "big")
    text = body[REFUSAL : REFUSAL + length].decode("utf-8", "replace")
    digits = text.upper().partition("(ERR=")[2].partition(")")[0]
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS
    return (int(digits) if is_number else 0), text


def is_unknown(number: int) -> bool:
    """Tell whether the listener does not know the service or the SID, or not yet."""
    return number in _UNKNOWN


def failure(number: int, text: str, name: str) -> NotReady:
    """Return the failure for a refusal with that *number* and *text*; *name* is that of the service."""
    if number in _UNKNOWN:
        detail = f"the listener is up, but no database has registered {_UNKNOWN[number]} {name} (ORA-{number})"
        return answered("not-registered", detail, _UNREGISTERED)
    reason, meaning, hint = _MEANINGS.get(number, _OTHERWISE)
    shown = f"ORA-{number}" if number else printable(text)
    return answered(reason, f"{meaning} ({shown})", hint)
