"""hello over OP_MSG, byte for byte, by the manual's wire protocol: there is no server to be had in Debian."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.errors import ALIVE, NotReady
from untilup.protocols import mongodb
from untilup.protocols.framing import WrongProtocol

# Spelled by hand: the length, the request's number, no answer to any, OP_MSG, no flags, a body.
QUESTION = bytes.fromhex("34000000 01000000 00000000 dd070000 00000000 00") + (
    b"\x1f\0\0\0\x10hello\0\1\0\0\0\x02$db\0\x06\0\0\0admin\0\0"
)

OK = b"\x01ok\0\0\0\0\0\0\0\xf0\x3f"
NOT_OK = b"\x01ok\0\0\0\0\0\0\0\0\0"


def text(name: str, value: str) -> bytes:
    data = value.encode() + b"\0"
    return b"\x02" + name.encode() + b"\0" + len(data).to_bytes(4, "little") + data


def flag(name: str, *, value: bool = True) -> bytes:
    return b"\x08" + name.encode() + b"\0" + bytes([value])


def message(
    *elements: bytes, answers: int = 1, kind: int = 2013, flags: int = 0, more: bytes = b""
) -> bytes:
    """Return a message whose body has these *elements*, and what stands behind that."""
    body = b"".join(elements)
    body = (len(body) + 5).to_bytes(4, "little") + body + b"\0"
    words = (21 + len(body) + len(more), 77, answers, kind, flags)
    return b"".join(word.to_bytes(4, "little") for word in words) + b"\0" + body + more


STANDALONE = message(flag("isWritablePrimary"), flag("helloOk"), OK)
OTHER_PROTOCOLS = [
    b"HTTP/1.0 200 OK\r\n\r\nIt looks like you are trying to access MongoDB over HTTP",
    b"\x15\x03\x03\0\x02\x02\x46",
    QUESTION,  # an echo
    message(OK, answers=2),
    message(OK, kind=1),
    message(OK, flags=2),
    message(OK, flags=4),
    b"\x14\0\0\0",
    (mongodb.MAX_LENGTH + 1).to_bytes(4, "little"),
    message(b"\x10a\0"),
    message(OK).replace(b"\x11\0\0\0", b"\x12\0\0\0"),
]


def outcome(pieces: list[bytes]) -> object:
    """Return what is understood when an answer comes in these *pieces*, as far as is needed."""
    received = b""
    for piece in pieces:
        received += piece
        try:
            answer = mongodb.parse_reply(received, 0)
        except WrongProtocol:
            return "foreign"
        if answer is not None:
            return answer
    return "incomplete"


def refused(*elements: bytes, primary: bool = False, replica_set: str = "") -> str:
    """Return why an answer of these *elements* is not ready, with its hint; nothing if it is."""
    answer = mongodb.parse_reply(message(*elements), 0)
    assert answer is not None
    try:
        mongodb.raise_unless_serving(answer, primary=primary, replica_set=replica_set)
    except NotReady as error:
        failure = error
    else:
        return ""
    assert (failure.evidence, failure.cheap) == (ALIVE, False)
    assert failure.detail.isprintable()
    return f"{failure.reason}: {failure.detail}; {failure.hint}"


def test_the_questions() -> None:
    """What is asked is what the manual says, and the older command has a number of its own."""
    assert mongodb.hello_request(0) == QUESTION
    assert mongodb.hello_request(1)[4:8] == b"\2\0\0\0"
    assert b"\x10isMaster\0\1\0\0\0" in mongodb.hello_request(1)


@pytest.mark.parametrize(
    "received",
    [
        STANDALONE,
        message(flag("isWritablePrimary"), flag("helloOk"), OK, flags=1, more=b"crc!"),
        message(
            flag("isWritablePrimary"), flag("helloOk"), OK, flags=1 << 16, more=b"\1\x06\0\0\0a\0"
        ),
    ],
    ids=["plain", "with a checksum", "with another section"],
)
def test_an_answer(received: bytes) -> None:
    """An answer is complete with its last byte, whatever else than its body it has."""
    assert outcome([received]) == {"isWritablePrimary": True, "helloOk": True, "ok": 1.0}
    assert {str(outcome([received[:end]])) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_what_is_no_mongodb(received: bytes) -> None:
    """What no server answers to this is known as such, as soon as it can be."""
    assert outcome([received]) == "foreign"
    assert outcome([received[at : at + 1] for at in range(len(received))]) == "foreign"


def test_content_is_ready() -> None:
    """A server that answers is ready, whatever it is; with a primary wanted, one that can be written to."""
    for role in (flag("isWritablePrimary"), flag("ismaster")):
        assert refused(role, OK) == ""
        assert refused(role, OK, primary=True) == ""
    assert refused(flag("secondary"), OK) == ""
    assert refused(flag("isWritablePrimary"), b"\x10ok\0\1\0\0\0", primary=True) == ""


NAME = text("setName", "rs0")
PRIMARY = text("primary", "db1:27017")
ROLES = [
    ((flag("secondary"), NAME, PRIMARY), "a secondary of the replica set rs0 (its primary: db1:27017)", "Name the primary"),
    ((flag("secondary"), NAME), "a secondary of the replica set rs0 (without a primary)", "a majority"),
    ((flag("arbiterOnly"), NAME, PRIMARY), "an arbiter of the replica set rs0 (its primary", "Name the primary"),
    ((NAME, PRIMARY), "a member of the replica set rs0 that is starting or recovering (its", "Name the primary"),
    ((flag("isreplicaset"),), "waiting for its replica set", "rs.initiate()"),
    ((), "not a primary (without a primary)", "a majority"),
]  # fmt: skip


@pytest.mark.parametrize(("elements", "words", "hint"), ROLES, ids=range(len(ROLES)))
@pytest.mark.parametrize("name", ["isWritablePrimary", "ismaster"])
def test_who_is_no_primary(name: str, elements: tuple[bytes, ...], words: str, hint: str) -> None:
    """If a primary is required, the failure names the server's role and the primary."""
    told = refused(flag(name, value=False), *elements, OK, primary=True)
    assert told.startswith(f"not-primary: the server is {words}")
    assert hint in told


