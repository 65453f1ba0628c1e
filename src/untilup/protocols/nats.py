"""What a NATS server says first, and what that means; no sockets.

It speaks before it is asked: INFO and an object in JSON (docs.nats.io, "Client Protocol"). Whom it
has no room for it tells so right after that.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line, is_prefix_of_any

# Clients set no bound; INFO names every server of a cluster, in some 60 bytes each.
LONGEST_LINE = 64 * 1024

# Names of operations are the same in upper and lower case.
_INFO, _ERROR = b"INFO", b"-ERR"
_FULL = ("maximum connections exceeded", "maximum account active connections exceeded")


def is_serving(said: bytes) -> bool:
    """Return whether *said*, all that has come so far, is the welcome of a server that serves.

    False where more has to come. Raise NotReady where it turns this client away, WrongProtocol
    for none of this protocol.
    """
    if not is_prefix_of_any(said[: len(_INFO)].upper(), (_INFO, _ERROR)):
        raise WrongProtocol
    line = first_line(said, LONGEST_LINE)
    if line is None:
        return False
    if line[:1] == "-":
        raise turned_away(line)
    # INFO, white space, and the whole object.
    info = line[len(_INFO) :].strip()
    if not (info.startswith("{") and info.endswith("}")):
        raise WrongProtocol
    after = said.partition(b"\n")[2]
    if after and is_prefix_of_any(after[: len(_ERROR)].upper(), (_ERROR,)):
        error = first_line(after, LONGEST_LINE)
        if error is None:
            return False
        raise turned_away(error)
    return True


def turned_away(line: str) -> NotReady:
    """Return what the error in *line* means."""
    if any(words in line.lower() for words in _FULL):
        return answered(
            "too-many-clients",
            f"the server answers, but its connection limit is reached: {printable(line)}",
            "Raise its max_connections, or find the client that keeps connections open.",
        )
    detail = f"the server answers with an error: {printable(line)}"
    return answered("server-error", detail)
