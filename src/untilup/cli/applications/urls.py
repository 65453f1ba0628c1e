"""What the URLs of applications mean: of frameworks and drivers, with schemes that no check has as its name.

schemes.py has the names. A URL that is none of them has no meaning here.
"""

from __future__ import annotations

from untilup import checks
from untilup.cli.applications import jdbc, mysql_dsn, oracle, sentinels
from untilup.cli.applications.meaning import Meaning, split_options
from untilup.cli.applications.schemes import (
    BEFORE_A_SCHEME,
    OF_A_CHECK,
    REDIS_SOCKETS,
    WITHOUT_A_CHECK,
    WITHOUT_A_SERVER,
    Scheme,
    find,
)
from untilup.errors import InvalidTarget
from untilup.percent import unquote_lenient
from untilup.targets import hostport
from untilup.targets.syntax import HOST_AND_PORT

SQLITE = "sqlite"
# SQLAlchemy needs no '//' for a database in memory, Rails and Sequelize for none.
SQLITE_WITHOUT_SLASHES = ("sqlite:", "sqlite3:")
# Prisma's databases, which have a path that is mostly relative.
FILE, OF_SQLITE = "file:", (".db", ".db3", ".sqlite", ".sqlite3")
# Symfony Mailer: the host, and the ends of the schemes, if the mail goes to the servers of a provider.
PROVIDER, TO_A_PROVIDER = "default", ("api", "https", "smtp", "smtps")
# The servers, by their default ports, that Ecto has adapters for besides PostgreSQL.
ECTO = {"3306": "mysql", "1433": "mssql"}
# SQLAlchemy takes the host for the name of a data source, or of Oracle's, if no database follows.
DATA_SOURCES = ("mssql+pyodbc", "mssql+aioodbc", "oracle", "oracle+cx_oracle", "oracle+oracledb")
# Prisma's URLs, and those of others, have properties after a ';'.
SQL_SERVER = "mssql"
OF_SQL_SERVER = ("sqlserver", "sqlsrv", "mssql")
# What follows a scheme and a '+' if it says how the server is reached.
PLAINTEXT, ENCRYPTED = ("http", "tcp"), ("https", "tls", "ssl")
# What redis-py reads from the query of a unix:// URL.
OF_REDIS = ("db", "virtual_host", "password", "username", "protocol")
# What Predis and the drivers of ClickHouse read from the query of a tcp:// URL.
OF_TCP = (
    *("database", "db", "username", "user", "password", "auth", "secure", "debug", "prefix"),
    *("compress", "timeout", "read_timeout", "write_timeout", "dial_timeout", "alt_hosts"),
)


def meaning_of(text: str) -> Meaning | None:
    """Return what *text* means; None if it belongs to no known framework.

    Raise InvalidTarget if it does, and where it connects to is not in it.
    """
    if jdbc.is_jdbc(text):
        return _of_jdbc(*jdbc.split(text))
    if oracle.is_descriptor(text):
        return Meaning("oracle", oracle.of_descriptor(text))
    if found := mysql_dsn.meaning_of(text):
        return found
    scheme, separator, rest = text.partition("://")
    if separator:
        return _of_scheme(scheme.lower(), rest)
    lower = text.lower()
    path = lower.partition("?")[0].partition("#")[0]
    if (
        lower.startswith(SQLITE_WITHOUT_SLASHES)
        and not hostport.is_port(lower.partition(":")[2].partition("#")[0])
    ) or (lower.startswith(FILE) and path.endswith(OF_SQLITE)):
        return _of_scheme(SQLITE, "")
    return None


def _of_jdbc(name: str, rest: str) -> Meaning | None:
    """Return the meaning of a URL of JDBC or R2DBC, by the *name* of its driver."""
    found = _of_scheme(f"{jdbc.JDBC}{name}", rest) or _of_scheme(name, rest)
    return found or (Meaning(name, rest) if checks.syntax_of(name) else None)


def _of_scheme(name: str, rest: str) -> Meaning | None:
    """Return the meaning of ``name://rest``, whose *name* is in lower case and may have a driver."""
    first, plus, second = name.partition("+")
    if plus and first in BEFORE_A_SCHEME:
        return _after_prefix(first, second, rest)
    if plus and second in TO_A_PROVIDER and _host(rest) == PROVIDER:
        return Meaning("", name=second, absent="the mail goes to the servers of a provider")
    return _at_a_socket(name, rest) or _special(name, rest) or _by_name(name, rest)


def _by_name(name: str, rest: str) -> Meaning | None:
    """Return what the table of schemes says of *name*."""
    by_port = find(name, WITHOUT_A_CHECK)
    # A few have a server only if a host is named.
    if (row := find(name, WITHOUT_A_SERVER)) and not (by_port and _host(rest)):
        return Meaning("", name=row.known(name), absent=row.absent)
    if row := find(name, OF_A_CHECK):
        rest = sentinels.with_master(rest) if row.is_sentinel else rest
        if name in DATA_SOURCES and ":" not in _authority(rest):
            _raise_if_data_source(rest)
        return Meaning(row.check, _with_options(rest, row.options), row.port)
    if by_port:
        return _by_its_port(name, rest, by_port)
    return _with_a_way(name, rest)


def _with_options(rest: str, options: str) -> str:
    """Return *rest* with those *options* that it does not have itself."""
    fragment = rest.partition("#")[2]
    # A '#' before an '@' is of a password.
    own = [] if "@" in fragment else fragment.replace("#", "&").split("&")
    added = "&".join(each for each in options.split("&") if each not in own)
    return f"{rest}#{added}" if added else rest


