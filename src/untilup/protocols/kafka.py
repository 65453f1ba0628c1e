"""The frame of Kafka's requests and responses; encodes the ApiVersions request, and parses the response.

The source is the protocol guide of Apache Kafka. Every broker since 0.10 understands version 0 of this
request. It comes before SASL, so it needs no credentials.
"""

from __future__ import annotations

from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol

API_VERSIONS = 18
CLIENT = b"untilup"
# An arbitrary value, which the response repeats.
CORRELATION = b"upup"
# Each message begins with its length, in 4 bytes.
LENGTH = 4

# A response: the correlation id and the error code; then the number of APIs (4 bytes), and for each
# its key and its oldest and newest version (2 bytes each).
MIN_LENGTH = 6
COUNT = 4
API = 6
# Kafka 4 has 90 APIs.
MAX_LENGTH = MIN_LENGTH + COUNT + API * 10_000

# A broker that does not know this version of the request answers with this error (KIP-511): it
# serves.
UNSUPPORTED_VERSION = 35
ANSWERED = (0, UNSUPPORTED_VERSION)


def api_versions_request() -> bytes:
    """Return the request, in version 0."""
    return request(API_VERSIONS, 0)


def request(key: int, version: int, body: bytes = b"") -> bytes:
    """Return a request: its length, the API *key*, *version*, correlation id, client id and *body*."""
    message = key.to_bytes(2, "big") + version.to_bytes(2, "big") + CORRELATION + text(CLIENT)
    message += body
    return len(message).to_bytes(LENGTH, "big") + message


def text(value: bytes) -> bytes:
    """Return *value* with its length, in 2 bytes."""
    return len(value).to_bytes(2, "big") + value


def response(received: bytes, shortest: int, longest: int) -> bytes | None:
    """Return the response that *received* begins with, from the correlation id on; None if more has to come.

    Raise WrongProtocol if it is not Kafka's: its length is at least *shortest* and at most *longest*.
    """
    if len(received) < LENGTH:
        return None
    length = int.from_bytes(received[:LENGTH], "big")
    if not shortest <= length <= longest:
        raise WrongProtocol
    answer = received[LENGTH : LENGTH + length]
    if not CORRELATION.startswith(answer[: len(CORRELATION)]):
        raise WrongProtocol
    return answer if len(answer) == length else None


def parse_error_code(received: bytes) -> int | None:
    """Return the error code, 0 without an error, of the response *received*; None if more has to come.

    Raise WrongProtocol if it is not Kafka's.
    """
    answer = response(received, MIN_LENGTH, MAX_LENGTH)
    if answer is None:
        return None
    code = int.from_bytes(answer[len(CORRELATION) : MIN_LENGTH], "big", signed=True)
    if not code and len(answer) != _length_of(answer):
        raise WrongProtocol
    return code


def raise_unless_serving(code: int) -> None:
    """Raise NotReady unless a response with the error *code* shows that the broker serves."""
    if code not in ANSWERED:
        raise answered(
            "server-error",
            f"the broker answers with error {code}",
            "Find the error code in Kafka's protocol guide, and look at the broker's log.",
        )


def _length_of(answer: bytes) -> int:
    """Return the length of an *answer* without an error, by the number of its APIs."""
    count = int.from_bytes(answer[MIN_LENGTH : MIN_LENGTH + COUNT], "big")
    return MIN_LENGTH + COUNT + API * count
