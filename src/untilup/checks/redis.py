"""redis:// - up when PING is answered with PONG, or with an authentication error; `cluster` and `sentinel` ask for more."""

from __future__ import annotations

from functools import partial

from untilup import checks
from untilup.errors import CheckFailed, InvalidTarget
from untilup.net.exchange import read_until, request
from untilup.protocols import redis
from untilup.targets import hostport, path
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG, TEXT, ValueType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import Stream
    from untilup.protocols.redis_topology import Reply
    from untilup.targets.target import Target

# The first is registered with IANA. The second is the one of Redis's page on Sentinel.
PORT, SENTINEL_PORT = 6379, 26379


def _port(target: Target) -> int:
    return SENTINEL_PORT if "sentinel" in target.options else PORT


SYNTAX = TargetSyntax(
    "redis://cache",
    "redis://user:password@cache1:6379,cache2/0",
    "redis://localhost#unix=/run/redis/redis.sock",
    "redis://node1,node2,node3#cluster",
    "redis+sentinel://one,two,three/mymaster",
    port=PORT,
    multi_host=True,
    port_of=_port,
    allows_raw_password=True,
    options={
        "cluster": (FLAG, "the state of the server's cluster must be ok"),
        "sentinel": (
            ValueType("NAME", "the name of a master", TEXT.parse),
            "the hosts are sentinels, and the master that they know by this name must be up",
        ),
        **path.UNIX_OPTION,
    },
)
# An option of the target that a sentinel names.
OF_SENTINEL = "named-by-sentinel"
_REACH = "The sentinel names this address. Check that it can be reached from here (replica-announce-ip, sentinel announce-hostnames)."
_UNKNOWN = "the server requires a login, so untilup does not know"


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    path.validate_socket_option(target)
    if target.options.get("cluster") and "sentinel" in target.options:
        raise InvalidTarget(
            "'cluster' and 'sentinel' cannot be combined: a cluster needs no sentinels"
        )


def ask(target: Target, stream: Stream) -> None:
    """Return when the answer to PING shows that the server serves. User and password are never sent."""
    stream.send(redis.PING)
    read_until(target, stream, "Redis", redis.is_serving)
    if target.options.get("cluster"):
        _ask_cluster(target, stream)
    elif name := target.options.get("sentinel"):
        _ask_master(target, stream, name)
    elif target.options.get(OF_SENTINEL):
        _ask_role(target, stream)


def _ask_cluster(target: Target, stream: Stream) -> None:
    """Return when the server knows all of its cluster, or shows that only after a login."""
    from untilup.protocols import redis_topology as topology

    if not _request(target, stream, topology.CLUSTER_INFO, topology.cluster_is_ok):
        stream.attempt.note(f"{_UNKNOWN} the state of the cluster")


def _ask_master(target: Target, stream: Stream, name: str) -> None:
    """Return when the master is up that a sentinel knows by *name*, or if it shows that only after a login."""
    from untilup.protocols import redis_topology as topology

    judge = partial(topology.master_in, name=name)
    where = _request(target, stream, (*topology.MASTER_OF, name), judge)
    if not isinstance(where, tuple):
        stream.attempt.note(f"{_UNKNOWN} the master")
        return
    own = {key: value for key, value in target.options.items() if key not in {"sentinel", "unix"}}
    master = target.replace([where], options={**own, OF_SENTINEL: True})
    try:
        checks.check_part(stream.attempt, master)
    except CheckFailed as failure:
        failure.detail = f"the master at {hostport.join_host_port(*where)}: {failure.detail}"
        failure.hint = failure.hint or _REACH
        failure.cheap = False  # the sentinel has worked for it
        raise


def _ask_role(target: Target, stream: Stream) -> None:
    """Return if the server is a master, as clients of a sentinel require."""
    from untilup.protocols import redis_topology as topology

    _request(target, stream, topology.ROLE, topology.is_master)


def _request(
    target: Target, stream: Stream, words: tuple[str, ...], judge: Callable[[Reply], object]
) -> object:
    from untilup.protocols import redis_topology as topology

    parse = partial(topology.parse, judge=judge)
    return request(target, stream, topology.command(*words), parse, "Redis")
