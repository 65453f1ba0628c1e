"""TNS packets, byte for byte: CONNECT is what python-oracledb's thin driver sends, and it understands these refusals."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import tns

# The driver's bytes up to the data: recorded with python-oracledb 26.1 and disable_oob.
HEAD = bytes.fromhex(
    "0000 0000 01 00 0000 013f 012c 0001 2000 2000 4f98 0000 0001 0000 004a 00000000 8484"
    "0000000000000000 0000000000000000 0000000000000000 00002000 00002000 00000000 00000000"
)


def packet(kind: int, body: bytes) -> bytes:
    """Return a packet of the listener."""
    return (8 + len(body)).to_bytes(2, "big") + bytes([0, 0, kind, 0, 0, 0]) + body


def refuse(number: int | str) -> bytes:
    """Return a refusal, as the listener writes it."""
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=352321536)(ERR={number})(ERROR_STACK=(ERROR=(CODE={number})(EMFI=4))))"
    return packet(4, b"\x22\0" + len(text).to_bytes(2, "big") + text.encode())


UP = [packet(2, bytes(24)), packet(5, b"\0\x10(ADDRESS=(HOST=)"), packet(11, b"")]
REFUSED: list[tuple[int | str, str, str]] = [
    (12514, "not-registered", "no database has registered the service FREE (ORA-12514)"),
    (12505, "not-registered", "no database has registered the SID FREE (ORA-12505)"),
    (12528, "not-serving", "blocks new connections (ORA-12528)"),
    (12526, "not-serving", "only administrators may connect (ORA-12526)"),
    (12516, "not-serving", "no handler is free yet, or the database's limit"),
    (12520, "not-serving", "no handler is free for this kind of server"),
    (12519, "too-many-clients", "the database's limit of connections is reached (ORA-12519)"),
    (1189, "server-error", "the listener refuses the connection (ORA-1189)"),
    ("1" * 3999, "server-error", "the listener refuses the connection ((DESCRIPTION=(TMP=)"),
]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    tns.connect_packet(tns.SERVICE, "FREE"),  # an echo
    packet(4, b"\x22\0"),
    packet(12, b""),
    b"\0\x07\0\0",
    b"\0\x08\0\1",
    (tns.MAX_LENGTH + 1).to_bytes(2, "big"),
]


def judge(received: bytes) -> str | None:
    answer = tns.parse_answer(received)
    if answer is None:
        return None
    kind, body = answer
    if kind == tns.REFUSE:
        raise tns.failure(*tns.refusal(body), "FREE")
    return f"answer {kind}"


outcome = partial(outcome_of, judge)


@pytest.mark.parametrize("kind", [tns.SERVICE, tns.SID])
def test_the_question(kind: str) -> None:
    """The packet is that of the thin driver, with the service or the SID, and without a user."""
    sent = tns.connect_packet(kind, "FREE")
    data = f"(DESCRIPTION=(CONNECT_DATA=({kind}=FREE)(CID=(PROGRAM=untilup)(HOST=untilup)(USER=untilup))))"
    assert sent[len(HEAD) :] == data.encode()
    length, size = len(sent).to_bytes(2, "big"), len(data).to_bytes(2, "big")
    assert sent[: len(HEAD)] == length + HEAD[2:24] + size + HEAD[26:]


@pytest.mark.parametrize("received", UP, ids=["accept", "redirect", "resend"])
def test_an_answer(received: bytes) -> None:
    """An answer is complete with its last byte."""
    assert outcome([received]) == outcome([received + b"more"]) == f"answer {received[4]}"
    assert {outcome([received[:end]]) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize(
    ("number", "reason", "told"), REFUSED, ids=[str(row[0])[:9] for row in REFUSED]
)
def test_a_refusal_is_told(number: int | str, reason: str, told: str) -> None:
    """A refusal is not up, and told by what Oracle's number means."""
    said = outcome([refuse(number)])
    assert said.startswith(f"{reason}: ")
    assert told in said


def test_a_refusal_without_a_number() -> None:
    """A refusal of another form is shown as it is."""
    body = b"\x22\0\0\x04nope"
    assert outcome([packet(4, body)]).endswith("refuses the connection (nope)")


def test_a_name_fits() -> None:
    """The data with the longest name is no longer than a CONNECT packet may have."""
    sent = tns.connect_packet(tns.SERVICE, "x" * 128)
    assert len(sent) - len(HEAD) <= tns.MAX_DATA


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_another_protocol(received: bytes) -> None:
    """What no listener sends is known as such."""
    assert outcome([received]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [*UP, *OTHER_PROTOCOLS, *(refuse(number) for number, _, _ in REFUSED)]
