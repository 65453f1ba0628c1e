"""URLs of JDBC and R2DBC: ``jdbc:postgresql://db/app``, ``r2dbc:pool:mysql://db/app``.

Each driver has a syntax of its own. What is read is where a driver connects to. Users and passwords,
which such a URL has among its properties, are left out.
"""

from __future__ import annotations

from untilup import checks, display
from untilup.cli.applications import oracle
from untilup.cli.applications.meaning import split_options
from untilup.errors import InvalidTarget
from untilup.targets.syntax import HOST_AND_PORT

# What these URLs begin with: of JDBC, of R2DBC without and with TLS, and of AWS's drivers.
JDBC = "jdbc:"
TLS = "r2dbcs"
KINDS = (JDBC[:-1], "r2dbc", TLS, "jdbc-secretsmanager")
# Drivers that pass on the rest of the URL to another one.
WRAPPERS = ("pool", "proxy", "aws-wrapper", "otel", "p6spy", "log4jdbc", "tracing")
# Ways to use several hosts, or to find more of them: any of those in the URL will do.
WAYS = (
    *("loadbalance", "load-balance-read", "replication", "sequential", "failover"),
    *("aurora", "aws", "autoscale"),
)
# These have a query, of which the check reads a part.
WITH_QUERY = ("postgresql", "pgsql", "mysql", "mariadb", "redshift", "yugabytedb")
OF_POSTGRES = ("postgresql", "pgsql", "redshift", "yugabytedb")
# The host that drivers connect to if there is none.
LOCALHOST = "localhost"
# The protocols by which a database in Java is a server.
SERVERS = ("tcp", "ssl", "hsql", "hsqls", "http", "https")
IN_JAVA = ("h2", "hsqldb", "derby")
# Its driver uses HTTP, and may say so: jdbc:ch:https://host.
CLICKHOUSE = ("clickhouse", "ch")
_NOT_IN_IT = "is found elsewhere; write tcp://HOST:PORT"


def is_jdbc(text: str) -> bool:
    """Tell whether *text* is a URL of JDBC or R2DBC."""
    kind, colon, _ = text.partition(":")
    return bool(colon) and kind.lower() in KINDS


def split(text: str) -> tuple[str, str]:
    """Return the name of the driver, and where it connects to, as the rest of a URL.

    Raise InvalidTarget if that is not in the URL.
    """
    kind, _, rest = text.partition(":")
    driver, rest = _driver(rest)
    if driver.endswith("+srv"):
        raise InvalidTarget(
            "the DNS has its hosts (SRV records), and untilup does not query them; write the hosts"
        )
    syntax = checks.syntax_of(driver) or HOST_AND_PORT
    rest, options = split_options(rest, syntax.options)
    if driver == "tc":
        where = ""
    elif driver == "oracle":
        where = oracle.of_jdbc(rest)
    elif driver in IN_JAVA:
        where = _in_java(driver, rest)
    elif driver == "sqlserver":
        where = without_properties(rest.removeprefix("//"))
    elif driver == "cassandra":
        where = _authority(rest.removeprefix("//")).replace("--", ",")
    elif driver in CLICKHOUSE:
        where = _clickhouse(rest)
    elif driver in WITH_QUERY:
        where = _with_query(driver, rest, encrypted=kind.lower() == TLS)
    else:
        where = _authority(rest.removeprefix("//"))
    return driver, f"{where}#{options}" if options else where


def _driver(rest: str) -> tuple[str, str]:
    """Return the driver's name in lower case, and what follows it and the ways to use its hosts."""
    word, _, rest = rest.partition(":")
    while word.lower() in WRAPPERS:
        word, _, rest = rest.partition(":")
    driver = word.lower()
    # A driver of other vendors' servers; and that of Neo4j, whose own scheme may follow.
    if driver == "jtds" or (driver == "neo4j" and not rest.startswith("//")):
        word, _, rest = rest.partition(":")
        driver = word.lower()
    way, colon, after = rest.partition(":")
    while colon and way.lower() in WAYS:
        rest = after
        way, colon, after = rest.partition(":")
    return driver, rest


