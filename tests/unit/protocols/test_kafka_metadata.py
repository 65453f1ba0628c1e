"""Metadata, byte for byte, by Kafka's protocol guide; the first answer was recorded from tansu 0.6.0."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import kafka_metadata

NAMES = ("orders", "nope")
# By hand: the length, the API key and version, the ids, two names, and that no topic is created.
QUESTION = bytes.fromhex("00000024 0003 0004 75707570 0007") + (
    b"untilup\0\0\0\2\0\6orders\0\4nope\0"
)
# One broker; the topic orders with three partitions; the topic nope with error 3.
TANSU = bytes.fromhex(
    "000000a2 75707570 00000000 00000001 0000006f 00093132372e302e302e31 00004af8 ffff"
    "000d74616e73755f636c7573746572 0000006f 00000002 0000 00066f7264657273 00 00000003"
    "0000 00000000 0000006f 00000001 0000006f 00000001 0000006f"
    "0000 00000001 0000006f 00000001 0000006f 00000001 0000006f"
    "0000 00000002 0000006f 00000001 0000006f 00000001 0000006f"
    "0003 00046e6f7065 00 00000000"
)


def answer(*topics: bytes) -> bytes:
    """Return the answer of a cluster without brokers, with these *topics*."""
    body = b"upup" + bytes(8) + b"\xff\xff" + bytes(4) + len(topics).to_bytes(4, "big")
    body += b"".join(topics)
    return len(body).to_bytes(4, "big") + body


def topic(name: bytes, error: int, *partitions: tuple[int, int]) -> bytes:
    """Return a topic; of each partition the error and the leader."""
    each = b"".join(
        code.to_bytes(2, "big") + number.to_bytes(4, "big") + leader.to_bytes(4, "big", signed=True)
        + bytes(8)
        for number, (code, leader) in enumerate(partitions)
    )  # fmt: skip
    head = error.to_bytes(2, "big") + len(name).to_bytes(2, "big") + name + b"\0"
    return head + len(partitions).to_bytes(4, "big") + each


USABLE = answer(topic(b"nope", 0, (0, 1)), topic(b"orders", 0, (0, 1), (9, 2)))
NOT_USABLE = [
    (TANSU, "no-topic: the topic nope does not exist, or not yet"),
    (answer(topic(b"orders", 0, (0, 1))), "no-topic: the topic nope does not exist, or not yet"),
    (answer(topic(b"orders", 0)), "no-topic: the topic orders does not exist, or not yet"),
    (
        answer(topic(b"orders", 0, (0, 1), (5, 1))),
        "no-leader: partition 1 of the topic orders has no leader",
    ),
    (
        answer(topic(b"orders", 0, (0, -1))),
        "no-leader: partition 0 of the topic orders has no leader",
    ),
    (answer(topic(b"orders", 5)), "no-leader: the topic orders has no leader"),
    (
        answer(topic(b"orders", 29)),
        "unauthorized: the broker shows the topic orders only after a login",
    ),
    (
        answer(topic(b"orders", 17)),
        "server-error: the broker answers with error 17 for the topic orders",
    ),
    (
        answer(topic(b"orders", 0xFFFF)),
        "server-error: the broker answers with error -1 for the topic orders",
    ),
]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    QUESTION,  # an echo
    TANSU[:4] + b"upuq" + TANSU[8:],
    b"\0\0\0\x04upup",
    answer(topic(b"orders", 0)[:-1]),
    (kafka_metadata.MAX_LENGTH + 1).to_bytes(4, "big"),
]


def judge(received: bytes) -> str | None:
    topics = kafka_metadata.parse_topics(received)
    if topics is None:
        return None
    kafka_metadata.raise_unless_usable(topics, NAMES)
    return "up"


outcome = partial(outcome_of, judge)


def test_the_question() -> None:
    """The request is that of the protocol guide, in the first version that can ask for no creation."""
    assert kafka_metadata.metadata_request(NAMES) == QUESTION


def test_usable_topics() -> None:
    """Topics are usable if all their partitions have a leader, even without all replicas."""
    assert outcome([USABLE]) == outcome([USABLE + b"more"]) == "up"
    assert {outcome([USABLE[:end]]) for end in range(len(USABLE))} == {"incomplete"}


@pytest.mark.parametrize(("received", "told"), NOT_USABLE, ids=range(len(NOT_USABLE)))
def test_a_topic_that_cannot_be_used(received: bytes, told: str) -> None:
    """A topic that is unknown, hidden or without a leader is not up, and named."""
    assert outcome([received]) == told


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_another_protocol(received: bytes) -> None:
    """What no broker sends is known as such."""
    assert outcome([received]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [USABLE, *OTHER_PROTOCOLS, *(received for received, _ in NOT_USABLE)]
