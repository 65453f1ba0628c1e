"""Packets of the MySQL protocol, which MariaDB speaks too, up to a login.

The sources are MariaDB's "Clients & Utilities / Client-Server Protocol" and MySQL's "Source Code
Documentation / Client/Server Protocol", which describe the same packets.
"""

from __future__ import annotations

from untilup.protocols import mysql_errors
from untilup.protocols.framing import WrongProtocol

HEAD = 4  # the length (3 bytes), the packet number (1 byte)
# A greeting has some 80 bytes, an error at most 512 bytes of text.
MAX_PACKET = 4 * 1024
# The first byte of a packet: an error; in a greeting the protocol version, 9 before MySQL 3.21;
# after a login success, another authentication method, or more data for this method.
ERROR, VERSION_9, VERSION_10 = 0xFF, 9, 10
OK, AUTH_SWITCH_REQUEST, AUTH_MORE_DATA = 0x00, 0xFE, 0x01
SQLSTATE = 6  # "#" and five characters, since protocol 4.1
QUIT = b"\x01"

# Capabilities of the client: long passwords, protocol 4.1, secure authentication, and authentication
# methods by name.
CAPABILITIES = 0x0000_0001 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000
MAX_ANSWER = 1 << 24
UTF8 = 45  # utf8mb4_general_ci
# With this method an empty password is an empty response; with others it is one NUL byte.
NATIVE = b"mysql_native_password"


def packet(number: int, body: bytes) -> bytes:
    """Return the packet with that *number* and *body*."""
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def parse_greeting(received: bytes) -> tuple[int, str] | None:
    """Return the protocol version and the server version of a greeting; None if more has to come.

    Raise NotReady if the server sends an error instead, WrongProtocol if it is not MySQL's.
    """
    greeting = _body(received, 0)
    if greeting is None:
        return None
    if greeting[0] == ERROR:
        raise mysql_errors.failure(*_error(greeting))
    name, nul, rest = greeting[1:].partition(b"\0")
    # At least a thread id and half of the scramble follow.
    if greeting[0] not in {VERSION_9, VERSION_10} or not nul or len(rest) < HEAD + 8:
        raise WrongProtocol
    return greeting[0], name.decode("utf-8", "replace")


def parse_login_answer(received: bytes, number: int) -> bytes | None:
    """Return the body of the packet *number*, an answer to a login; None if more has to come.

    It may be the error of a server that serves others. Raise as *parse_greeting* does.
    """
    body = _body(received, number)
    if body is None:
        return None
    if body[0] == ERROR:
        code, text = _error(body)
        if not mysql_errors.is_serving(code):
            raise mysql_errors.failure(code, text)
    elif body[0] not in {OK, AUTH_SWITCH_REQUEST, AUTH_MORE_DATA}:
        raise WrongProtocol
    return body


def _body(received: bytes, number: int) -> bytes | None:
    """Return the body of the server's packet *number* in all bytes *received*; None if incomplete.

    The packets in between are the client's. An error may have any number.
    """
    at = 0
    body = b""
    for expected in range(0, number + 1, 2):
        head = received[at : at + HEAD]
        if len(head) < HEAD:
            return None
        length = int.from_bytes(head[:3], "little")
        if not 1 <= length <= MAX_PACKET:
            raise WrongProtocol
        at += HEAD + length
        if len(received) < at:
            return None
        body = received[at - length : at]
        if head[3] != expected and body[0] != ERROR:
            raise WrongProtocol
    return body


def _error(body: bytes) -> tuple[int, str]:
    """Return the code and the text of an error packet."""
    if len(body) < 3:  # noqa: PLR2004 - the first byte and the code
        raise WrongProtocol
    code, text = int.from_bytes(body[1:3], "little"), body[3:]
    if text[:1] == b"#":
        text = text[SQLSTATE:]
    return code, text.decode("utf-8", "replace")


def handshake_response(user: str) -> bytes:
    """Return the body of a login of *user* without a password (HandshakeResponse41)."""
    limits = CAPABILITIES.to_bytes(4, "little") + MAX_ANSWER.to_bytes(4, "little")
    return limits + bytes([UTF8]) + bytes(23) + user.encode() + b"\0" + b"\0" + NATIVE + b"\0"


def auth_response(body: bytes) -> bytes:
    """Return an empty password in the form that the packet *body* of the server asks for."""
    method = body[1:].partition(b"\0")[0]
    return b"" if body[0] == AUTH_SWITCH_REQUEST and method == NATIVE else b"\0"
