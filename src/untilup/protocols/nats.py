"""What a NATS server says first, and what that means; no sockets.

It speaks before it is asked: INFO and an object in JSON (docs.nats.io, "Client Protocol"). Whom it
has no room for it tells so right after that.
"""

from __future__ import annotations

from time import monotonic

from untilup.display import printable
from untilup.errors import ANSWERS, NotReady
from untilup.net.exchange import Foreign, begins, hear, line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.targets.target import Target

# Clients set no bound; INFO names every server of a cluster, in some 60 bytes each.
LONGEST_LINE = 64 * 1024

# Names of operations are the same in upper and lower case.
_INFO, _ERROR = b"INFO", b"-ERR"
_FULL = ("maximum connections exceeded", "maximum account active connections exceeded")


def be_welcomed(target: Target, talk: Talk) -> None:
    """Return when the server has welcomed whoever comes, and nothing to the contrary has followed.

    Nothing is said to it: without credentials anything else would be an error in its log.
    """
    target.enter("listening")
    said = hear(target, talk, "NATS", serves)
    if not target.settle:
        return
    target.enter("settling")
    try:
        piece = talk.receive(monotonic() + target.settle)
    except TimeoutError:
        return
    if not piece:
        raise talk.hung_up()
    hear(target, talk, "NATS", serves, said + piece)


def serves(said: bytes) -> bool:
    """Return whether *said*, all that has come so far, is the welcome of a server that serves.

    False where more has to come. Raise NotReady where it turns this client away, Foreign
    for none of this protocol.
    """
    if not begins(said[: len(_INFO)].upper(), (_INFO, _ERROR)):
        raise Foreign
    line = line_of(said, LONGEST_LINE)
    if line is None:
        return False
    if line[:1] == "-":
        raise turned_away(line)
    # INFO, white space, and the whole object.
    info = line[len(_INFO) :].strip()
    if not (info.startswith("{") and info.endswith("}")):
        raise Foreign
    after = said.partition(b"\n")[2]
    if after and begins(after[: len(_ERROR)].upper(), (_ERROR,)):
        error = line_of(after, LONGEST_LINE)
        if error is None:
            return False
        raise turned_away(error)
    return True


def turned_away(line: str) -> NotReady:
    """Return what the error in *line* means."""
    if any(words in line.lower() for words in _FULL):
        return NotReady(
            "too-many-clients",
            f"the server answers, but it has as many clients as it may: {printable(line)}",
            "raise its max_connections, or find who keeps connections open",
            free=False,
            says=ANSWERS,
        )
    detail = f"the server answers with an error: {printable(line)}"
    return NotReady("error", detail, "what does its log say?", free=False, says=ANSWERS)
