"""Kafka as a client first hears it: the answer to ApiVersions, and no sockets.

By the protocol guide of Apache Kafka. Version 0 of this request is the one that every broker since
0.10 understands; it comes before SASL, so that no credentials are needed.
"""

from __future__ import annotations

from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol

API_VERSIONS = 18
CLIENT = b"untilup"
# Whatever comes back in the answer; "up", twice.
CORRELATION = b"upup"
# Before each message stands its length, in 4 bytes.
LENGTH = 4

# An answer's correlation id and the error's code; then, in 4 bytes, how many APIs follow, and of
# each its number and the oldest and the newest version (2 bytes each).
SHORTEST = 6
COUNT = 4
API = 6
# Kafka 4 has 90 APIs, a number has two bytes.
MOST = SHORTEST + COUNT + API * 10_000

# The broker does not know this version of the request, and says so in version 0: an answer (KIP-511).
UNSUPPORTED_VERSION = 35
ANSWERED = (0, UNSUPPORTED_VERSION)


def api_versions_request() -> bytes:
    """Return the request: its number, its version, the correlation id, and who asks."""
    request = (
        API_VERSIONS.to_bytes(2, "big")
        + (0).to_bytes(2, "big")
        + CORRELATION
        + len(CLIENT).to_bytes(2, "big")
        + CLIENT
    )
    return len(request).to_bytes(LENGTH, "big") + request


def parse_error_code(said: bytes) -> int | None:
    """Return the code of the error in an answer of which *said* has come; None where more has to.

    Raise WrongProtocol where it is none of Kafka's. Without an error the code is 0.
    """
    if len(said) < LENGTH:
        return None
    length = int.from_bytes(said[:LENGTH], "big")
    if not SHORTEST <= length <= MOST:
        raise WrongProtocol
    answer = said[LENGTH : LENGTH + length]
    if not CORRELATION.startswith(answer[: len(CORRELATION)]):
        raise WrongProtocol
    if len(answer) < length:
        return None
    code = int.from_bytes(answer[len(CORRELATION) : SHORTEST], "big", signed=True)
    if not code and length != _length_of(answer):
        raise WrongProtocol
    return code


def raise_unless_serving(code: int) -> None:
    """Raise NotReady unless an answer with this *code* shows a broker at work."""
    if code not in ANSWERED:
        raise answered(
            "server-error",
            f"the broker answers with error {code}",
            "Look the error up in Kafka's protocol guide, and look at the broker's log.",
        )


def _length_of(answer: bytes) -> int:
    """Return how long an *answer* without an error is by the number of APIs that it has."""
    count = int.from_bytes(answer[SHORTEST : SHORTEST + COUNT], "big")
    return SHORTEST + COUNT + API * count
