"""postgres:// - up when the server requests authentication, begins a session, or rejects this user or database."""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.net import exchange, tls
from untilup.net import stream as streams
from untilup.percent import unquote_lenient
from untilup.protocols.postgres import (
    SSL_ACCEPTED,
    SSL_REFUSED,
    SSL_REQUEST,
    TERMINATE,
    parse_startup_reply,
    startup_message,
)
from untilup.protocols.postgres_errors import SERVES, startup_failure, tls_refused
from untilup.targets import hostport, tls_options, url
from untilup.targets.path import validate_socket_path
from untilup.targets.query import FALSE, apply_driver_tls, database_name, parse_query
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.net.stream import Stream
    from untilup.protocols.postgres import StartupReply
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import HostPort, Target

# The user if the target has none, and the application name; the server logs both.
NAME = "untilup"
DATABASE = "postgres"  # which every cluster has
# The modes of libpq. The default is allow, of which untilup does what libpq tries first: plaintext.
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ACCEPTED_MODES = f"{', '.join(MODES[:-1])} or {MODES[-1]}"
PLAINTEXT_MODES = ("disable", "allow")

SYNTAX = TargetSyntax(
    "postgres://db/app",
    "postgres://user:password@db1,db2:5433/app?sslmode=require",
    "postgres:///app?host=/run/postgresql",
    port=5432,
    multi_host=True,
    host_optional=True,
    allows_raw_password=True,
    accepts_driver=True,
    options={
        "sslmode": (
            ValueType("MODE", ACCEPTED_MODES, one_of({mode: mode for mode in MODES})),
            "TLS as in libpq: `require` does not verify the certificate, `verify-ca` and `verify-full` do",
        ),
        **tls_options.TLS_OPTIONS,
    },
)

# The names of a host or of a socket in the query: libpq's, Postgrex's and pg8000's.
_HOSTS = ("host", "socket_dir", "unix_sock")
# A directory in a URL that has the name of its socket, too: in asyncpg, and as pg8000's unix_sock.
_SOCKET = "/.s.PGSQL."
# libpq's options in a URL, and their names here.
_FILES = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key"}


def normalize(target: Target) -> Target:
    """Return *target* with the options that libpq reads from its query; raise InvalidTarget."""
    tls_options.validate(target)
    query = parse_query(target)
    options = dict(apply_driver_tls(target, _FILES, {}).options)
    if options.get("ca") == "system":  # the default
        del options["ca"]
    mode = options.setdefault("sslmode", _mode(query))
    if mode not in MODES:
        raise InvalidTarget(f"'sslmode' may be {ACCEPTED_MODES}")
    # As in libpq, in which a root certificate turns `require` into `verify-ca`.
    if mode == "verify-ca" or (mode == "require" and "ca" in options):
        options["any-name"] = True
    elif mode in {"prefer", "require"}:
        options["insecure"] = True
    return target.replace(hosts=_hosts_of(target, query), options=options)


def _mode(query: dict[str, list[str]]) -> str:
    """Return the sslmode of libpq, or the equivalent option of asyncpg, node-postgres and R2DBC."""
    if mode := query.get("sslmode", query.get("sslMode", [""]))[-1]:
        return {"no-verify": "require", "tunnel": "require"}.get(mode, mode)
    ssl = query.get("ssl", ["allow"])[-1].lower()
    if ssl in FALSE:
        return "disable"
    return ssl if ssl in MODES else "require"


