"""Encodes MQTT's CONNECT and DISCONNECT packets, and parses CONNACK.

untilup speaks MQTT 3.1.1, which most brokers of MQTT 5 understand as well. A broker that speaks only
MQTT 5 refuses with a CONNACK of that version. Section numbers are those of the OASIS standard 3.1.1
or, if stated, 5.0.
"""

from __future__ import annotations

from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol

CONNECT, CONNACK = 0x10, 0x20
PROTOCOL = b"\x00\x04MQTT\x04"  # sections 3.1.2.1, 3.1.2.2
CLEAN_SESSION = 0x02  # no will, no user, no password: section 3.1.2.3
# Seconds. A broker forgets a client that disappears after one and a half times this.
KEEP_ALIVE = 10
# Section 3.14.
DISCONNECT = b"\xe0\x00"
# A length has up to 4 bytes of 7 bits each (section 2.2.3).
MAX_LENGTH_BYTES = 4
MIN_CONNACK = 2  # flags and code
# MQTT 3.1.1 has no more. The properties of MQTT 5 may repeat what the client sent, which is less.
MAX_CONNACK = 64 * 1024

ACCEPTED = 0
# Refusals by a broker that serves other clients: protocol version, client identifier, credentials,
# not authorized, banned, bad method. 1 to 5 are from section 3.2.2.3, the others from 5.0 section
# 3.2.2.2.
_SERVES = (ACCEPTED, 1, 2, 4, 5, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C)
# Refusals that may end: reason, what it means, hint.
_REFUSALS = {
    3: ("not-serving", "is not available yet", ""),
    0x88: ("not-serving", "is not available yet", ""),
    0x89: ("not-serving", "is busy", ""),
    0x97: ("too-many-clients", "has reached a quota", ""),
    0x9C: ("not-serving", "redirects its clients to another server", ""),
    0x9D: ("not-serving", "has moved to another server", ""),
    0x9F: ("too-many-clients", "receives too many new connections at a time", ""),
}


def connect_packet(client: str) -> bytes:
    """Return the CONNECT of the client id *client*, with a clean session and without credentials."""
    name = client.encode("ascii")
    body = PROTOCOL + bytes([CLEAN_SESSION]) + KEEP_ALIVE.to_bytes(2, "big")
    body += len(name).to_bytes(2, "big") + name
    return bytes([CONNECT, len(body)]) + body


def connack_code(received: bytes) -> int | None:
    """Return the return code of the CONNACK *received*; None if more has to come.

    Raise WrongProtocol if it is not a CONNACK.
    """
    if received and received[0] != CONNACK:
        raise WrongProtocol
    length = received[1 : 1 + MAX_LENGTH_BYTES]
    size = next((at + 1 for at, byte in enumerate(length) if byte < 0x80), 0)  # noqa: PLR2004 - the continuation bit
    if not size:
        if len(length) == MAX_LENGTH_BYTES:
            raise WrongProtocol
        return None
    whole = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(length[:size]))
    if not MIN_CONNACK <= whole <= MAX_CONNACK:
        raise WrongProtocol
    rest = received[1 + size :]
    if rest and rest[0] > 1:  # all flags but "session present" are reserved
        raise WrongProtocol
    return rest[1] if len(rest) >= whole else None


def raise_unless_serving(answer: int) -> None:
    """Raise NotReady unless the return code *answer* of a CONNACK is that of a broker that serves."""
    if answer in _SERVES:
        return
    reason, meaning, hint = _REFUSALS.get(answer, ("server-error", "rejects this client", ""))
    raise answered(reason, f"the broker answers, but {meaning} (code {answer})", hint)
