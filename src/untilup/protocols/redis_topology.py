"""What Redis says of a cluster, of a sentinel's master, and of its own role: questions, answers and meaning.

The sources are Redis's pages on CLUSTER INFO, ROLE and Sentinel, and on RESP, the form of the answers.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import NotReady, answered
from untilup.protocols.framing import WrongProtocol, too_long
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Reply = str | list["Reply"]

CLUSTER_INFO = ("CLUSTER", "INFO")
ROLE = ("ROLE",)
MASTER_OF = ("SENTINEL", "get-master-addr-by-name")
# CLUSTER INFO has less than a kilobyte; ROLE names each replica, in some 60 bytes.
MAX_REPLY = 64 * 1024
# CPython refuses to parse a number of thousands of digits.
MAX_DIGITS = len(str(MAX_REPLY))
# ROLE has arrays in an array, with texts in them.
MAX_DEPTH = 4
SIMPLE, ERROR, NUMBER, BULK, ARRAY = b"+", b"-", b":", b"$", b"*"
NULL = "-1"
# Errors to a client that has not logged in, or may not ask this.
_NOT_LOGGED_IN = ("-NOAUTH", "-NOPERM")
UNAUTHORIZED = ""
_NO_COMMAND = "-ERR unknown command"
_NO_CLUSTER = "-ERR This instance has cluster support disabled"
_JOIN = "Check that each node is up, and that the cluster has been created (redis-cli --cluster create)."
_NOT_CLUSTERED = "Start the server with cluster-enabled yes, or remove #cluster from the target."
_NO_SENTINEL = "Name the sentinels and their port, which is 26379 by default."
_NO_MASTER = "Check the name: it is the one in `sentinel monitor` of the sentinel's file."
_FAILOVER = "A failover may be under way. Look at the log of the sentinel."


def command(*words: str) -> bytes:
    """Return a command as client libraries send it."""
    encoded = [word.encode("utf-8", "surrogateescape") for word in words]
    each = [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
    return b"*%d\r\n%s" % (len(each), b"".join(each))


def parse_reply(received: bytes) -> Reply | None:
    """Return the reply *received*; None if it is incomplete.

    A text is as it is, an error begins with its '-', null is an empty list. Raise WrongProtocol if it is
    not RESP, NotReady if it does not end.
    """
    found = _value(received, 0, MAX_DEPTH)
    if found is None and len(received) >= MAX_REPLY:
        raise too_long()
    return found[0] if found else None


def _value(data: bytes, at: int, depth: int) -> tuple[Reply, int] | None:
    """Return the value that begins at the offset *at*, and the offset after it; None if it is incomplete."""
    kind = data[at : at + 1]
    if (kind and kind not in {SIMPLE, ERROR, NUMBER, BULK, ARRAY}) or not depth:
        raise WrongProtocol
    end = data.find(b"\r\n", at)
    if end < 0:
        return None
    line, after = data[at + 1 : end].decode("utf-8", "replace"), end + 2
    if kind in {SIMPLE, NUMBER, ERROR}:
        return (f"-{line}" if kind == ERROR else line), after
    if line == NULL:
        return [], after
    if not (hostport.is_number(line) and len(line) <= MAX_DIGITS and int(line) <= MAX_REPLY):
        raise WrongProtocol
    size = int(line)
    return _values(data, after, size, depth) if kind == ARRAY else _bulk(data, after, size)


def _bulk(data: bytes, at: int, size: int) -> tuple[Reply, int] | None:
    end = at + size
    if len(data) < end + 2:
        return None
    return data[at:end].decode("utf-8", "replace"), end + 2


def _values(data: bytes, at: int, size: int, depth: int) -> tuple[Reply, int] | None:
    values: list[Reply] = []
    while len(values) < size:
        found = _value(data, at, depth - 1)
        if found is None:
            return None
        value, at = found
        values.append(value)
    return values, at


def parse(received: bytes, judge: Callable[[Reply], object]) -> object | None:
    """Return what *judge* says of the reply *received*; None if that is incomplete.

    Return UNAUTHORIZED if the server answers the question only to a client that has logged in. Raise
    NotReady as *judge* does, and WrongProtocol if it is no answer to the question.
    """
    reply = parse_reply(received)
    if reply is None:
        return None
    if isinstance(reply, str) and reply.startswith(_NOT_LOGGED_IN):
        return UNAUTHORIZED
    return judge(reply)


def cluster_is_ok(reply: Reply) -> bool:
    """Return True if the *reply* to CLUSTER INFO says that the cluster's state is ok; raise NotReady if not."""
    if isinstance(reply, str) and reply.startswith(_NO_CLUSTER):
        raise answered("server-error", "the server is not a node of a cluster", _NOT_CLUSTERED)
    fields = dict(line.partition(":")[::2] for line in _text(reply).splitlines())
    state = fields.get("cluster_state", "")
    if not state:
        raise WrongProtocol
    if state != "ok":
        slots = printable(fields.get("cluster_slots_assigned", "?"))
        detail = (
            f"the state of the cluster is {printable(state)}: {slots} of 16384 slots are assigned"
        )
        raise answered("not-serving", detail, _JOIN)
    return True


def master_in(reply: Reply, name: str) -> tuple[str, int]:
    """Return host and port of the master *name* in the *reply* of a sentinel; raise NotReady if it has none."""
    if reply == []:
        detail = f"the sentinel monitors no master with the name {printable(name)}"
        raise answered("no-master", detail, _NO_MASTER)
    if isinstance(reply, str):
        if reply.startswith(_NO_COMMAND):
            raise answered("server-error", "the server is not a sentinel", _NO_SENTINEL)
        raise _error(reply)
    if len(reply) != 2 or not all(isinstance(each, str) for each in reply):  # noqa: PLR2004 - a host and a port
        raise WrongProtocol
    host, port = map(str, reply)
    if not hostport.is_port(port) or (hostport.hostname_error(host) and not hostport.is_ipv6(host)):
        raise WrongProtocol
    return host, int(port)


def is_master(reply: Reply) -> bool:
    """Return True unless the *reply* to ROLE is that of a replica, or of a sentinel; raise NotReady then."""
    if isinstance(reply, str):
        if reply.startswith(_NO_COMMAND):
            return True
        raise _error(reply)
    role = reply[0] if reply else ""
    if not (role and isinstance(role, str)):
        raise WrongProtocol
    if role != "master":
        detail = f"the server that the sentinel names as master is in the role {printable(role)}"
        raise answered("not-primary", detail, _FAILOVER)
    return True


def _text(reply: Reply) -> str:
    if not isinstance(reply, str):
        raise WrongProtocol
    if reply.startswith("-"):
        raise _error(reply)
    return reply


def _error(reply: str) -> NotReady | WrongProtocol:
    if not reply.startswith("-"):
        return WrongProtocol()
    return answered("server-error", f"the server answers with an error: {printable(reply)}")
