"""Messages of TDS, byte for byte, by [MS-TDS]; python-tds understands the answers."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import tds, tds_errors
from untilup.protocols.framing import WrongProtocol

USER = "untilup".encode("utf-16-le")


def message(body: bytes, *, last: bool = True, kind: int = 4) -> bytes:
    """Return a packet of the server."""
    return bytes([kind, last]) + (8 + len(body)).to_bytes(2, "big") + bytes([0, 51, 1, 0]) + body


def agreed(encryption: int) -> bytes:
    """Return the answer of SQL Server 2019 to PRELOGIN: version, encryption, instance, thread, MARS."""
    head = bytes.fromhex("00 001a 0006  01 0020 0001  02 0021 0001  03 0022 0000  04 0022 0001  ff")
    return message(head + bytes.fromhex("0f0007d00000") + bytes([encryption]) + b"\0\0")


def token(number: int, class_: int, text: str, *, kind: int = 0xAA) -> bytes:
    """Return an ERROR (or INFO) token with that text, a server name, and no procedure."""
    body = number.to_bytes(4, "little") + bytes([1, class_]) + len(text).to_bytes(2, "little")
    body += text.encode("utf-16-le") + b"\2d\0b\0\0" + (1).to_bytes(4, "little")
    return bytes([kind]) + len(body).to_bytes(2, "little") + body


DONE = b"\xfd\2\0\0\0" + bytes(8)
LOGIN_FAILED = message(token(18456, 14, "Login failed for user 'untilup'.") + DONE)
LOGGED_IN = message(b"\xe3\3\0\1\0\0" + token(5701, 0, "x", kind=0xAB) + b"\xad\1\0\1" + DONE)
UP = [
    LOGIN_FAILED,
    LOGGED_IN,
    message(token(18452, 14, "untrusted domain") + DONE),
    message(token(18456, 14, "x")[:9], last=False) + message(token(18456, 14, "x")[9:] + DONE),
]
ERRORS = [
    (18401, 14, "not-serving", "the server upgrades its databases, and only administrators"),
    (17187, 16, "not-serving", "the server is starting, and does not serve yet: text (17187)"),
    (17142, 14, "not-serving", "the server is paused: text (17142)"),
    (18461, 14, "not-serving", "the server is in single-user mode"),
    (17809, 20, "too-many-clients", "the server's connection limit is reached"),
    (40613, 14, "not-serving", "the database is not available now"),
    (945, 16, "server-error", "the server answers a login with an error: text (945)"),
]
NOT_UP = [message(token(number, class_, "text") + DONE) for number, class_, _, _ in ERRORS]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    tds.login("untilup"),  # an echo
    message(b"\xff"),
    message(DONE),
    message(token(1, 1, "x")[:9]),
    message(b"\xaa\2\0ab"),
    b"\4\1\0\x08",
    b"\4\1\xff\xff",
]


def judge(received: bytes) -> str | None:
    """Judge an answer to a login."""
    message = tds.parse_message(received)
    if message is None:
        return None
    number, class_, text = tds.error_in(message[0])
    if number and not tds_errors.is_serving(number, class_):
        raise tds_errors.failure(number, text)
    return "up"


outcome = partial(outcome_of, judge)


def test_the_first_question() -> None:
    """PRELOGIN has a version and what the client says about encryption, and nothing else."""
    expected = "1201001a00000100 00000b0006 0100110001 ff 000000000000 02"
    assert tds.prelogin(tds.NOT_SUPPORTED) == bytes.fromhex(expected)


def test_the_login() -> None:
    """LOGIN7 has the user, as host, application and library too, no password and no database."""
    sent = tds.login("untilup")
    assert sent[:8] == b"\x10\1" + len(sent).to_bytes(2, "big") + b"\0\0\1\0"
    body = sent[8:]
    assert body[:8] == len(body).to_bytes(4, "little") + bytes.fromhex("04000074")
    places = [
        (
            int.from_bytes(body[at : at + 2], "little"),
            int.from_bytes(body[at + 2 : at + 4], "little"),
        )
        for at in range(36, 72, 4)
    ]
    texts = [body[at : at + 2 * size] for at, size in places]
    assert texts == [USER, USER, b"", USER, b"", b"", USER, b"", b""]
    assert places[-1][0] == len(body)


@pytest.mark.parametrize("encryption", range(4))
def test_what_is_agreed_on(encryption: int) -> None:
    """The answer to PRELOGIN says what the server does about encryption."""
    found = tds.parse_message(agreed(encryption))
    assert found is not None
    assert tds.encryption_in(found[0]) == encryption


@pytest.mark.parametrize(
    "body", [b"\xff", b"\0\0\x0b\0\6\xff", b"\1\0\6\0\1\xff\4", b"\1", b"\xaa"]
)
def test_what_is_no_agreement(body: bytes) -> None:
    """An answer without a readable word about encryption is that of another protocol."""
    with pytest.raises(WrongProtocol):
        tds.encryption_in(body)


@pytest.mark.parametrize("received", UP, ids=range(len(UP)))
def test_an_answer(received: bytes) -> None:
    """A refused login is up, and so is an accepted one; the answer is complete with its last byte."""
    assert outcome([received]) == outcome([received + b"more"]) == "up"
    assert {outcome([received[:end]]) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize("row", range(len(ERRORS)), ids=[row[0] for row in ERRORS])
def test_an_error_is_told(row: int) -> None:
    """A server that starts, is paused, upgrades or lets in administrators alone is not up."""
    _, _, reason, told = ERRORS[row]
    said = outcome([NOT_UP[row]])
    assert said.startswith(f"{reason}: {told}")


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_another_protocol(received: bytes) -> None:
    """What SQL Server does not send is known as such."""
    assert outcome([received]) == "foreign"


def test_a_handshake_in_packets() -> None:
    """The records of a TLS handshake are in packets, of which each is complete with its last byte."""
    packet = tds.packet(tds.PRELOGIN, b"record")
    assert tds.parse_handshake(packet + b"more") == (b"record", b"more")
    assert {tds.parse_handshake(packet[:end]) for end in range(len(packet))} == {None}
    for other in (b"\x15\x03\x03\0\x02\x02\x46\0", tds.packet(tds.PRELOGIN, b"")):
        with pytest.raises(WrongProtocol):
            tds.parse_handshake(other)


# See test_any_bytes.py.
ANSWERS = [*UP, *NOT_UP, *OTHER_PROTOCOLS, agreed(2)]
