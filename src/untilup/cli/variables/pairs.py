"""Complete targets from values that are only a part of one: a host, ``host:port``, a URL, a socket.

The port comes from another variable, or stands in the word; the scheme is an option of the word.
"""

from __future__ import annotations

from untilup import checks
from untilup.cli.applications import oracle
from untilup.cli.variables.sockets import socket_path, socket_target
from untilup.errors import InvalidTarget
from untilup.targets import hostport, url
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.cli.variables.reference import Reference

TCP = "tcp"
_ADDRESS = f"{TCP}://"
# A URL whose scheme is none of the checks': applications/schemes.py.
_OF_AN_APPLICATION = TargetSyntax(allows_raw_password=True)
# What ends the hosts. SQL Server's URLs have properties after a ';'.
_ENDS = f"{url.ENDS_OF_AUTHORITY};"


class Completion:
    """Completes the value of the variables that are *asked* for, with the text of a *port*, if any."""

    def __init__(self, asked: Reference, port: str, warnings: list[str]) -> None:
        self._asked = asked
        self._warnings = warnings
        self._port = self._number(port) if port else asked.default_port

    def _number(self, text: str) -> str:
        """Return the port in *text*, which may be an address, as Kubernetes sets REDIS_PORT."""
        number = text
        if text.startswith(_ADDRESS):
            number = text.removesuffix("/").rpartition(":")[2]
        if hostport.is_port(number):
            return number
        shown = self._asked.value_of(self._asked.port_variable)
        raise InvalidTarget(f"{shown} is not a port from 1 to {hostport.MAX_PORT}")

    def target(self, text: str) -> str:
        """Return the target, as text, that *text* is once it is complete."""
        asked = self._asked
        if asked.scheme and text.lower().startswith(_ADDRESS):
            text = text[len(_ADDRESS) :].removesuffix("/")
        if (asked.scheme or not url.is_url(text)) and (path := socket_path(text)):
            return socket_target(path, asked.scheme, self._port, self._described())
        if "://" in text:
            return self._url(text)
        return self._bare(text)

    def _url(self, text: str) -> str:
        """Return the URL *text*, with the port at each host that has none."""
        scheme, separator, rest = text.partition("://")
        syntax = checks.syntax_of(scheme.lower().partition("+")[0]) or _OF_AN_APPLICATION
        if not (syntax.host and syntax.port is not None and self._port):
            return text
        user, rest = url.split_userinfo(rest, syntax)
        ends = [rest.find(sign) for sign in _ENDS if sign in rest]
        end = min(ends, default=len(rest))
        where = ",".join(self._with_port(each) for each in rest[:end].split(","))
        before = "" if user is None else f"{user}@"
        return f"{scheme}{separator}{before}{where}{rest[end:]}"

    def _bare(self, text: str) -> str:
        """Return the target of which *text* is the host, or all but the scheme."""
        asked = self._asked
        if not asked.completes:
            if ":" not in text and not oracle.is_descriptor(text):
                raise InvalidTarget(self._without_a_port(text))
            return text
        if asked.scheme and not {*"@/?"}.isdisjoint(text):
            return self._url(f"{asked.scheme}://{text}")
        where, hash_sign, options = text.partition("#")
        if not {*"@/?"}.isdisjoint(where):
            raise InvalidTarget(
                f"{self._described()} is more than a host and a port; write a URL, or add its scheme: {asked.source}#scheme=http"
            )
        where = self._with_port(where)
        if not (asked.scheme or has_port(where)):
            raise InvalidTarget(self._without_a_port(text))
        return f"{asked.scheme or TCP}://{where}{hash_sign}{options}"

    def _with_port(self, where: str) -> str:
        """Return ``host:port`` for a host; its own port wins."""
        if hostport.is_ipv6(where):
            where = f"[{where}]"
        if not where or not has_port(where):
            return f"{where}:{self._port}" if where and self._port else where
        asked = self._asked
        own = where.rpartition(":")[2]
        if (asked.port or asked.port_variable) and self._port not in {"", own, asked.default_port}:
            other = asked.port or asked.name(asked.port_variable)
            self._warnings.append(
                f"{asked.name(asked.host)} has a port, which is used instead of {other}"
            )
        return where

    def _without_a_port(self, text: str) -> str:
        asked = self._asked
        if asked.port_variable:
            return f"not set, or empty: {asked.name(asked.port_variable)}; add default-port= to use another port then"
        if "=" in text:
            return f"{self._described()} must be HOST:PORT or a URL, not key=value of a connection string"
        return f"{self._described()} has no port; write env:HOST:PORT or env:HOST:5432, or add scheme= or default-port="

    def _described(self) -> str:
        return self._asked.value_of(self._asked.host)


def has_port(where: str) -> bool:
    """Tell whether *where*, a host, is followed by a port, or what should be one."""
    return ":" in where.rpartition("]")[2]
