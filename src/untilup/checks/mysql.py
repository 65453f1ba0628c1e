"""mysql:// - ready when the server greets, and answers a login without a password as it should."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import InvalidTarget, NotReady, answered
from untilup.net import multihost, stream
from untilup.net.wrong_protocol import read_preview, wrong_protocol
from untilup.protocols import mysql
from untilup.protocols.framing import WrongProtocol, too_long
from untilup.protocols.mysql import PacketReader
from untilup.targets.path import validate_socket_path
from untilup.targets.query import parse_query
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "mysql://db/app",
    "mysql+pymysql://user:password@db:3307/app",
    "mysql:///app?unix_socket=/run/mysqld/mysqld.sock",
    port=3306,
    path=True,
    userinfo=True,
    multi_host=True,
    host_optional=True,
    allows_raw_password=True,
    accepts_driver=True,
)
# Who logs in: the server's log shows it. Not the target's user, who might be locked out for a wrong
# password (MariaDB's max_password_errors, MySQL's FAILED_LOGIN_ATTEMPTS).
NAME = "untilup"
# Drivers call it so: PyMySQL, mysqlclient and MySQL's own; libmariadb.
SOCKETS = ("unix_socket", "socket")
# More turns than any way to log in takes; a server that asks on has not answered.
MOST_TURNS = 4

_FLUSH = "somebody has to run FLUSH HOSTS there (MySQL 9: TRUNCATE performance_schema.host_cache), or to raise max_connect_errors"
# Errors (MySQL's "Server Error Message Reference") of a server that does not serve, or not this
# host: reason, what it means, a hint.
_MEANINGS = {
    1040: ("too-many-clients", "its connection limit is reached", "Raise max_connections, or find the client that keeps connections open."),
    1041: ("server-error", "the server is out of memory", ""),
    1042: ("server-error", "the server cannot resolve this host's name", "Check the server's DNS, or set skip_name_resolve on it."),
    1043: ("server-error", "the server did not understand the login", ""),
    1053: ("not-serving", "the server is shutting down", ""),
    1129: ("host-blocked", "the server has blocked this host, after too many connections that broke off", _FLUSH),
    1130: ("host-refused", "the server has no user for this host, or none yet", "is there a user for this host (CREATE USER name@'%'), or will a script make it?"),
    1135: ("server-error", "the server cannot start a thread for the connection", ""),
    1203: ("too-many-clients", "its connection limit for this user is reached", "Raise max_user_connections."),
    1927: ("not-serving", "the server has cut the connection", ""),
    3032: ("not-serving", "the server is in offline mode", "somebody has switched it on (offline_mode)"),
}  # fmt: skip
_OTHERWISE = ("server-error", "the server rejects every connection", "")
# Errors of clients (MySQL's "Client Error Message Reference"): who answers by one is a client itself.
# MySQL Router greets by itself, and has no server yet when it is to pass a login on.
_OF_CLIENTS = range(2000, 3000)
_PROXY = (
    "server-error",
    "the server is a proxy that does not reach the one behind it",
    "is the server behind the proxy up?",
)


def normalize(target: Target) -> Target:
    """Return *target* with the socket of its query; raise InvalidTarget if it has no host either."""
    query, hosts = parse_query(target), target.hosts
    if paths := [query[name][-1] for name in SOCKETS if name in query]:
        if not paths[0].startswith("/"):
            raise InvalidTarget("a socket in the query is an absolute path")
        hosts = [(paths[0], 0)]
    if not hosts:
        raise InvalidTarget(
            "the host is missing; for a socket give its path: ?unix_socket=/run/mysqld/mysqld.sock"
        )
    for path, _ in hosts:
        if path.startswith("/"):
            validate_socket_path(path)
    return target.replace(
        hosts=[(host, 0 if host.startswith("/") else port) for host, port in hosts]
    )


def check(attempt: Attempt) -> None:
    """Return when any host of the target greets."""
    multihost.check_any_host(attempt, _check_host)


def _check_host(attempt: Attempt) -> None:
    host = attempt.target.host
    conversation = stream.connect(attempt, host if host.startswith("/") else "")
    try:
        attempt.enter("listening")
        ask(attempt.target, conversation)
    finally:
        conversation.close()


def ask(target: Target, talk: Stream) -> None:
    """Return once the server has greeted, and has refused a user that does not exist.

    The server counts connections that end without a login: after 100 of them in a row it blocks this
    host (max_connect_errors). It does not count a login that it refuses.
    """
    said = bytearray()
    packets = PacketReader()
    try:
        greeting = _next(talk, packets, said)
        if greeting[0] == mysql.ERROR:
            raise _failure(*mysql.error(greeting))
        protocol, name = mysql.version(greeting)
        talk.attempt.output = [f"it is {printable(name)}"]
        if protocol == mysql.VERSION_10:
            _log_in(talk, packets, said)
    except WrongProtocol:
        raise wrong_protocol(target, read_preview(talk, bytes(said)), "MySQL or MariaDB") from None


def _log_in(talk: Stream, packets: PacketReader, said: bytearray) -> None:
    body = mysql.handshake_response(NAME)
    for _ in range(MOST_TURNS):
        talk.send(mysql.packet(packets.number + 1, body))
        packets.number += 2
        answer = _next(talk, packets, said)
        if answer[0] == mysql.ERROR:
            code, text = mysql.error(answer)
            if code in _MEANINGS or code in _OF_CLIENTS:
                raise _failure(code, text)
            return  # it serves, and not this user, or not without TLS
        if answer[0] == mysql.OK:  # an anonymous user
            talk.send(mysql.packet(0, mysql.QUIT))
            return
        if answer[0] not in {mysql.AUTH_SWITCH_REQUEST, mysql.AUTH_MORE_DATA}:
            raise WrongProtocol
        body = mysql.auth_response(answer)
    raise too_long()


def _next(talk: Stream, packets: PacketReader, said: bytearray) -> bytes:
    """Return the server's next packet, and note in *said* what came."""
    packet = packets.feed(b"")
    while packet is None:
        piece = talk.receive()
        if not piece:
            raise talk.hung_up()
        said += piece
        packet = packets.feed(piece)
    return packet


def _failure(code: int, text: str) -> NotReady:
    """Return what an error means; it can be shown, because the server was told nothing of the target."""
    otherwise = _PROXY if code in _OF_CLIENTS else _OTHERWISE
    reason, meaning, hint = _MEANINGS.get(code, otherwise)
    detail = f"answered, and {meaning}: {printable(text)} ({code})"
    return answered(reason, detail, hint)
