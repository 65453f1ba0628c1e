"""postgres:// - ready when the server asks who is there, or says why this user or database is not let in."""

from __future__ import annotations

from untilup.checks import Form, unix
from untilup.display import printable, quotable
from untilup.errors import ANSWERS, Malformed, NotReady
from untilup.net import exchange, multihost, stream, tls
from untilup.protocols.postgres import SSL_REQUEST, TERMINATE, UNWILLING, WILLING, answer, startup
from untilup.targets import hostport, url
from untilup.targets.percent import decoded_if_it_can
from untilup.targets.query import FALSE, first_folder, parse_query, take_tls
from untilup.values import Kind, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.protocols.postgres import Answer
    from untilup.targets.target import Target

# Who asks, where the target has no user: the server's log shows it.
NAME = "untilup"
DATABASE = "postgres"  # there is one of that name in every cluster
# The modes of libpq. Without one it asks in the clear: what `allow` tries first.
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
IN_THE_CLEAR = ("disable", "allow")

FORM = Form(
    "postgres://db/app",
    "postgres://user:password@db1,db2:5433/app?sslmode=require",
    "postgres:///app?host=/run/postgresql",
    port=5432,
    path=True,
    user=True,
    hosts=True,
    bare=True,
    raw=True,
    drivers=True,
    choices={
        "sslmode": (
            Kind("MODE", ", ".join(MODES), one_of({mode: mode for mode in MODES})),
            "TLS as in libpq: `require` does not verify the certificate, `verify-ca` and `verify-full` do",
        ),
        **tls.CHOICES,
    },
)

# SQLSTATE (the manual's appendix "PostgreSQL Error Codes") of a server that serves, and would not
# serve this client: a role, a password or pg_hba.conf; a database; the right to connect to it, or
# that nobody has it.
SERVES = ("28", "3D000", "42501", "55000")
_ITS_LOG = "what does the server's log say?"
# The rest is of a server that does not serve, or not this time: reason, what it means, a hint.
_MEANINGS = {
    "57P03": ("not-serving", "the server is starting, recovering or shutting down", "after a crash it replays its log first, which its own log tells of"),
    "57P01": ("not-serving", "the server is shutting down", _ITS_LOG),
    "57P02": ("not-serving", "another of the server's processes has crashed, and it starts again", _ITS_LOG),
    "08P01": ("server-error", "the server begins no session so", _ITS_LOG),
    "53300": ("full", "the server has as many clients as it takes", "who has all the connections (pg_stat_activity), and is max_connections enough?"),
}  # fmt: skip
_OTHERWISE = ("server-error", "the server fails", _ITS_LOG)
# PgBouncer has one code for almost everything, and tells by how its words begin (1.18, src/client.c).
_OF_POOLERS = "08P01"
_POOLERS = {
    "no such database": ("server-error", "the pooler has no such database", "Add the database to [databases] of pgbouncer.ini, or correct its name in the URL."),
    "no more connections allowed": ("full", "the pooler has as many clients as it takes", "Raise max_client_conn, or find the client that keeps connections open."),
    "SSL required": ("server-error", "it wants TLS", "Ask over TLS: sslmode=require."),
}  # fmt: skip
# libpq's options in a URL, and what they are called here.
_FILES = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key"}


def validate(target: Target) -> None:
    """Take from the query what libpq would; raise Malformed for what makes no sense."""
    tls.validate(target)
    take_tls(target, _FILES, {})
    query, options = parse_query(target), target.options
    if options.get("ca") == "system":  # what is trusted here without any
        del options["ca"]
    mode = options.setdefault("sslmode", _mode(query))
    if mode not in MODES:
        raise Malformed(f"'sslmode' may be {', '.join(MODES)}")
    # As in libpq, where a root certificate turns `require` into `verify-ca`.
    if mode == "verify-ca" or (mode == "require" and "ca" in options):
        options["any-name"] = True
    elif mode in {"prefer", "require"}:
        options["insecure"] = True
    target.hosts = _hosts_of(target, query)
    target.host, target.port = target.hosts[0]


def _mode(query: dict[str, list[str]]) -> str:
    """Return the mode as libpq has it, or what asyncpg and node-postgres have in its place."""
    if "sslmode" in query:
        mode = query["sslmode"][-1]
        return "require" if mode == "no-verify" else mode
    wish = query.get("ssl", ["allow"])[-1].lower()
    if wish in FALSE:
        return "disable"
    return wish if wish in MODES else "require"


