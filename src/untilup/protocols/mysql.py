"""MySQL's and MariaDB's protocol as far as a login that is refused, and no sockets.

MariaDB's "Clients & Utilities / Client-Server Protocol" and MySQL's "Source Code Documentation /
Client/Server Protocol" describe the same packets.
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol

HEAD = 4  # three bytes of length, one that counts packets
# A greeting has some 80 bytes, an error at most 512 of text.
LONGEST_PACKET = 4 * 1024
# What the first byte says: an error; in its place in a greeting the protocol's version, 9 before
# MySQL 3.21; after a login: that it is done, that the client has to prove itself in another way, or
# that there is more to be said about this way.
ERROR, VERSION_9, VERSION_10 = 0xFF, 9, 10
OK, AUTH_SWITCH_REQUEST, AUTH_MORE_DATA = 0x00, 0xFE, 0x01
SQLSTATE = 6  # "#" and five characters, from protocol 4.1 on
QUIT = b"\x01"

# Capabilities of the client: long passwords, as ever; protocol 4.1; its way of proving itself; that
# the way may be another one, which is named.
CAPABILITIES = 0x0000_0001 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000
LONGEST_ANSWER = 1 << 24
UTF8 = 45  # utf8mb4_general_ci
# The way that has no secret to prove: nothing. Others take one NUL for an empty password.
NATIVE = b"mysql_native_password"


class PacketReader:
    """The packets that a server sends, as they come."""

    __slots__ = ("_buffer", "number")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.number = 0

    def feed(self, data: bytes) -> bytes | None:
        """Take in what came next; return the next packet, which has this *number*, once it is complete.

        Raise WrongProtocol where it is longer than any here, or out of turn, which errors may be.
        """
        self._buffer += data
        if len(self._buffer) < HEAD:
            return None
        length, number = int.from_bytes(self._buffer[:3], "little"), self._buffer[3]
        if not 1 <= length <= LONGEST_PACKET:
            raise WrongProtocol
        if len(self._buffer) < HEAD + length:
            return None
        if number != self.number and self._buffer[HEAD] != ERROR:
            raise WrongProtocol
        packet = bytes(self._buffer[HEAD : HEAD + length])
        del self._buffer[: HEAD + length]
        return packet


def packet(number: int, body: bytes) -> bytes:
    """Return *body* as the packet of that *number*."""
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def error(body: bytes) -> tuple[int, str]:
    """Return the number and the text of an error packet."""
    code, text = int.from_bytes(body[1:3], "little"), body[3:]
    if text[:1] == b"#":
        text = text[SQLSTATE:]
    if len(body) < 3:  # noqa: PLR2004 - the first byte and the number
        raise WrongProtocol
    return code, text.decode("utf-8", "replace")


def version(greeting: bytes) -> tuple[int, str]:
    """Return the protocol's and the server's version, of the first packet; raise WrongProtocol for others."""
    name, nul, rest = greeting[1:].partition(b"\0")
    # A thread's number and half of the scramble follow, whatever else does.
    if greeting[0] not in {VERSION_9, VERSION_10} or not nul or len(rest) < HEAD + 8:
        raise WrongProtocol
    return greeting[0], name.decode("utf-8", "replace")


def handshake_response(user: str) -> bytes:
    """Return the body by which *user* logs in without a password (HandshakeResponse41)."""
    limits = CAPABILITIES.to_bytes(4, "little") + LONGEST_ANSWER.to_bytes(4, "little")
    return limits + bytes([UTF8]) + bytes(23) + user.encode() + b"\0" + b"\0" + NATIVE + b"\0"


def auth_response(body: bytes) -> bytes:
    """Return what proves that there is no password, in the way that *body* of the server asks for."""
    way = body[1:].partition(b"\0")[0]
    return b"" if body[0] == AUTH_SWITCH_REQUEST and way == NATIVE else b"\0"
