"""Messages of TDS, the protocol of SQL Server, up to a login: PRELOGIN, LOGIN7, and the tokens of an answer.

The source is Microsoft's [MS-TDS], whose sections are named below.
"""

from __future__ import annotations

from _codecs import (
    utf_16_le_decode,
    utf_16_le_encode,
)  # the executable has no module for this codec

from untilup.protocols.framing import WrongProtocol, too_long

# A packet, 2.2.3.1: type, status, length (2 bytes, big-endian), session (2), number, window.
HEADER = 8
PRELOGIN, LOGIN7, RESPONSE = 0x12, 0x10, 0x04
LAST = 0x01  # the status of the last packet of a message
PACKET_SIZE = 4096
# An answer to a login has some hundred bytes.
MAX_PACKET = 32 * 1024
MAX_MESSAGE = 64 * 1024

# Options of PRELOGIN, 2.2.6.5: token, offset and length (2 bytes each); then the data.
VERSION, ENCRYPTION, TERMINATOR = 0x00, 0x01, 0xFF
OPTION = 5
# What a side says about encryption: only the login, the whole session, not possible, required.
OFF, ON, NOT_SUPPORTED, REQUIRED = range(4)

# Fields of LOGIN7, 2.2.6.4: TDS 7.4; a failed change of database or language is fatal; ODBC.
TDS_7_4 = 0x7400_0004
OPTION_FLAGS = bytes((0xF0, 0x02, 0, 0))
FIXED = 94

# Tokens of an answer, 2.2.7. These have a length of 2 bytes, a DONE has 12 bytes.
ERROR, INFO, LOGINACK, ENVCHANGE = 0xAA, 0xAB, 0xAD, 0xE3
DONE, DONE_LENGTH = 0xFD, 12
# A number (4 bytes), state, class, the length of the text (2 bytes), which is UTF-16.
ERROR_HEAD = 8
NO_ERROR = (0, 0, "")


def packet(kind: int, body: bytes) -> bytes:
    """Return a message of one packet."""
    length = (HEADER + len(body)).to_bytes(2, "big")
    return bytes([kind, LAST]) + length + bytes([0, 0, 1, 0]) + body


def prelogin(encryption: int) -> bytes:
    """Return the first message of a client: its version, which is 0, and what it says about *encryption*."""
    version, start = bytes(6), 2 * OPTION + 1
    head = b"".join(
        bytes([token]) + at.to_bytes(2, "big") + size.to_bytes(2, "big")
        for token, at, size in (
            (VERSION, start, len(version)),
            (ENCRYPTION, start + len(version), 1),
        )
    )
    return packet(PRELOGIN, head + bytes([TERMINATOR]) + version + bytes([encryption]))


def login(user: str) -> bytes:
    """Return a login of *user* without a password, to no database in particular."""
    # Host, user, password, application, server, an extension, library, language, database.
    texts = (user, user, "", user, "", "", user, "", "")
    places = data = b""
    for text in texts:
        places += (FIXED + len(data)).to_bytes(2, "little") + len(text).to_bytes(2, "little")
        data += utf_16_le_encode(text)[0]
    # No address of a network card; no SSPI, file and new password, which are at the end.
    end = (FIXED + len(data)).to_bytes(2, "little") + bytes(2)
    places += bytes(6) + 3 * end + bytes(4)
    numbers = (FIXED + len(data), TDS_7_4, PACKET_SIZE, 0, 0, 0)
    head = b"".join(number.to_bytes(4, "little") for number in numbers)
    return packet(LOGIN7, head + OPTION_FLAGS + bytes(8) + places + data)


def parse_handshake(received: bytes) -> tuple[bytes, bytes] | None:
    """Return what the server's next packet of a TLS handshake holds, and the bytes after it.

    None if more has to come. Raise WrongProtocol if it is no such packet.
    """
    if received and received[0] not in {PRELOGIN, RESPONSE}:
        raise WrongProtocol(received=received)
    length = int.from_bytes(received[2:4], "big")
    if len(received) >= HEADER and length <= HEADER:
        raise WrongProtocol(received=received)
    if len(received) < max(length, HEADER):
        return None
    return received[HEADER:length], received[length:]


def parse_message(received: bytes) -> tuple[bytes, bytes] | None:
    """Return the body of the server's next message and the bytes after it; None if more has to come.

    Raise WrongProtocol if it is not of TDS, NotReady if it does not end.
    """
    body, rest = b"", received
    while True:
        # Each field is checked as soon as it is there.
        if rest and rest[0] != RESPONSE:
            raise WrongProtocol
        length = int.from_bytes(rest[2:4], "big")
        if len(rest) >= 4 and not HEADER < length <= MAX_PACKET:  # noqa: PLR2004 - to the end of the length
            raise WrongProtocol
        if len(rest) < max(length, HEADER):
            return None
        body += rest[HEADER:length]
        if len(body) > MAX_MESSAGE:
            raise too_long()
        is_last = rest[1] & LAST
        rest = rest[length:]
        if is_last:
            return body, rest


def encryption_in(body: bytes) -> int:
    """Return what the answer to PRELOGIN says about encryption; raise WrongProtocol if it is none."""
    for at in range(0, len(body), OPTION):
        token = body[at]
        start, size = (int.from_bytes(body[at + n : at + n + 2], "big") for n in (1, 3))
        if token == TERMINATOR or start + size > len(body):
            break
        if token == ENCRYPTION and size == 1 and body[start] <= REQUIRED:
            return body[start]
    raise WrongProtocol


def error_in(body: bytes) -> tuple[int, int, str]:
    """Return the number, the class and the text of the first error in an answer; NO_ERROR after a login.

    Raise WrongProtocol if it is neither.
    """
    at = 0
    is_logged_in = False
    while at < len(body):
        token = body[at]
        if token == DONE:
            at += DONE_LENGTH + 1
            continue
        if token not in {ERROR, INFO, LOGINACK, ENVCHANGE}:
            break
        end = at + 3 + int.from_bytes(body[at + 1 : at + 3], "little")
        data = body[at + 3 : end]
        if end > len(body):
            break
        if token == ERROR:
            return _error(data)
        is_logged_in = is_logged_in or token == LOGINACK
        at = end
    if is_logged_in:
        return NO_ERROR
    raise WrongProtocol


def _error(data: bytes) -> tuple[int, int, str]:
    if len(data) < ERROR_HEAD:
        raise WrongProtocol
    size = 2 * int.from_bytes(data[6:ERROR_HEAD], "little")
    text, _ = utf_16_le_decode(data[ERROR_HEAD : ERROR_HEAD + size], "replace")
    return int.from_bytes(data[:4], "little"), data[5], text
