"""Encodes Kafka's Metadata request for topics, parses the response, and says whether clients can use them.

The source is the protocol guide of Apache Kafka. Version 4, since Kafka 0.11, is the first that can ask
the broker not to create the topics.
"""

from __future__ import annotations

from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol
from untilup.protocols.kafka import CORRELATION, request, response, text

METADATA, VERSION = 3, 4
NO_CREATION = b"\0"
# 10,000 partitions with five replicas.
MAX_LENGTH = 1024 * 1024
# The length of a text that is null.
NULL = 0xFFFF

# Error codes of a topic and of its partitions.
UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, UNAUTHORIZED = 3, 5, 29
_CREATE = (
    "Check that whatever creates the topic has run, and compare the name: it is case-sensitive."
)
_LOGIN = "Wait for the broker alone, without topic=, or ask a listener that needs no login."
_LEADER = "Check that the brokers with the replicas of this partition are up."


def metadata_request(topics: tuple[str, ...]) -> bytes:
    """Return the request for *topics*, which creates none: their number, and their names."""
    names = b"".join(text(topic.encode()) for topic in topics)
    return request(METADATA, VERSION, len(topics).to_bytes(4, "big") + names + NO_CREATION)


class Topic:
    """What a broker knows about the topic *name*: an *error* code, 0 for none, and its partitions' leaders.

    A leader is the number of a broker, by the number of the partition; -1 if there is none.
    """

    def __init__(self, name: str, error: int, leaders: dict[int, int]) -> None:
        self.name = name
        self.error = error
        self.leaders = leaders


def parse_topics(received: bytes) -> list[Topic] | None:
    """Return the topics in the response *received*; None if more has to come.

    Raise WrongProtocol if it is not such a response.
    """
    answer = response(received, len(CORRELATION), MAX_LENGTH)
    return None if answer is None else _Answer(answer[len(CORRELATION) :]).topics()


class _Answer:
    """The fields of a response, from the first to the last; raises WrongProtocol if one is missing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def topics(self) -> list[Topic]:
        self._number(4)  # for how long the broker delays requests
        for _ in range(self._number(4)):
            self._take(4)
            self._string()
            self._take(4)
            self._string()
        self._string()
        self._take(4)  # the cluster's id, and the controller
        return [self._topic() for _ in range(self._number(4))]

    def _topic(self) -> Topic:
        error, name = self._signed(2), self._string()
        self._take(1)
        return Topic(name, error, dict(self._partition() for _ in range(self._number(4))))

    def _partition(self) -> tuple[int, int]:
        error, number, leader = self._number(2), self._number(4), self._signed(4)
        for _ in ("replicas", "replicas in sync"):
            self._take(4 * self._number(4))
        return number, -1 if error == LEADER_NOT_AVAILABLE else leader

    def _string(self) -> str:
        size = self._number(2)
        return "" if size == NULL else self._take(size).decode("utf-8", "replace")

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _signed(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big", signed=True)

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise WrongProtocol
        self._at += size
        return taken


def raise_unless_usable(topics: list[Topic], names: tuple[str, ...]) -> None:
    """Raise NotReady unless each of *names* is a topic, all of whose partitions have a leader."""
    by_name = {topic.name: topic for topic in topics}
    for name in names:
        topic = by_name.get(name)
        if topic is None or topic.error == UNKNOWN_TOPIC or not (topic.error or topic.leaders):
            raise answered("no-topic", f"the topic {name} does not exist, or not yet", _CREATE)
        if topic.error == UNAUTHORIZED:
            raise unauthorized(f"the broker shows the topic {name} only after a login")
        if topic.error not in {0, LEADER_NOT_AVAILABLE}:
            detail = f"the broker answers with error {topic.error} for the topic {name}"
            raise answered("server-error", detail)
        without = [number for number, leader in topic.leaders.items() if leader < 0]
        if topic.error or without:
            which = f"partition {min(without)} of the topic" if without else "the topic"
            raise answered("no-leader", f"{which} {name} has no leader", _LEADER)


def unauthorized(detail: str) -> NotReady:
    """Return the failure of a broker that answers only after a login."""
    return answered("unauthorized", detail, _LOGIN)
