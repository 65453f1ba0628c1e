"""Parses the greeting of a NATS server.

The server speaks first: INFO and a JSON object (docs.nats.io, "Client Protocol"). If it rejects the
client, an error follows at once.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, first_line, is_prefix_of_any

# Clients set no limit; INFO names every server of a cluster, in some 60 bytes each.
MAX_LINE = 64 * 1024

# Names of operations are case-insensitive.
_INFO, _ERROR = b"INFO", b"-ERR"
_FULL = ("maximum connections exceeded", "maximum account active connections exceeded")


def is_serving(received: bytes) -> bool:
    """Tell whether *received* is the greeting of a server that serves; False if more has to come.

    Raise NotReady if the server rejects this client, WrongProtocol if it is not NATS.
    """
    if not is_prefix_of_any(received[: len(_INFO)].upper(), (_INFO, _ERROR)):
        raise WrongProtocol
    line = first_line(received, MAX_LINE)
    if line is None:
        return False
    if line[:1] == "-":
        raise rejection(line)
    # INFO, white space, and the complete object.
    info = line[len(_INFO) :].strip()
    if not (info.startswith("{") and info.endswith("}")):
        raise WrongProtocol
    after = received.partition(b"\n")[2]
    if after and is_prefix_of_any(after[: len(_ERROR)].upper(), (_ERROR,)):
        error = first_line(after, MAX_LINE)
        if error is None:
            return False
        raise rejection(error)
    return True


def rejection(line: str) -> NotReady:
    """Return the failure for the error in *line*."""
    if any(words in line.lower() for words in _FULL):
        return answered(
            "too-many-clients",
            f"the server answers, but its connection limit is reached: {printable(line)}",
            "Raise its max_connections, or find the client that keeps connections open.",
        )
    detail = f"the server answers with an error: {printable(line)}"
    return answered("server-error", detail)