def _with_a_way(name: str, rest: str) -> Meaning | None:
    """Return the meaning of ``elasticsearch+https://rest``, in which a way follows the scheme of a check.

    None if the check has no option ``tls``, or if it is no way but a driver.
    """
    scheme, _, way = name.partition("+")
    syntax = checks.syntax_of(scheme)
    if syntax and "tls" in syntax.options and way in (*PLAINTEXT, *ENCRYPTED):
        return Meaning(scheme, _with_options(rest, "tls" if way in ENCRYPTED else ""))
    return None


def _after_prefix(first: str, name: str, rest: str) -> Meaning | None:
    """Return the meaning of ``first+name://rest``, of which the *name* counts."""
    scheme, _, driver = name.partition("+")
    syntax = checks.syntax_of(scheme)
    if syntax and (not driver or syntax.accepts_driver):
        # Celery separates the hosts of memcached by semicolons.
        return Meaning(scheme, rest.replace(";", ",") if first == "cache" else rest)
    return _of_scheme(name, rest)


def _at_a_socket(name: str, rest: str) -> Meaning | None:
    """Return the meaning of a URL that has a Unix socket in the place of a host."""
    if name in REDIS_SOCKETS or (name == "unix" and _is_of_redis(rest)):
        return _redis_socket(rest)
    if name in {"redis", "valkey"} and rest.startswith("/"):
        # redis-py connects to localhost, and Symfony to a socket.
        path = rest.partition("?")[0].partition("#")[0]
        is_number = hostport.is_number(path[1:]) or len(path) <= 1
        return Meaning(name, f"localhost{rest}") if is_number else _redis_socket(rest)
    if name == "http+unix":
        path, _, after = rest.partition("/")
        return _with_socket("http", unquote_lenient(path), f"/{after}")
    return None


def _special(name: str, rest: str) -> Meaning | None:
    """Return the meaning of a URL that is read in another way than its scheme alone would tell."""
    if name == "ecto" and (other := ECTO.get(_authority(rest).rpartition(":")[2])):
        return _of_scheme(other, rest) or Meaning(other, rest)
    if name in OF_SQL_SERVER:
        return _of_sql_server(rest)
    if name == "mysql" or name.startswith("mysql+"):
        return mysql_dsn.meaning_of(rest)
    if name in {"tcp", "tls"}:
        return _without_query(name, rest)
    return None


def _authority(rest: str) -> str:
    """Return the hosts in *rest*, as far as they can be told from a user."""
    after = rest.rpartition("@")[2]
    return after[: min((after.find(sign) for sign in "/?#;" if sign in after), default=len(after))]


def _host(rest: str) -> str:
    return _authority(rest).partition(":")[0]


def _is_of_redis(rest: str) -> bool:
    """Tell whether the socket in *rest* is written as redis-py and go-redis write it."""
    query = rest.partition("#")[0].partition("?")[2]
    names = [piece.partition("=")[0] for piece in query.split("&")]
    return any(name in OF_REDIS for name in names) or "@/" in rest.partition("?")[0]


def _redis_socket(rest: str) -> Meaning:
    """Return the meaning of ``user:password@/path?query#options``, in which a socket is named."""
    before, hash_sign, options = rest.partition("#")
    path = before.partition("?")[0]
    if not path.startswith("/"):
        path = f"/{path.rpartition('@/')[2]}" if "@/" in path else ""
    if not path:
        raise InvalidTarget("the path of a socket must be absolute; write redis+socket:///PATH")
    return _with_socket("redis", path, "", f"&{options}" if hash_sign else "")


def _with_socket(scheme: str, path: str, rest: str, options: str = "") -> Meaning:
    """Return the meaning of a target of *scheme* at the socket *path*."""
    after, hash_sign, own = rest.partition("#")
    spelled = path.replace("&", "%26").replace("#", "%23")
    return Meaning(
        scheme, f"localhost{after}#unix={spelled}{options}{'&' if hash_sign else ''}{own}"
    )


def _without_query(name: str, rest: str) -> Meaning | None:
    """Return the meaning of a URL without its user and the query of a driver; None if it is of no driver."""
    before, hash_sign, options = rest.partition("#")
    where, question_mark, query = before.partition("?")
    names = {piece.partition("=")[0] for piece in query.split("&")}
    if not question_mark or not names <= {*OF_TCP}:
        return None
    return Meaning(name, f"{where.rpartition('@')[2]}{hash_sign}{options}")


def _by_its_port(name: str, rest: str, row: Scheme) -> Meaning:
    """Return the meaning of a server that has no check."""
    return Meaning("tcp", rest, row.port, name=row.known(name), by_port=True)


def _of_sql_server(rest: str) -> Meaning:
    """Return the meaning of ``host:port;key=value``, as JDBC and Prisma write it."""
    syntax = checks.syntax_of(SQL_SERVER) or HOST_AND_PORT
    rest, options = split_options(rest, syntax.options)
    properties = rest.lower().replace(" ", "").split(";")[1:]
    if "encrypt=strict" in properties:
        options = f"tls{options and '&'}{options}"
        if "trustservercertificate=true" in properties:
            options += "&insecure"
    return Meaning(SQL_SERVER, _with_options(jdbc.without_properties(rest), options))


def _raise_if_data_source(rest: str) -> None:
    after = rest.rpartition("@")[2].partition("#")[0]
    path, _, query = after[len(_authority(rest)) :].partition("?")
    if path in {"", "/"} and "service_name=" not in query:
        raise InvalidTarget(
            "without a port and a database, its host is the name of a data source; write tcp://HOST:PORT"
        )
