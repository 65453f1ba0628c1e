"""A broker's answer to CONNECT, byte by byte."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks.mqtt import ask
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.protocols.mqtt import DISCONNECT, connect_packet
from untilup.targets.target import Target

TARGET = Target("mqtt", "server", 1883)
ACCEPTED = b"\x20\x02\x00\x00"
# MQTT 3.1.1 section 3.2.2.3; of a broker of MQTT 5 alone, with a property or without.
REFUSALS_THAT_PROVE = [
    *(bytes([0x20, 2, 0, code]) for code in (1, 2, 4, 5)),
    *(bytes([0x20, 3, 0, code, 0]) for code in (0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C)),
    b"\x20\x0b\x00\x84\x08\x1f\x00\x05hello",
    b"\x20\x83\x01\x00\x84" + bytes(129),
]
NOT_READY = [
    (b"\x20\x02\x00\x03", "not-serving", "is not available yet (code 3)"),
    (b"\x20\x03\x00\x88\x00", "not-serving", "is not available yet"),
    (b"\x20\x03\x00\x89\x00", "not-serving", "is busy"),
    (b"\x20\x03\x00\x97\x00", "too-many-clients", "has reached a quota"),
    (b"\x20\x03\x00\x9c\x00", "not-serving", "another server"),
    (b"\x20\x03\x00\x9d\x00", "not-serving", "another server"),
    (b"\x20\x03\x00\x9f\x00", "too-many-clients", "too many new connections"),
    (b"\x20\x03\x00\x80\x00", "server-error", "rejects this client (code 128)"),
    (b"\x20\x02\x00\x06", "server-error", "rejects this client (code 6)"),
]
OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as MQTT: HTTP/1.1 400 Bad Request"),
    (b"-ERR unknown command\r\n", "not as MQTT: -ERR unknown command"),
    (b"\x20\x01", "not as MQTT: "),
    (b"\x20\x00", "not as MQTT: "),
    (b"\x20\xff\xff\xff\xff\x01", "not as MQTT: "),
    (b"\x20\x02\x02\x00", "not as MQTT: "),
    (b"\x20\xff\xff\xff\x7f\x00\x00", "not as MQTT: "),
]  # fmt: skip

# See test_any_bytes.py.
ANSWERS = [ACCEPTED, *REFUSALS_THAT_PROVE, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(TARGET, stream), *pieces)


def test_the_question() -> None:
    """The CONNECT is of MQTT 3.1.1, with a clean session, without a will and without credentials."""
    assert connect_packet("untilup0123456789abcdef") == (
        b"\x10\x23" + b"\x00\x04MQTT" + b"\x04" + b"\x02" + b"\x00\x0a"
        b"\x00\x17untilup0123456789abcdef"
    )  # fmt: skip


def test_a_broker_that_serves() -> None:
    """After an accepted CONNECT the check sends DISCONNECT; each attempt has another client id."""
    names = set()
    for _ in range(2):
        stream = ScriptedStream(ACCEPTED)
        ask(TARGET, stream)
        assert stream.sent.endswith(DISCONNECT)
        name = stream.sent.removesuffix(DISCONNECT)[14:]
        assert name.startswith(b"untilup")
        assert len(name) == 23
        assert name.isalnum()
        names.add(name)
    assert len(names) == 2


@pytest.mark.parametrize("received", REFUSALS_THAT_PROVE)
def test_a_refusal_that_proves_a_broker(received: bytes) -> None:
    """A broker that refuses this client is up, and is sent nothing more."""
    stream = ScriptedStream(received)
    ask(TARGET, stream)
    assert DISCONNECT not in stream.sent


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_broker_that_does_not_serve(received: bytes, reason: str, words: str) -> None:
    """Any other refusal may end, and the failure says what it means."""
    assert_failed(outcome(received), reason, words)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown."""
    assert_failed(outcome(received), "not-mqtt", words)


def test_a_close_without_an_answer() -> None:
    """A close without an answer may be a proxy's; a close within an answer is a server's."""
    for pieces, says in (
        ((), DOWN),
        ((b"\x20\x02\x00",), ALIVE),
        ((b"\x20\x0b\x00\x84\x08\x1f",), ALIVE),
    ):
        assert_failed(outcome(*pieces), "closed", evidence=says)
