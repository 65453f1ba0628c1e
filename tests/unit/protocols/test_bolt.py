"""The handshake of Bolt, byte for byte, by Neo4j's documentation; Neo4j's driver sends the same with a newer form first."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import bolt

CHOSEN = [
    (b"\0\0\x08\x05", (5, 8)),
    (b"\0\0\x04\x04", (4, 4)),
    (b"\0\0\0\x03", (3, 0)),
    (b"\0\0\0\0", (0, 0)),
]
OTHER_PROTOCOLS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\0\x02\x02\x46",
    bolt.handshake(),  # an echo
    b"\0\0\1\0",  # a length of another protocol
    b"\0\0\0\x11upup",
]


outcome = partial(outcome_of, bolt.parse_version)


def test_the_handshake() -> None:
    """The client sends the magic number, and four proposals: 5.0 to 5.8, 4.2 to 4.4, and 3.0."""
    expected = "6060b017 00080805 00020404 00000003 00000000"
    assert bolt.handshake() == bytes.fromhex(expected)


@pytest.mark.parametrize(("received", "version"), CHOSEN, ids=[str(row[1]) for row in CHOSEN])
def test_an_answer(received: bytes, version: tuple[int, int]) -> None:
    """The server answers with the version that it has chosen, or with zeros for none."""
    assert bolt.parse_version(received) == bolt.parse_version(received + b"more") == version
    assert {outcome([received[:end]]) for end in range(len(received))} == {"incomplete"}


@pytest.mark.parametrize("received", OTHER_PROTOCOLS, ids=range(len(OTHER_PROTOCOLS)))
def test_another_protocol(received: bytes) -> None:
    """HTTP on the port of Bolt, and what is no version, are known as such."""
    assert outcome([received]) == "foreign"


# See test_any_bytes.py.
ANSWERS = [*OTHER_PROTOCOLS, *(received for received, _ in CHOSEN)]
