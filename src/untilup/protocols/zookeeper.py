"""ZooKeeper's command ``srvr``, and the parser of the answer.

The source is "The Four Letter Words" in ZooKeeper's administrator's guide. Of these commands only ``srvr``
is allowed by default, since 3.5.3. ClickHouse Keeper has the same command.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, answered
from untilup.protocols.framing import WrongProtocol, is_prefix_of_any, too_long

# ZooKeeper acts on the first four bytes. The line end lets servers of other protocols answer, too.
SRVR = b"srvr\n"
# The answer has some 300 bytes.
MAX_ANSWER = 4 * 1024

# The beginnings of answers (FourLetterCommands.java and AbstractFourLetterCommand.java; Keeper's
# FourLetterCommand.cpp).
_VERSIONS = (b"Zookeeper version:", b"ClickHouse Keeper version:")
_NOT_SERVING = (
    b"This ZooKeeper instance is not currently serving requests",
    b"This instance is not currently serving requests",
)
_NOT_ALLOWED = b"srvr is not executed because it is not in the whitelist"
_MODE = b"Mode: "
# The modes of servers that serve every client. A server without a quorum may serve clients that only
# read (readonlymode.enabled).
_SERVES = ("leader", "follower", "observer", "standalone")


def mode(received: bytes) -> str | None:
    """Return the mode of the server that sent *received*; None if more has to come.

    Raise NotReady if the server does not serve, NeverReady if it does not tell, WrongProtocol for another
    protocol.
    """
    if not is_prefix_of_any(received, (*_VERSIONS, *_NOT_SERVING, _NOT_ALLOWED)):
        raise WrongProtocol
    if received.startswith(_NOT_SERVING):
        raise answered(
            "not-serving",
            "the server listens, but it does not serve: it is starting, or has no quorum",
            "Check that most of the servers of the ensemble are running, and reach each other.",
        )
    if received.startswith(_NOT_ALLOWED):
        raise NeverReady(
            "not-allowed",
            "the server executes no 'srvr', so it does not tell whether it serves",
            "Add srvr to the server's 4lw.commands.whitelist, or wait for its port: tcp://HOST:PORT.",
            evidence=ALIVE,
        )
    *lines, _ = received[:MAX_ANSWER].split(b"\n")
    for line in lines:
        if line.startswith(_MODE):
            found = line.removeprefix(_MODE).strip().decode("utf-8", "replace")
            if found in _SERVES:
                return found
            raise answered(
                "not-serving",
                f"the server answers, but its mode is {printable(found) or 'not given'}: it does not serve every client",
            )
    if len(received) >= MAX_ANSWER:
        raise too_long()
    return None