def _hosts_of(target: Target, query: dict[str, list[str]]) -> Sequence[HostPort]:
    """Return hosts and socket directories, with ports; those of the query replace the others."""
    given = [value for key in _HOSTS for value in query.get(key, [])]
    names = [name for value in given for name in value.split(",")]
    if any(not {*";="}.isdisjoint(name) for name in names):
        raise InvalidTarget(
            "'host' in the query has a ';' or '='; separate the options of the query with '&'"
        )
    if not (names or target.hosts):
        raise InvalidTarget(
            "the host is missing; for a socket add its directory: ?host=/run/postgresql"
        )
    hosts: Sequence[HostPort] = [_host(name, target) for name in names] or target.hosts
    if ports := [port for value in query.get("port", []) for port in value.split(",")]:
        if not all(hostport.is_port(port) for port in ports) or len(ports) not in {1, len(hosts)}:
            raise InvalidTarget("'port' in the query is one port, or one for each host")
        each = ports * len(hosts)
        hosts = [(host, int(port)) for (host, _), port in zip(hosts, each, strict=False)]
    for host, port in hosts:
        if host.startswith("/"):
            validate_socket_path(_socket(host, port))
    return list(dict.fromkeys(hosts))


def _host(name: str, target: Target) -> tuple[str, int]:
    if name.startswith("/"):
        directory, found, port = name.rpartition(_SOCKET)
        return (directory, int(port)) if found and hostport.is_port(port) else (name, target.port)
    return url.host_and_port(name, target.scheme, SYNTAX)


def _socket(directory: str, port: int) -> str:
    return f"{directory}{_SOCKET}{port}"


def connect(attempt: Attempt) -> Stream:
    """Return a stream, over TLS if the target's mode says so; to a Unix socket never over TLS."""
    target = attempt.target
    if target.host.startswith("/"):
        return streams.connect(attempt, _socket(target.host, target.port))
    mode = target.options["sslmode"]
    if mode in PLAINTEXT_MODES:
        return streams.connect(attempt)
    tls.load_context(attempt)
    plain = streams.connect(attempt)
    try:
        speaks_tls = _speaks_tls(target, plain, mode)
    except BaseException:
        plain.close()
        raise
    return tls.start_tls(plain, tls.server_hostname(target.host)) if speaks_tls else plain


def _speaks_tls(target: Target, plain: Stream, mode: str) -> bool:
    """Tell whether the server accepts the request for TLS; no plaintext may follow its answer."""

    def parse(received: bytes) -> bool | None:
        if received in {SSL_ACCEPTED, SSL_REFUSED}:
            return received == SSL_ACCEPTED
        if error := parse_startup_reply(received):
            raise startup_failure(target.user, error)
        return None

    accepted = exchange.request(target, plain, SSL_REQUEST, parse, "PostgreSQL")
    if not accepted and mode != "prefer":
        raise tls_refused()
    return accepted


def ask(target: Target, stream: Stream) -> None:
    """Return when the answer to a startup message is that of a server that serves."""
    query = parse_query(target)
    user, database = _user(target, query), _database(target, query)
    # The target is shown with its path, which mostly is the database, but without its query.
    hidden = (user,) if database in str(target) else (user, database)
    message = startup_message({"user": user, "database": database, "application_name": NAME})
    reply = exchange.request(target, stream, message, parse_startup_reply, "PostgreSQL")
    if reply.session:
        stream.send(TERMINATE)
    # A client may disconnect when it is asked for a password: the server logs nothing.
    stream.attempt.output = [_describe(reply)]
    if not (reply.asks or reply.session or reply.code.startswith(SERVES)):
        raise startup_failure(target.user, reply, *hidden)


def _user(target: Target, query: dict[str, list[str]]) -> str:
    name = unquote_lenient(target.user.partition(":")[0]) or query.get("user", [""])[-1]
    return _sendable(name) or NAME


def _database(target: Target, query: dict[str, list[str]]) -> str:
    name = query.get("dbname", [""])[-1] or database_name(target)
    return _sendable(name) or DATABASE


def _sendable(name: str) -> str:
    """Return *name*; an empty string if it has a NUL, which would end it early."""
    return "" if "\0" in name else name


def _describe(reply: StartupReply) -> str:
    if reply.asks:
        return "the server requests authentication"
    if reply.session:
        return "the server began a session without authentication"
    return f"error {reply.code or 'without a code'}"
