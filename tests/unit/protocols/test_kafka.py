"""ApiVersions, byte for byte, by Kafka's protocol guide: there is no broker to be had in Debian."""

from __future__ import annotations

import pytest

from untilup.errors import NotReady
from untilup.protocols import kafka
from untilup.protocols.framing import WrongProtocol

# Spelled by hand: the length, the API's number and version, the correlation id, who asks.
QUESTION = bytes.fromhex("00000011 0012 0000 75707570 0007") + b"untilup"


def answer(body: str, *, correlation: bytes = b"upup") -> bytes:
    """Return what a broker answers: its length, the id, and the *body* in hexadecimal."""
    said = correlation + bytes.fromhex(body)
    return len(said).to_bytes(4, "big") + said


# Produce (0) 0 to 8, Fetch (1) 0 to 11, ApiVersions (18) 0 to 3.
APIS = "0000 0000 0008  0001 0000 000b  0012 0000 0003"
WHOLE = [
    answer(f"0000 00000003 {APIS}"),
    answer("0000 00000000"),
    # Who does not know the version says so: before Kafka 2.4 by that alone, since then with what it knows.
    answer("0023"),
    answer("0023 00000001 0012 0000 0003"),
]
ERRORS = [(answer("0029"), "41"), (answer("ffff 00000000"), "-1")]
FOREIGN = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    QUESTION,  # an echo
    answer("0000 00000000", correlation=b"upuq"),
    answer(f"0000 00000002 {APIS}"),
    answer(f"0000 00000004 {APIS}"),
    answer("0000"),
    answer("0000 ffffffff"),
    b"\0\0\0\x05",
    (kafka.MOST + 1).to_bytes(4, "big"),
]


def heard(pieces: list[bytes]) -> str:
    """Return what is understood when an answer comes in these *pieces*, as far as is needed."""
    said = b""
    for piece in pieces:
        said += piece
        try:
            if (code := kafka.parse_error_code(said)) is not None:
                kafka.raise_unless_serving(code)
                return "ready"
        except WrongProtocol:
            return "foreign"
        except NotReady as failure:
            return f"{failure.reason}, {failure.evidence}: {failure.detail}"
    return "incomplete"


def test_the_question() -> None:
    """What is asked is what the protocol guide says, and tells who asks."""
    assert kafka.api_versions_request() == QUESTION


@pytest.mark.parametrize("said", WHOLE, ids=range(len(WHOLE)))
def test_an_answer(said: bytes) -> None:
    """An answer is ready, that the version is not known too, and it is complete with its last byte."""
    assert heard([said]) == "ready"
    assert heard([said + b"more"]) == "ready"
    assert {heard([said[:end]]) for end in range(len(said))} == {"incomplete"}


@pytest.mark.parametrize(("said", "code"), ERRORS, ids=["41", "-1"])
def test_an_error_is_told(said: bytes, code: str) -> None:
    """Any other error is not ready, and told by its number."""
    assert heard([said]) == f"server-error, answers: the broker answers with error {code}"


@pytest.mark.parametrize("said", FOREIGN, ids=range(len(FOREIGN)))
def test_what_is_no_kafka(said: bytes) -> None:
    """What no broker says is known as such: by its length, its correlation id, or its number of APIs."""
    assert heard([said]) == "foreign"
    assert heard([said[at : at + 1] for at in range(len(said))]) == "foreign"


# See test_any_bytes.py.
SAYINGS = [*WHOLE, *FOREIGN, *(said for said, _ in ERRORS), b"\0\0\0\x0aupup"]
