"""A client's CONNECT and DISCONNECT, and what a broker's CONNACK means; no sockets.

MQTT 3.1.1, which brokers of MQTT 5 understand as well; those of version 5 alone say so by a CONNACK
of theirs. Section numbers are those of the OASIS standards, 3.1.1 and, where it is said, 5.0.
"""

from __future__ import annotations

from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol

CONNECT, CONNACK = 0x10, 0x20
PROTOCOL = b"\x00\x04MQTT\x04"  # sections 3.1.2.1, 3.1.2.2
CLEAN_SESSION = 0x02  # and neither will, nor user, nor password: section 3.1.2.3
# Seconds. A broker forgets a client that is gone without a word after one and a half of this.
KEEP_ALIVE = 10
# Nothing else is said by a client that leaves as it should (section 3.14).
DISCONNECT = b"\xe0\x00"
# A length has up to 4 bytes of 7 bits (section 2.2.3); that of a CONNACK with properties rarely 2.
LONGEST_LENGTH = 4
SMALLEST_CONNACK = 2  # flags and code
# Version 3.1.1 has nothing more. The properties of 5.0 may repeat what a client said, which is less.
LARGEST_CONNACK = 64 * 1024

ACCEPTED = 0
# Refusals of a broker that serves others. 1 to 5 are section 3.2.2.3's, the rest 5.0's 3.2.2.2:
# protocol version, client identifier, user and password, not authorised, banned, bad method.
_SERVES = (ACCEPTED, 1, 2, 4, 5, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C)
# Refusals that time may cure: reason, what it means, a hint.
_REFUSALS = {
    3: ("not-serving", "is not available yet", ""),
    0x88: ("not-serving", "is not available yet", ""),
    0x89: ("not-serving", "is busy", ""),
    0x97: ("too-many-clients", "has reached a quota", ""),
    0x9C: ("not-serving", "sends its clients to another server", ""),
    0x9D: ("not-serving", "has moved to another server", ""),
    0x9F: ("too-many-clients", "has too many new clients at a time", ""),
}


def connect_packet(client: str) -> bytes:
    """Return the CONNECT of a *client* by that id, without credentials, of whom nothing is kept."""
    name = client.encode("ascii")
    body = PROTOCOL + bytes([CLEAN_SESSION]) + KEEP_ALIVE.to_bytes(2, "big")
    body += len(name).to_bytes(2, "big") + name
    return bytes([CONNECT, len(body)]) + body


def connack_code(said: bytes) -> int | None:
    """Return the code in the CONNACK *said*, all that has come so far; None where more has to come.

    Raise WrongProtocol where it is none.
    """
    if said and said[0] != CONNACK:
        raise WrongProtocol
    length = said[1 : 1 + LONGEST_LENGTH]
    size = next((at + 1 for at, byte in enumerate(length) if byte < 0x80), 0)  # noqa: PLR2004 - more follows
    if not size:
        if len(length) == LONGEST_LENGTH:
            raise WrongProtocol
        return None
    whole = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(length[:size]))
    if not SMALLEST_CONNACK <= whole <= LARGEST_CONNACK:
        raise WrongProtocol
    rest = said[1 + size :]
    if rest and rest[0] > 1:  # all of its flags but "session present" are reserved
        raise WrongProtocol
    return rest[1] if len(rest) >= whole else None


def raise_unless_serving(answer: int) -> None:
    """Raise NotReady unless the code of a CONNACK is that of a broker that serves."""
    if answer in _SERVES:
        return
    reason, meaning, hint = _REFUSALS.get(answer, ("server-error", "refuses this client", ""))
    raise answered(reason, f"the broker answers, but {meaning} (code {answer})", hint)