def _hosts_of(target: Target, query: dict[str, list[str]]) -> list[tuple[str, int]]:
    """Return the hosts and folders of sockets, with their ports: as the query has them, if it does."""
    names = [name for value in query.get("host", []) for name in value.split(",")]
    if any(not {*";="}.isdisjoint(name) for name in names):
        raise Malformed("'host' in the query has a ';' or '=': separate what the query has by '&'")
    if not (names or target.hosts):
        raise Malformed("the host is missing; for a socket give its folder: ?host=/run/postgresql")
    hosts = [_host(name, target) for name in names] or target.hosts
    if ports := [port for value in query.get("port", []) for port in value.split(",")]:
        if not all(hostport.is_port(port) for port in ports) or len(ports) not in {1, len(hosts)}:
            raise Malformed("'port' in the query is one port, or one for each host")
        each = ports * len(hosts)
        hosts = [(host, int(port)) for (host, _), port in zip(hosts, each, strict=False)]
    for host, port in hosts:
        if host.startswith("/"):
            unix.validate_path(_socket(host, port))
    return list(dict.fromkeys(hosts))


def _host(name: str, target: Target) -> tuple[str, int]:
    if name.startswith("/"):
        return name, target.port
    return url.host_and_port(name, target.scheme, FORM)


def _socket(folder: str, port: int) -> str:
    return f"{folder}/.s.PGSQL.{port}"


def check(target: Target, timeout: float) -> None:
    """Return when any host of *target* answers as a server that serves."""
    multihost.look(target, timeout, _look)


def _look(target: Target, timeout: float) -> None:
    conversation = _open(target, timeout)
    try:
        ask(target, conversation)
    finally:
        conversation.close()


def _open(target: Target, timeout: float) -> Talk:
    """Return a conversation that is encrypted as the target's mode says; on a socket it never is."""
    if target.host.startswith("/"):
        target.options["unix"] = _socket(target.host, target.port)
        return stream.connect(target, timeout)
    mode = target.options["sslmode"]
    if mode in IN_THE_CLEAR:
        return stream.connect(target, timeout)
    tls.prepare(target)
    plain = stream.connect(target, timeout)
    try:
        willing = _is_willing(target, plain, mode)
    except BaseException:
        plain.close()
        raise
    return tls.upgrade(target, plain, tls.name(target.host)) if willing else plain


def _is_willing(target: Target, plain: Talk, mode: str) -> bool:
    """Tell whether the server will speak TLS now; nothing may follow that it has said in the clear."""

    def understand(said: bytes) -> bool | None:
        if said in {WILLING, UNWILLING}:
            return said == WILLING
        if error := answer(said):
            raise _failure(target, error)
        return None

    willing = exchange.ask(target, plain, SSL_REQUEST, understand, "PostgreSQL")
    if not willing and mode != "prefer":
        raise _unwilling()
    return willing


def ask(target: Target, talk: Talk) -> None:
    """Begin a session as if to log in, and return where the answer is that of a server that serves."""
    query = parse_query(target)
    user, database = _user(target, query), _database(target, query)
    # The database is mostly printed with the target, as its path; the query never is.
    hidden = (user,) if database in str(target) else (user, database)
    question = startup({"user": user, "database": database, "application_name": NAME})
    found = exchange.ask(target, talk, question, answer, "PostgreSQL")
    if found.session:
        talk.send(TERMINATE)
    # Who is asked for a password may go without a word, and the log has none of it either.
    serves = found.asks or found.session or found.code.startswith(SERVES)
    target.said = [_heard(found)]
    if not serves:
        raise _failure(target, found, *hidden)


def _user(target: Target, query: dict[str, list[str]]) -> str:
    name = decoded_if_it_can(target.user.partition(":")[0]) or query.get("user", [""])[-1]
    return _sendable(name) or NAME


def _database(target: Target, query: dict[str, list[str]]) -> str:
    name = query.get("dbname", [""])[-1] or first_folder(target)
    return _sendable(name) or DATABASE


def _sendable(name: str) -> str:
    """Return *name* unless a NUL would end it where it does not end."""
    return "" if "\0" in name else name


def _heard(found: Answer) -> str:
    if found.asks:
        return "it asks who is there"
    return "it lets everybody in" if found.session else f"error {found.code or 'without a code'}"


def _failure(target: Target, found: Answer, *sent: str) -> NotReady:
    """Return what the error in what was *found* means; the server's words are shown unless they tell who asked."""
    reason, meaning, hint = _MEANINGS.get(found.code, _OTHERWISE)
    known = ""
    if found.code == _OF_POOLERS:
        known = next((words for words in _POOLERS if found.text.startswith(words)), "")
        reason, meaning, hint = _POOLERS.get(known, (reason, meaning, hint))
    # A known beginning repeats nothing of the target, whatever stands behind it.
    words = quotable(target.user, found.text, *sent) or known
    words = words or "(not shown: it repeats something of the target)"
    code = f" ({printable(found.code)})" if found.code else ""
    detail = f"answered, and {meaning}: {words}{code}"
    return NotReady(reason, detail, hint, free=False, says=ANSWERS)


def _unwilling() -> NotReady:
    return NotReady(
        "no-tls",
        "answered that it does not speak TLS, and sslmode= asks for it",
        "has the server a certificate, and ssl = on, yet? Or ask by sslmode=prefer",
        free=False,
        says=ANSWERS,
    )
