"""The parts of a URL, ``user:password@host:port/path``, as people and their variables write it.

An application's variable may hold a password that is not percent-encoded. A URL is accepted if it can
be read in one way only. Any other is refused: a host could be a piece of the password, and would be
contacted, and printed.
"""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.syntax import TargetSyntax

NO_HOST = [("", 0)]
# The beginning of a directory in the place of the host, in libpq's URLs.
ENCODED_SLASH = "%2f"
EXPECTED_FORMS = "write HOST:PORT, [IPV6]:PORT or SCHEME://HOST:PORT"
IN_LOWER_CASE = "to run a command, write exec:COMMAND, in lower case"
HOST_OR_URL = "write HOST:PORT or a URL, not key=value of a connection string"
KEY_VALUE = f"{HOST_OR_URL}; if it is the command, put -- before it"
ENDS_OF_AUTHORITY = "/?#"
_ENCODE = "write an '@' after the host as %40, and in a password '@', '/', '?' and '#' as %40, %2F, %3F and %23"
_IN_A_PATH = "a list has a whole target on each side of a ',' or ';'; in a path write them as %2C and %3B, and a password before an '@'"
SEPARATORS = ",;"
# What the URLs of JDBC and R2DBC begin with.
OF_JDBC = ("jdbc:", "r2dbc:", "r2dbcs:", "jdbc-secretsmanager:")
OF_SCHEMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.")
# Parts of the keys of connection strings, in lower case.
OF_CONNECTION_STRINGS = (
    *("host", "server", "source", "port", "database", "user", "uid"),
    *("passw", "pwd", "secret", "token"),
)


def list_items(text: str) -> list[tuple[int, int]]:
    """Return where each piece of *text* begins and ends; commas, semicolons and white space separate."""
    found: list[tuple[int, int]] = []
    begin = -1
    for at, char in enumerate(text):
        if char in SEPARATORS or char.isspace():
            if begin >= 0:
                found.append((begin, at))
            begin = -1
        elif begin < 0:
            begin = at
    if begin >= 0:
        found.append((begin, len(text)))
    return found


def is_url(piece: str) -> bool:
    """Tell whether *piece* begins with ``scheme://``, the scheme may be an unknown one, or as JDBC's do."""
    scheme, separator, _ = piece.partition("://")
    is_scheme = scheme.isascii() and scheme[:1].isalpha() and {*scheme} <= OF_SCHEMES
    return (bool(separator) and is_scheme) or piece.lower().startswith(OF_JDBC)


def separates(text: str) -> bool:
    """Tell whether *text* has anything that could separate two targets."""
    return "," in text or ";" in text or len(text.split(maxsplit=1)) > 1


def raise_if_list(text: str) -> None:
    """Raise InvalidTarget if another URL begins in *text*, so that it could be a list."""
    if text.count("://") <= is_url(text):
        return
    if any(is_url(text[begin:end]) for begin, end in list_items(text)[1:]):
        raise InvalidTarget("it is a list; write one target")


def split_userinfo(rest: str, syntax: TargetSyntax) -> tuple[str | None, str]:
    """Split what follows ``scheme://`` at the end of the user, which is None if there is no user.

    By RFC 3986 (section 3.2) a user ends at the last ``@`` before the first ``/``, ``?`` or ``#``.
    If the syntax allows raw passwords, these may have any of the four, unless what precedes could
    be a host and a port: ``joe:12/3@db`` could be the host ``joe``.
    """
    if not syntax.host:
        return None, rest
    end = _end(rest, 0)
    at = rest.rfind("@", 0, end)
    if syntax.allows_raw_password:
        if at < 0 and "@" in rest and _has_a_password(rest[:end]):
            at = rest.index("@", end)
            at = rest.rfind("@", 0, _end(rest, at))
        if rest.count("@", at + 1):
            raise InvalidTarget(_ENCODE)
    elif _may_be_a_password(rest, at, end) or (
        "@" in rest[end:] and _has_a_password(rest[at + 1 : end])
    ):
        raise InvalidTarget(_ENCODE)
    if at < 0:
        return None, rest
    _raise_if_several_users(rest[:at])
    if any(_is_unexpanded(part) for part in rest[:at].split(":")):
        raise InvalidTarget(hostport.UNEXPANDED)
    return rest[:at], rest[at + 1 :]


def _is_unexpanded(text: str) -> bool:
    """Tell whether *text* is ``${NAME}`` or ``$(NAME)``, and not a password with a '$'."""
    return text[:2] in {"${", "$("} and text[-1:] in {"}", ")"}


def _may_be_a_password(rest: str, user: int, end: int) -> bool:
    """Tell whether what follows the host at *end* may be, up to an ``@``, the rest of a password.

    ``joe:12/3@db`` may, ``to/ken@db``, and ``joe:1@2/@db``, in which a *user* ends before the host;
    in ``db:80/@me`` and ``db:80/x?to=me@y`` nothing of a password is seen.
    """
    path = rest[end:].partition("#")[0]
    before, at, _ = path.partition("@")
    is_of_a_query = "=" in before.partition("?")[2]
    begins_a_part = before == "/" or (before.endswith("/") and ":" not in rest[:end])
    is_of_a_path = user < 0 and begins_a_part
    return bool(at) and not (is_of_a_path or is_of_a_query)


def _raise_if_several_users(user: str) -> None:
    """Raise InvalidTarget if *user* may begin a list, ``u:p@host,u:p``, or a connection string."""
    _, at, rest = user.partition("@")
    host, comma, _ = rest.partition(",")
    first, *others = [user[begin:end] for begin, end in list_items(user)] or [""]
    if (
        (at and comma and _is_host_and_port(host))
        or (others and _is_host_and_port(first))
        or any(_is_of_a_connection_string(other) for other in others)
    ):
        raise InvalidTarget(
            "it can be read as a list; write the scheme of each target, or in a password write '@', ',' and ';' as %40, %2C and %3B"
        )


