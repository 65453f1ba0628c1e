"""The handshake of Bolt, the protocol of Neo4j and Memgraph.

The source is Neo4j's "Bolt Protocol documentation", Handshake. It comes before a login.
"""

from __future__ import annotations

from untilup.protocols.framing import WrongProtocol

MAGIC = bytes.fromhex("6060b017")
# Four proposals, each a reserved byte, how many minor versions below are included, minor and major:
# 5.8 to 5.0, 4.4 to 4.2, 3.0 and none.
PROPOSALS = bytes.fromhex("00080805 00020404 00000003 00000000")
MAJOR_VERSIONS = range(1, 7)
ANSWER = 4


def handshake() -> bytes:
    """Return what a client sends first."""
    return MAGIC + PROPOSALS


def parse_version(received: bytes) -> tuple[int, int] | None:
    """Return the version that the server has chosen, (0, 0) for none; None if more has to come.

    Raise WrongProtocol if it is not the answer to a handshake, but ``HTTP``, for example.
    """
    answer = received[:ANSWER]
    if answer[:2] != bytes(2)[: len(answer[:2])]:
        raise WrongProtocol
    if len(answer) < ANSWER:
        return None
    minor, major = answer[2:]
    if major not in MAJOR_VERSIONS and (minor, major) != (0, 0):
        raise WrongProtocol
    return major, minor
