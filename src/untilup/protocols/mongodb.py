"""Encodes MongoDB's ``hello`` command, parses the reply, and says what it means.

The source is MongoDB's reference of the wire protocol (OP_MSG, since 3.6) and of ``hello``, which
needs no credentials.
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

# A message: its length, its id, the id of the message that it answers, and its opcode (4 bytes
# each). OP_MSG continues with flags (4 bytes) and sections: a kind (1 byte) and a document.
HEADER = 16
PREFIX = HEADER + 4 + 1
OP_MSG = 2013
CHECKSUM_PRESENT = 1  # 4 bytes at the end, which TCP and TLS make unnecessary
# A client must know each flag of the lower half that is set. The other known flag, moreToCome, is
# set only if a client asks for it.
REQUIRED = 0xFFFF
BODY = 0
# The 50 members of the largest replica set are named in 20 KiB. A TLS record, read as a message,
# would be longer.
MAX_LENGTH = 64 * 1024

# Servers before 4.4.2, 4.2.10, 4.0.21 and 3.6.21 know only the second command.
COMMANDS = ("hello", "isMaster")
COMMAND_NOT_FOUND = 59

_INITIATE = (
    "Run rs.initiate() on one member. If your command does that, remove replicaSet= from the URL."
)
_NO_SET = "Start mongod with --replSet and the name of the set, or remove replicaSet= from the URL."
_NO_PRIMARY = "Check that a majority of the replica set's members is up: it elects the primary."


def hello_request(number: int) -> bytes:
    """Return the request with the command of that *number*: 0 is ``hello``, 1 its older name."""
    body = encode({COMMANDS[number]: 1, "$db": "admin"})
    words = (PREFIX + len(body), _request(number), 0, OP_MSG, 0)
    return b"".join(word.to_bytes(4, "little") for word in words) + bytes([BODY]) + body


def _request(number: int) -> int:
    return number + 1


def parse_reply(received: bytes, number: int) -> Reply | None:
    """Return the reply to request *number*; None if *received* is incomplete.

    Raise WrongProtocol if *received* is not such a reply.
    """
    words = [int.from_bytes(received[at : at + 4], "little") for at in range(0, HEADER + 4, 4)]
    length, _, answers, kind, flags = words
    # Each field is checked as soon as it is there: a short answer of another protocol gets no more
    # bytes.
    if len(received) >= 4 and not PREFIX <= length <= MAX_LENGTH:  # noqa: PLR2004 - the bytes of the length
        raise WrongProtocol
    if len(received) < PREFIX:
        return None
    body_kind = received[PREFIX - 1]
    if (answers, kind, body_kind) != (_request(number), OP_MSG, BODY):
        raise WrongProtocol
    if flags & REQUIRED & ~CHECKSUM_PRESENT:
        raise WrongProtocol
    if len(received) < length:
        return None
    # The message may have more sections; the document has its own length.
    end = PREFIX + int.from_bytes(received[PREFIX : PREFIX + 4], "little")
    if end > length:
        raise WrongProtocol
    return decode(received[PREFIX:end])


def is_unknown_command(answer: Reply) -> bool:
    """Tell whether the server does not know the command."""
    return not answer.get("ok") and answer.get("code") == COMMAND_NOT_FOUND


def raise_unless_serving(answer: Reply, *, primary: bool, replica_set: str = "") -> None:
    """Raise NotReady for an error, and for a server that is not what the target asks for.

    That is a *primary*, or a serving member of the *replica_set*, as drivers require.
    """
    if answer.get("ok") != 1:
        code = _text(answer, "codeName") or str(answer.get("code", "no code"))
        detail = f"the server answers with an error: {_text(answer, 'errmsg')} ({code})"
        raise answered("server-error", detail)
    if replica_set and (why := _not_of_the_set(answer, replica_set)):
        raise answered(*why)
    writable = answer.get("isWritablePrimary", answer.get("ismaster")) is True
    if primary and not writable:
        detail = f"the server is {_role(answer)}; expected a primary"
        raise answered("not-primary", detail, _hint(answer))
    if replica_set and not (writable or answer.get("secondary") is True):
        detail = f"the server is {_role(answer)}; replicaSet= requires a primary or a secondary"
        raise answered("not-serving", detail)


def _not_of_the_set(answer: Reply, replica_set: str) -> tuple[str, str, str] | None:
    """Return reason, detail and hint for a server that is not a member of the *replica_set*.

    That name is not shown, because it is in the target's query; the name that the server sends is.
    """
    if answer.get("setName") == replica_set:
        return None
    if answer.get("isreplicaset"):
        detail = (
            "the server waits for its replica set to be initiated; replicaSet= requires a member"
        )
        return "not-initiated", detail, _INITIATE
    if name := _text(answer, "setName"):
        detail = f"the server is a member of the replica set {name}; replicaSet= names another"
        return (
            "other-replica-set",
            detail,
            "Correct replicaSet= or the host. The name is case-sensitive.",
        )
    what = "a mongos" if answer.get("msg") == "isdbgrid" else "a standalone server"
    detail = f"the server is {what}; replicaSet= requires a member of a replica set"
    return "no-replica-set", detail, _NO_SET


def _role(answer: Reply) -> str:
    """Return the role of a server that is not a primary, in words."""
    if answer.get("isreplicaset"):
        return "waiting for its replica set to be initiated"
    name = _text(answer, "setName")
    of = f" of the replica set {name}" if name else ""
    if answer.get("arbiterOnly") is True:
        role = f"an arbiter{of}"
    elif answer.get("secondary") is True:
        role = f"a secondary{of}"
    else:
        role = f"a member{of} that is starting or recovering" if name else "not a primary"
    leader = _text(answer, "primary")
    return f"{role} (its primary: {leader})" if leader else f"{role} (without a primary)"


def _hint(answer: Reply) -> str:
    if answer.get("isreplicaset"):
        return "Run rs.initiate() on one member."
    if _text(answer, "primary"):
        return "Name the primary, or all members: mongodb://one,two,three/#primary."
    return _NO_PRIMARY


def _text(answer: Reply, name: str) -> str:
    """Return a text field as it can be shown; an empty string if it is not a text."""
    value = answer.get(name)
    return printable(value) if isinstance(value, str) else ""