def _is_of_a_connection_string(piece: str) -> bool:
    """Tell whether *piece* is ``key=value`` with a key of connection strings."""
    key, equals, _ = piece.partition("=")
    return bool(equals) and any(word in key.lower() for word in OF_CONNECTION_STRINGS)


def _end(rest: str, start: int) -> int:
    """Return where the authority ends that continues at *start*."""
    ends = [rest.find(char, start) for char in ENDS_OF_AUTHORITY]
    return min((end for end in ends if end >= 0), default=len(rest))


def _has_a_password(text: str) -> bool:
    """Tell whether *text* is ``user:part-of-a-password``, and cannot be hosts with their ports."""
    return ":" in text and not all(_is_host_and_port(piece) for piece in text.split(","))


def _is_host_and_port(text: str) -> bool:
    try:
        _, port = hostport.split_host_port(text)
    except ValueError:
        return text.startswith("[")
    return port is None or hostport.is_port(port)


def parse_hosts_and_path(
    scheme: str, syntax: TargetSyntax, user: str | None, rest: str
) -> tuple[list[tuple[str, int]], str]:
    """Return the hosts, each with its port, and the path in *rest*; raise InvalidTarget for others."""
    if not syntax.host:
        return NO_HOST, _path_alone(scheme, rest)
    at = min((rest.find(char) for char in "/?" if char in rest), default=len(rest))
    where, path = rest[:at], rest[at:]
    if path == "/" and not syntax.path:  # it ends a list of hosts, as it does elsewhere
        path = ""
    if (user is not None and not syntax.userinfo) or (path and not syntax.path):
        has = (
            "no user" if syntax.path else "no path" if syntax.userinfo else "neither user nor path"
        )
        where = "HOST" if syntax.port is None else "HOST:PORT"
        raise InvalidTarget(f"a {scheme}:// target has {has}; write {scheme}://{where}")
    if not (path.isascii() and path.isprintable()) or " " in path:
        raise InvalidTarget("the path has characters that a URL cannot have; write them as %XX")
    if not {*SEPARATORS}.isdisjoint(path if syntax.path_params else path.partition("?")[0]):
        _raise_if_list_in_path(path, syntax)
    return _hosts(where, scheme, syntax), path


def _raise_if_list_in_path(path: str, syntax: TargetSyntax) -> None:
    """Raise InvalidTarget if what follows a ``,`` or ``;`` in *path* may be another target, or a part of one.

    Most paths have none of the two. That of a web server may: ``/report;v=1?sort=a,b``.
    """
    query = path.find("?") if "?" in path else len(path)
    for begin, end in list_items(path)[1:]:
        piece = path[begin:end]
        signs = {*"$@:{"} if begin < query else {*"${"}
        is_a_target = not signs.isdisjoint(piece) or {*"@:"} <= {*piece} or "//" in piece
        if not syntax.path_params or is_a_target or _is_of_a_connection_string(piece):
            raise InvalidTarget(_IN_A_PATH)
    if not syntax.path_params:
        raise InvalidTarget(_IN_A_PATH)


def _path_alone(scheme: str, rest: str) -> str:
    """Return the path of a target that is a path, decoded."""
    if not rest.startswith("/"):
        problem = f"{scheme}:// is followed by an absolute path, and so by a third '/'; write {{}}"
        raise InvalidTarget(problem, f"{scheme}:///{rest}", f"{scheme}:///PATH")
    if "?" in rest:
        raise InvalidTarget("a path has no query; write a '?' in it as %3F")
    from untilup.percent import unquote

    return unquote(rest)


def _hosts(text: str, scheme: str, syntax: TargetSyntax) -> list[tuple[str, int]]:
    """Return the hosts in *text*, each once and with its port; raise InvalidTarget for anything else."""
    if syntax.host_optional and not text:
        return [("", syntax.port or 0)]
    if "," in text and not syntax.multi_host:
        raise InvalidTarget(
            f"{scheme}:// accepts one host; write a target for each, and --any if one of them is enough"
        )
    names = text.split(",")
    return list(dict.fromkeys(host_and_port(name, scheme, syntax) for name in names))


def host_and_port(text: str, scheme: str, syntax: TargetSyntax) -> tuple[str, int]:
    """Return the host and the port in *text*; raise InvalidTarget for anything else."""
    if syntax.host_optional and text[:3].lower() == ENCODED_SLASH:
        path, colon, number = text.partition(":")
        return _path_alone(scheme, f"/{path[3:]}"), _port(number if colon else None, scheme, syntax)
    try:
        host, port = hostport.split_host_port(text)
    except ValueError as problem:
        port_ = "" if syntax.port is None else ":PORT"
        forms = EXPECTED_FORMS if scheme == "tcp" else f"write {scheme}://HOST{port_}"
        raise InvalidTarget(f"{problem}; {forms}") from None
    return host, _port(port, scheme, syntax)


def _port(port: str | None, scheme: str, syntax: TargetSyntax) -> int:
    if port is None:
        if syntax.port == 0:
            raise InvalidTarget(f"{syntax.without_port}; write {scheme}://HOST:PORT")
        return syntax.port or 0
    if syntax.port is None:
        raise InvalidTarget(f"a {scheme}:// target has no port")
    if not port:
        raise InvalidTarget("the port is missing after the ':'")
    if not hostport.is_port(port):
        raise InvalidTarget(f"the port {{}} is not a number from 1 to {hostport.MAX_PORT}", port)
    return int(port)