def _authority(text: str) -> str:
    """Return the hosts that *text* begins with."""
    ends = [text.find(sign) for sign in "/?;#" if sign in text]
    return text[: min(ends, default=len(text))]


def _with_query(driver: str, rest: str, *, encrypted: bool) -> str:
    """Return ``//host:port/database?key=value`` without secrets, and with a host."""
    where, _, query = rest.partition("?")
    where = where.removeprefix("//") if where.startswith("//") else f"/{where.lstrip('/')}"
    if where.startswith("/") or not where:
        where = f"{LOCALHOST}{where}"
    # A piece without a '=' is true in PostgreSQL's driver, or the end of a password with a '&'.
    given = ["ssl=true" if piece == "ssl" else piece for piece in query.split("&")]
    pieces = [_without_secret(piece) for piece in given if "=" in piece]
    if any(piece.lower().startswith("socketfactory=") for piece in pieces):
        raise InvalidTarget(f"with a socketFactory, its server {_NOT_IN_IT}")
    if encrypted and driver in OF_POSTGRES:
        pieces.append("sslmode=require")
    return f"{where}?{'&'.join(pieces)}" if pieces else where


def _clickhouse(rest: str) -> str:
    """Return ``host:port/database?key=value`` of a URL that may name the protocol: ``https://host``."""
    protocol, slashes, where = rest.partition("://")
    if not slashes:
        return _with_query("clickhouse", rest, encrypted=False)
    if protocol.lower() not in {"http", "https"}:
        raise InvalidTarget("untilup does not speak its protocol; write tcp://HOST:PORT")
    where = _with_query("clickhouse", f"//{where}", encrypted=False)
    if protocol.lower() == "http":
        return where
    return f"{where}{'&' if '?' in where else '?'}ssl=true"


def _without_secret(piece: str) -> str:
    """Return ``key=value`` without its value, if that is a user or may be a secret."""
    key, _, value = piece.partition("=")
    is_secret = display.names_a_secret(key) or "user" in key.lower()
    return f"{key}=" if is_secret else f"{key}={value.replace('#', '%23')}"


def without_properties(rest: str) -> str:
    """Return the host and port in ``host:port;key=value``, as in URLs of SQL Server.

    Raise InvalidTarget if they are not in it, or if a piece of a password could be taken for them.
    """
    authority, _, rest_of_it = rest.partition(";")
    properties = {}
    for piece in rest_of_it.split(";"):
        key, _, value = piece.partition("=")
        properties[key.strip().lower()] = value.strip()
    if "@" not in authority and "@" in rest_of_it and not {*properties} & {*_OF_A_LOGIN}:
        raise InvalidTarget("a password before an '@' needs its ';' written as %3B")
    before_path, slash, path = authority.partition("/")
    user, at, where = before_path.rpartition("@")
    host, colon, port = where.partition(":") if not where.startswith("[") else (where, "", "")
    host = host or properties.get("servername", "") or properties.get("server", "")
    if not colon and (port := properties.get("portnumber", "") or properties.get("port", "")):
        colon = ":"
    name, instance, _ = host.partition("\\")
    if (instance or "instancename" in properties) and not port:
        raise InvalidTarget(f"the port of an instance of SQL Server {_NOT_IN_IT}")
    return f"{user}{at}{name}{colon}{port}{slash}{path}"


_OF_A_LOGIN = ("password", "pwd", "user", "username", "accesstoken")


def _in_java(driver: str, rest: str) -> str:
    """Return where the server of a database in Java is; nothing if the application has it in itself."""
    word, _, after = rest.partition(":")
    if word.lower() in SERVERS:
        rest = after
    elif driver != "derby":
        return ""
    return _authority(rest.removeprefix("//")) if rest.startswith("//") else ""
