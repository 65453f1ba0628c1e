"""MongoDB as a client first hears it: the answer to ``hello``, what it means, and no sockets.

By the reference of MongoDB's wire protocol (OP_MSG, which all servers since 3.6 speak) and of its
command ``hello``, which needs no credentials.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.bson import decode, encode
from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.protocols.bson import Value

    Reply = dict[str, Value]

# A message: its length, its number, that of the message which it answers, and its kind, all in 4
# bytes; of OP_MSG then its flags (4), and for each section its kind (1) and what it holds.
HEADER = 16
PREFIX = HEADER + 4 + 1
OP_MSG = 2013
CHECKSUM_PRESENT = 1  # in 4 bytes at the end; TCP and TLS have theirs
# Of the flags' lower half a client must know every one that is set; the other one says that more
# messages follow, which untilup never asks for.
REQUIRED = 0xFFFF
BODY = 0
# A message may have 48 MB; fifty members, the most that a replica set can have, are named in 20 KiB.
# What begins as a record of TLS would be longer.
MOST = 64 * 1024

# hello is as old as 4.4.2, 4.2.10, 4.0.21 and 3.6.21; the servers before these know the other.
COMMANDS = ("hello", "isMaster")
COMMAND_NOT_FOUND = 59

_INITIATE = "Run rs.initiate() on one member. To wait in order to run it, leave replicaSet= out."
_NO_SET = (
    "Start mongod with --replSet and the name of the set, or leave replicaSet= out of the URL."
)
_NO_PRIMARY = "does the replica set have a majority of its members, and has it elected a primary?"


def hello_request(number: int) -> bytes:
    """Return the message of that *number*: 0 asks for ``hello``, 1 for what that was before."""
    body = encode({COMMANDS[number]: 1, "$db": "admin"})
    words = (PREFIX + len(body), _request(number), 0, OP_MSG, 0)
    return b"".join(word.to_bytes(4, "little") for word in words) + bytes([BODY]) + body


def _request(number: int) -> int:
    return number + 1


def parse_reply(said: bytes, number: int) -> Reply | None:
    """Return what the answer to question *number* says, or None while it is not complete.

    Raise WrongProtocol where what was *said* is no such answer.
    """
    words = [int.from_bytes(said[at : at + 4], "little") for at in range(0, HEADER + 4, 4)]
    length, _, answers, kind, flags = words
    # Each is checked once it is there: another protocol's short answer must not be waited for.
    if len(said) >= 4 and not PREFIX <= length <= MOST:  # noqa: PLR2004 - the bytes of the length
        raise WrongProtocol
    if len(said) < PREFIX:
        return None
    body_kind = said[PREFIX - 1]
    if (answers, kind, body_kind) != (_request(number), OP_MSG, BODY):
        raise WrongProtocol
    if flags & REQUIRED & ~CHECKSUM_PRESENT:
        raise WrongProtocol
    if len(said) < length:
        return None
    # Whatever else the message has, the document says where it ends.
    end = PREFIX + int.from_bytes(said[PREFIX : PREFIX + 4], "little")
    if end > length:
        raise WrongProtocol
    return decode(said[PREFIX:end])


def unknown(answer: Reply) -> bool:
    """Tell whether the server says that it does not know the command."""
    return not answer.get("ok") and answer.get("code") == COMMAND_NOT_FOUND


def raise_unless_serving(answer: Reply, *, primary: bool, replica_set: str = "") -> None:
    """Raise NotReady unless the server is content, and what is wanted of it.

    That is to be a *primary*, or a member of the *replica_set* that serves, as drivers demand it.
    """
    if answer.get("ok") != 1:
        code = _text(answer, "codeName") or str(answer.get("code", "no code"))
        detail = f"the server answers with an error: {_text(answer, 'errmsg')} ({code})"
        raise answered("server-error", detail)
    if replica_set and (why := _not_of_the_set(answer, replica_set)):
        raise answered(*why)
    writable = answer.get("isWritablePrimary", answer.get("ismaster")) is True
    if primary and not writable:
        detail = f"the server is {_role(answer)}, and a primary is waited for"
        raise answered("not-primary", detail, _hint(answer))
    if replica_set and not (writable or answer.get("secondary") is True):
        detail = f"the server is {_role(answer)}, and replicaSet= demands a primary or a secondary"
        raise answered("not-serving", detail)


def _not_of_the_set(answer: Reply, replica_set: str) -> tuple[str, str, str] | None:
    """Return reason, detail and hint for a server that is no member of the *replica_set*.

    The name stands in the target's query, and so is not shown; that of the server's own is.
    """
    if answer.get("setName") == replica_set:
        return None
    if answer.get("isreplicaset"):
        detail = "the server has not been told yet of which replica set it is a member, and replicaSet= demands one"
        return "not-initiated", detail, _INITIATE
    if name := _text(answer, "setName"):
        detail = (
            f"the server is a member of the replica set {name}, and replicaSet= demands another"
        )
        return (
            "other-replica-set",
            detail,
            "Correct replicaSet= or the host; upper and lower case differ.",
        )
    what = "a mongos" if answer.get("msg") == "isdbgrid" else "a standalone server"
    detail = f"the server is {what}, and replicaSet= demands a member of a replica set"
    return "no-replica-set", detail, _NO_SET


def _role(answer: Reply) -> str:
    """Return in words what a server is that is no primary."""
    if answer.get("isreplicaset"):
        return "to become a member of a replica set, and waits to be told of which"
    name = _text(answer, "setName")
    of = f" of the replica set {name}" if name else ""
    if answer.get("arbiterOnly") is True:
        role = f"an arbiter{of}"
    elif answer.get("secondary") is True:
        role = f"a secondary{of}"
    else:
        role = f"a member{of} that is starting or recovering" if name else "no primary"
    leader = _text(answer, "primary")
    return f"{role} (its primary: {leader})" if leader else f"{role} (without a primary)"


def _hint(answer: Reply) -> str:
    if answer.get("isreplicaset"):
        return "rs.initiate() makes the replica set"
    if _text(answer, "primary"):
        return "wait for the primary, or name all members: mongodb://one,two,three/#primary"
    return _NO_PRIMARY


def _text(answer: Reply, name: str) -> str:
    """Return a field as it can be shown, or nothing where it is no text."""
    value = answer.get(name)
    return printable(value) if isinstance(value, str) else ""
