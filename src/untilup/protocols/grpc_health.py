"""The messages of grpc.health.v1, and what its answers mean.

Both messages have one field: the name of a service, and its state (grpc/health/v1/health.proto).
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, NotReady, answered
from untilup.percent import unquote_lenient
from untilup.protocols.framing import WrongProtocol

CHECK = "/grpc.health.v1.Health/Check"
# Its answer is a message for each change, and does not end.
WATCH = "/grpc.health.v1.Health/Watch"
# A flag and a length precede a message (the gRPC protocol, Length-Prefixed-Message).
PREFIX = 5
# The keys of field 1: with bytes (wire type 2), and with a number (wire type 0).
_SERVICE, _STATE = b"\x0a", 8
_WIRE_TYPES = {1: 8, 5: 4}
# A number has at most 64 bits, in groups of 7.
_MAX_VARINT = 10
_CONTINUES = 0x80
# HealthCheckResponse.ServingStatus
SERVING = 1
_STATES = {0: "UNKNOWN", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
# The status codes of gRPC.
OK, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE = 0, 5, 12, 14
_NAMES = {2: "UNKNOWN", 4: "DEADLINE_EXCEEDED", 7: "PERMISSION_DENIED", 8: "RESOURCE_EXHAUSTED", 13: "INTERNAL", UNAVAILABLE: "UNAVAILABLE", 16: "UNAUTHENTICATED"}  # fmt: skip
_SPELLING = "Check the spelling of the service, with its package (grpc://HOST:PORT/package.Service). A server may register it late."
_MALFORMED = "its message is not that of a health service"


def encode_request(service: str) -> bytes:
    """Return HealthCheckRequest for *service*, which is empty for the server as a whole."""
    name = service.encode("utf-8", "surrogateescape")
    message = _SERVICE + _varint(len(name)) + name if name else b""
    return b"\0" + len(message).to_bytes(4, "big") + message


def _varint(number: int) -> bytes:
    encoded = b""
    while number >= _CONTINUES:
        encoded += bytes([number % _CONTINUES + _CONTINUES])
        number //= _CONTINUES
    return encoded + bytes([number])


def state_in(answer: bytes) -> int:
    """Return the state in the message HealthCheckResponse; raise WrongProtocol for anything else."""
    message = answer[PREFIX:]
    if answer[:1] != b"\0" or int.from_bytes(answer[1:PREFIX], "big") != len(message):
        raise WrongProtocol(_MALFORMED)
    state = at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        if key % 8 == 0:
            number, at = _read_varint(message, at)
            state = number if key == _STATE else state
        elif key % 8 == 2:  # noqa: PLR2004 - wire type 2
            length, at = _read_varint(message, at)
            at += length
        elif key % 8 in _WIRE_TYPES:
            at += _WIRE_TYPES[key % 8]
        else:
            raise WrongProtocol(_MALFORMED)
    if at != len(message):
        raise WrongProtocol(_MALFORMED)
    return state


def latest_state(answer: bytes) -> int | None:
    """Return the state in the last complete message of the *answer* to Watch; None if there is none.

    Raise WrongProtocol for anything else.
    """
    state = None
    while len(answer) >= PREFIX:
        end = PREFIX + int.from_bytes(answer[1:PREFIX], "big")
        if len(answer) < end:
            break
        state = state_in(answer[:end])
        answer = answer[end:]
    return state


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins *at* there, and where it ends."""
    number = 0
    for index, byte in enumerate(message[at : at + _MAX_VARINT]):
        number += byte % _CONTINUES << 7 * index
        if byte < _CONTINUES:
            return number, at + index + 1
    raise WrongProtocol(_MALFORMED)


def judge(status: int, message: str, answer: bytes, service: str) -> None:
    """Return if *service* is SERVING, by the *status* and *message* of gRPC and the *answer* of its health service.

    Raise NotReady or NeverReady if it is not, and WrongProtocol for another answer.
    """
    if status == OK:
        state = state_in(answer)
        if state != SERVING:
            named = _STATES.get(state, str(state))
            raise answered("not-serving", f"the health service answers {named}")
        return
    raise _failure(status, printable(unquote_lenient(message)), service)


def _failure(status: int, message: str, service: str) -> NotReady | NeverReady:
    if status == NOT_FOUND:
        name = printable(service) if service else "the server as a whole"
        return answered(
            "not-serving", f"the health service does not know {name} (NOT_FOUND)", _SPELLING
        )
    if status == UNIMPLEMENTED:
        detail = "the server has no health service (grpc.health.v1, UNIMPLEMENTED)"
        hint = "Wait for its port (tcp://HOST:PORT), or add the health service to the server."
        return NeverReady("no-health-service", detail, hint, evidence=ALIVE)
    named = _NAMES.get(status, "")
    said = ": ".join(part for part in (f"gRPC status {status} {named}".rstrip(), message) if part)
    return answered("not-serving" if status == UNAVAILABLE else "server-error", said)
