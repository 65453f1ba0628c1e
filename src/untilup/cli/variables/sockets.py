"""A value that is the path of a socket in the file system, instead of a host."""

from __future__ import annotations

from untilup import checks
from untilup.errors import InvalidTarget
from untilup.percent import quote, unquote_lenient
from untilup.targets import hostport

UNIX = "unix"
_URL = f"{UNIX}:///"
# Names of this host before the path of a socket, as MySQL's clients and WordPress have them.
_LOCAL = ("", "localhost", "127.0.0.1", UNIX)
_ENDINGS = (".sock", ".socket")
# A socket of PostgreSQL is found by its directory and its port.
_POSTGRES = "/.s.PGSQL."


def socket_path(text: str) -> str:
    """Return the path in *text*, which may follow the name of this host and a ``:``; nothing if it is no path."""
    if text.startswith("/"):
        return text
    if text.lower().startswith(_URL):
        return unquote_lenient(text[len(_URL) - 1 :].partition("#")[0])
    before, separator, path = text.partition(":/")
    host, _, port = before.partition(":")
    is_local = host in _LOCAL and (not port or hostport.is_number(port))
    return f"/{path}" if separator and is_local and not path.startswith("/") else ""


def socket_target(path: str, scheme: str, port: str, described: str) -> str:
    """Return the target, as text, of *scheme*, if there is one, at the socket with that *path*.

    *port* is in the name of PostgreSQL's sockets. Raise InvalidTarget, in which the value is *described*,
    if servers of that scheme have no sockets.
    """
    syntax = checks.syntax_of(scheme) if scheme else None
    if not syntax:
        if path.endswith(_ENDINGS) or _POSTGRES in path:
            return f"{UNIX}://{quote(path)}"
        raise InvalidTarget(
            f"{described} is a path; add the scheme: scheme=postgres, mysql, redis, unix or file"
        )
    if not syntax.host:
        return f"{scheme}://{quote(path)}"
    if "unix" in syntax.options:
        return f"{scheme}://localhost#unix={quote(path)}"
    if not syntax.host_optional:
        raise InvalidTarget(
            f"{described} is a path, and {scheme}:// has no sockets in the file system"
        )
    directory, name, number = path.rpartition(_POSTGRES)
    if name:
        path, port = directory, number
    where = quote(path, safe="")
    return (
        f"{scheme}://{where}:{port}" if port and hostport.is_port(port) else f"{scheme}://{where}"
    )
