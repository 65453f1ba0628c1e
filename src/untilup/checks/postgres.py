"""postgres:// - ready when the server asks who is there, or says why this user or database is not let in."""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.net import exchange, multihost, stream, tls
from untilup.percent import unquote_lenient
from untilup.protocols.postgres import (
    SSL_ACCEPTED,
    SSL_REFUSED,
    SSL_REQUEST,
    TERMINATE,
    answer,
    startup,
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

# Who asks, where the target has no user: the server's log shows it.
NAME = "untilup"
DATABASE = "postgres"  # there is one of that name in every cluster
# The modes of libpq. Without one untilup asks in plaintext: what `allow` tries first.
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
IN_THE_CLEAR = ("disable", "allow")

SYNTAX = TargetSyntax(
    "postgres://db/app",
    "postgres://user:password@db1,db2:5433/app?sslmode=require",
    "postgres:///app?host=/run/postgresql",
    port=5432,
    path=True,
    userinfo=True,
    multi_host=True,
    host_optional=True,
    allows_raw_password=True,
    accepts_driver=True,
    options={
        "sslmode": (
            ValueType("MODE", ", ".join(MODES), one_of({mode: mode for mode in MODES})),
            "TLS as in libpq: `require` does not verify the certificate, `verify-ca` and `verify-full` do",
        ),
        **tls_options.TLS_OPTIONS,
    },
)

# libpq's options in a URL, and what they are called here.
_FILES = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key"}


def normalize(target: Target) -> Target:
    """Return *target* with what libpq would take from its query; raise InvalidTarget for nonsense."""
    tls_options.validate(target)
    query = parse_query(target)
    options = dict(apply_driver_tls(target, _FILES, {}).options)
    if options.get("ca") == "system":  # what is trusted here without any
        del options["ca"]
    mode = options.setdefault("sslmode", _mode(query))
    if mode not in MODES:
        raise InvalidTarget(f"'sslmode' may be {', '.join(MODES)}")
    # As in libpq, where a root certificate turns `require` into `verify-ca`.
    if mode == "verify-ca" or (mode == "require" and "ca" in options):
        options["any-name"] = True
    elif mode in {"prefer", "require"}:
        options["insecure"] = True
    return target.replace(hosts=_hosts_of(target, query), options=options)


def _mode(query: dict[str, list[str]]) -> str:
    """Return the mode as libpq has it, or what asyncpg and node-postgres have in its place."""
    if "sslmode" in query:
        mode = query["sslmode"][-1]
        return "require" if mode == "no-verify" else mode
    wish = query.get("ssl", ["allow"])[-1].lower()
    if wish in FALSE:
        return "disable"
    return wish if wish in MODES else "require"


def _hosts_of(target: Target, query: dict[str, list[str]]) -> Sequence[HostPort]:
    """Return the hosts and the directories of sockets, with their ports: as the query has them, if it does."""
    names = [name for value in query.get("host", []) for name in value.split(",")]
    if any(not {*";="}.isdisjoint(name) for name in names):
        raise InvalidTarget(
            "'host' in the query has a ';' or '=': separate what the query has by '&'"
        )
    if not (names or target.hosts):
        raise InvalidTarget(
            "the host is missing; for a socket give its folder: ?host=/run/postgresql"
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
        return name, target.port
    return url.host_and_port(name, target.scheme, SYNTAX)


def _socket(folder: str, port: int) -> str:
    return f"{folder}/.s.PGSQL.{port}"


def check(attempt: Attempt) -> None:
    """Return when any host of the target answers as a server that serves."""
    multihost.check_any_host(attempt, _check_host)


def _check_host(attempt: Attempt) -> None:
    conversation = _open(attempt)
    try:
        ask(attempt.target, conversation)
    finally:
        conversation.close()


def _open(attempt: Attempt) -> Stream:
    """Return a conversation that is encrypted as the target's mode says; on a socket it never is."""
    target = attempt.target
    if target.host.startswith("/"):
        return stream.connect(attempt, _socket(target.host, target.port))
    mode = target.options["sslmode"]
    if mode in IN_THE_CLEAR:
        return stream.connect(attempt)
    tls.load_context(target)
    plain = stream.connect(attempt)
    try:
        willing = _is_willing(target, plain, mode)
    except BaseException:
        plain.close()
        raise
    return tls.start_tls(plain, tls.server_hostname(target.host)) if willing else plain


def _is_willing(target: Target, plain: Stream, mode: str) -> bool:
    """Tell whether the server will speak TLS now; nothing may follow that it has said in plaintext."""

    def understand(said: bytes) -> bool | None:
        if said in {SSL_ACCEPTED, SSL_REFUSED}:
            return said == SSL_ACCEPTED
        if error := answer(said):
            raise startup_failure(target.user, error)
        return None

    willing = exchange.request(target, plain, SSL_REQUEST, understand, "PostgreSQL")
    if not willing and mode != "prefer":
        raise tls_refused()
    return willing


def ask(target: Target, talk: Stream) -> None:
    """Begin a session as if to log in, and return where the answer is that of a server that serves."""
    query = parse_query(target)
    user, database = _user(target, query), _database(target, query)
    # The database is mostly printed with the target, as its path; the query never is.
    hidden = (user,) if database in str(target) else (user, database)
    question = startup({"user": user, "database": database, "application_name": NAME})
    found = exchange.request(target, talk, question, answer, "PostgreSQL")
    if found.session:
        talk.send(TERMINATE)
    # Who is asked for a password may go without a word, and the log has none of it either.
    serves = found.asks or found.session or found.code.startswith(SERVES)
    talk.attempt.output = [_heard(found)]
    if not serves:
        raise startup_failure(target.user, found, *hidden)


def _user(target: Target, query: dict[str, list[str]]) -> str:
    name = unquote_lenient(target.user.partition(":")[0]) or query.get("user", [""])[-1]
    return _sendable(name) or NAME


def _database(target: Target, query: dict[str, list[str]]) -> str:
    name = query.get("dbname", [""])[-1] or database_name(target)
    return _sendable(name) or DATABASE


def _sendable(name: str) -> str:
    """Return *name* unless a NUL would end it where it does not end."""
    return "" if "\0" in name else name


def _heard(found: StartupReply) -> str:
    if found.asks:
        return "it asks who is there"
    return "it lets everybody in" if found.session else f"error {found.code or 'without a code'}"
