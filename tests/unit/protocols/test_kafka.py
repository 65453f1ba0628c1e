"""ApiVersions, byte for byte, by Kafka's protocol guide: there is no broker to be had in Debian."""

from __future__ import annotations

import pytest

from untilup.errors import NotReady
from untilup.protocols import kafka
from untilup.protocols.framing import WrongProtocol

# By hand: the length, the API key and version, the correlation id, the client id.
QUESTION = bytes.fromhex("00000011 0012 0000 75707570 0007") + b"untilup"


def answer(body: str, *, correlation: bytes = b"upup") -> bytes:
    """Return what a broker answers: its length, the id, and the *body* in hexadecimal."""
    received = correlation + bytes.fromhex(body)
    return len(received).to_bytes(4, "big") + received


# Produce (0) 0 to 8, Fetch (1) 0 to 11, ApiVersions (18) 0 to 3.
APIS = "0000 0000 0008  0001 0000 000b  0012 0000 0003"
WHOLE = [
    answer(f"0000 00000003 {APIS}"),
    answer("0000 00000000"),
    # A broker that does not know the version says so; since Kafka 2.4 it also lists the versions that it knows.
    answer("0023"),
    answer("0023 00000001 0012 0000 0003"),
]
ERRORS = [(answer("0029"), "41"), (answer("ffff 00000000"), "-1")]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    QUESTION,  # an echo
    answer("0000 00000000", correlation=b"upuq"),
    answer(f"0000 00000002 {APIS}"),
    answer(f"0000 00000004 {APIS}"),
    answer("0000"),
    answer("0000 ffffffff"),
    b"\0\0\0\x05",
    (kafka.MAX_LENGTH + 1).to_bytes(4, "big"),
]


def outcome(pieces: list[bytes]) -> str:
    """Return what is understood when an answer comes in these *pieces*, as far as is needed."""
    received = b""
    for piece in pieces:
        received += piece
        try:
            if (code := kafka.parse_error_code(received)) is not None:
                kafka.raise_unless_serving(code)
                return "ready"
        except WrongProtocol:
            return "foreign"
        except NotReady as failure:
            return f"{failure.reason}, {failure.evidence}: {failure.detail}"
    return "incomplete"


def test_the_question() -> None:
    """The request is that of the protocol guide, with a client id."""
    assert kafka.api_versions_request() == QUESTION


@pytest.mark.parametrize("received", WHOLE, ids=range(len(WHOLE)))
def test_an_answer(received: bytes) -> None:
    """An answer is ready, that the version is not known too, and it is complete with its last byte."""
    assert outcome([received]) == "ready"
    assert outcome([received + b"more"]) == "ready"
    assert {outcome([received[:end]]) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize(("received", "code"), ERRORS, ids=["41", "-1"])
def test_an_error_is_told(received: bytes, code: str) -> None:
    """Any other error is not ready, and told by its number."""
    assert outcome([received]) == f"server-error, answers: the broker answers with error {code}"


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_what_is_no_kafka(received: bytes) -> None:
    """What no broker says is known as such: by its length, its correlation id, or its number of APIs."""
    assert outcome([received]) == "foreign"
    assert outcome([received[at : at + 1] for at in range(len(received))]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [*WHOLE, *OTHER_PROTOCOLS, *(received for received, _ in ERRORS), b"\0\0\0\x0aupup"]
