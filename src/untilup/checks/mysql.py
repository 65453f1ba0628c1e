"""mysql:// - up when the server sends its greeting, and answers a login without a password, even with a refusal."""

from __future__ import annotations

from functools import partial

from untilup.display import printable
from untilup.errors import InvalidTarget
from untilup.net.exchange import read_parsed
from untilup.protocols import mysql
from untilup.protocols.framing import too_long
from untilup.targets.path import validate_socket_path
from untilup.targets.query import parse_query
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "mysql://db/app",
    "mysql+pymysql://user:password@db:3307/app",
    "mysql:///app?unix_socket=/run/mysqld/mysqld.sock",
    port=3306,
    multi_host=True,
    host_optional=True,
    allows_raw_password=True,
    accepts_driver=True,
)
# The user that logs in, as the server logs it. Not the target's user: a wrong password could lock
# that account (MariaDB's max_password_errors, MySQL's FAILED_LOGIN_ATTEMPTS).
NAME = "untilup"
# The names of the option, in lower case: in PyMySQL, mysqlclient, Doctrine and MySQL's driver; in
# libmariadb, Rails, Prisma and MyXQL; in mysql2 (Node.js); in MariaDB's Connector/J; in R2DBC.
SOCKETS = ("unix_socket", "socket", "socketpath", "localsocket", "unixsocket")
# More rounds than any authentication method has.
MAX_ROUNDS = 4


def normalize(target: Target) -> Target:
    """Return *target* with the socket of its query as host; raise InvalidTarget if it has neither."""
    query = {name.lower(): values for name, values in parse_query(target).items()}
    hosts = target.hosts
    if paths := [query[name][-1] for name in SOCKETS if name in query]:
        if not paths[0].startswith("/"):
            raise InvalidTarget("the path of a socket in the query must be absolute")
        hosts = [(paths[0], 0)]
    if not hosts:
        raise InvalidTarget(
            "the host is missing; for a socket add its path: ?unix_socket=/run/mysqld/mysqld.sock"
        )
    for path, _ in hosts:
        if path.startswith("/"):
            validate_socket_path(path)
    return target.replace(
        hosts=[(host, 0 if host.startswith("/") else port) for host, port in hosts]
    )


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has sent its greeting and answered a login of a user that does not exist.

    The server counts connections that end without a login, and after 100 in a row it blocks this host
    (max_connect_errors). It does not count a login that it refuses.
    """
    stream.attempt.enter("listening")
    (protocol, name), received = read_parsed(
        target, stream, "MySQL or MariaDB", mysql.parse_greeting
    )
    stream.attempt.output = [f"the server is {printable(name)}"]
    if protocol == mysql.VERSION_10:
        _log_in(target, stream, received)


def _log_in(target: Target, stream: Stream, received: bytes) -> None:
    body = mysql.handshake_response(NAME)
    for number in range(1, 2 * MAX_ROUNDS, 2):
        stream.send(mysql.packet(number, body))
        parse = partial(mysql.parse_login_answer, number=number + 1)
        answer, received = read_parsed(target, stream, "MySQL or MariaDB", parse, received)
        if answer[0] == mysql.ERROR:
            return  # the server serves, but not this user, or not without TLS
        if answer[0] == mysql.OK:  # an anonymous user
            stream.send(mysql.packet(0, mysql.QUIT))
            return
        body = mysql.auth_response(answer)
    raise too_long()