GHOST = flag("isreplicaset")
# What a server is of which the set rs0 is demanded: the reason, what is observed, the hint.
NOT_OF_THE_SET = [
    ((GHOST,), "not-initiated: the server waits for its replica set", "remove replicaSet="),
    ((flag("isWritablePrimary"),), "no-replica-set: the server is a standalone server", "--replSet"),
    ((flag("isWritablePrimary"), text("msg", "isdbgrid")), "no-replica-set: the server is a mongos", "remove"),
    ((flag("isWritablePrimary"), text("setName", "rs1")), "other-replica-set: the server is a member of the replica set rs1", "Correct"),
    ((flag("secondary"), text("setName", "RS0")), "other-replica-set: ", "case-sensitive"),
    ((flag("arbiterOnly"), NAME, PRIMARY), "not-serving: the server is an arbiter of the replica set rs0", "log"),
    ((NAME,), "not-serving: the server is a member of the replica set rs0 that is starting or", "log"),
]  # fmt: skip


@pytest.mark.parametrize(("elements", "words", "hint"), NOT_OF_THE_SET, ids=range(7))
def test_who_does_not_serve_in_the_replica_set(
    elements: tuple[bytes, ...], words: str, hint: str
) -> None:
    """If a replica set is demanded, only a primary or a secondary of that name is up."""
    told = refused(*elements, OK, replica_set="rs0")
    assert told.startswith(words)
    assert hint in told
    assert refused(*elements, OK) == ""


@pytest.mark.parametrize("role", [flag("isWritablePrimary"), flag("ismaster"), flag("secondary")])
def test_who_serves_in_the_replica_set(role: bytes) -> None:
    """A primary and a secondary of the replica set are up; with a primary wanted, the primary."""
    assert refused(role, NAME, OK, replica_set="rs0") == ""
    both = refused(role, NAME, OK, primary=True, replica_set="rs0")
    assert both.startswith("not-primary") == (role == flag("secondary"))


def test_an_error_is_told() -> None:
    """A server that answers by an error is not ready, and its words are shown, escaped and cut."""
    error = (NOT_OK, text("errmsg", "\x1b[2J" + "x" * 300), b"\x10code\0\x5b\0\0\0")
    told = refused(*error, text("codeName", "ShutdownInProgress"))
    assert told.startswith("server-error: the server answers with an error: \\x1b[2Jxxx")
    assert "(ShutdownInProgress)" in told
    assert len(told) < 250
    assert "(91)" in refused(*error)
    assert "(no code)" in refused()


def test_an_unknown_command() -> None:
    """That the server does not know the command is told apart from other errors."""
    code = b"\x10code\0\x3b\0\0\0"
    for elements, expected in (((NOT_OK, code), True), ((NOT_OK,), False), ((OK, code), False)):
        answer = mongodb.parse_reply(message(*elements), 0)
        assert answer is not None
        assert mongodb.is_unknown_command(answer) is expected


# See test_any_bytes.py.
ANSWERS = [STANDALONE, *OTHER_PROTOCOLS, message(NAME, NOT_OK)]


@given(st.lists(st.sampled_from([OK, NOT_OK, NAME, PRIMARY]) | st.binary(max_size=12), max_size=5))
def test_any_answer_is_told(elements: list[bytes]) -> None:
    """Whatever stands in an answer, it is ready or not, in words that can be printed."""
    with contextlib.suppress(WrongProtocol):
        refused(*elements)
        refused(*elements, primary=True)
        refused(*elements, replica_set="rs0")
