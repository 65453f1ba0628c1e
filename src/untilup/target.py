"""Text to Target and back: ``db:5432``, ``tcp://db:5432``, ``[::1]:5432``."""

from __future__ import annotations

import _socket as socket  # the classes that the socket module adds on top cost 4 ms of import
from time import monotonic

from untilup import checks
from untilup.errors import HIDDEN, UsageError, printable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

HIGHEST_PORT = 65_535
LONGEST_PORT = len(str(HIGHEST_PORT))
# RFC 1035 section 2.3.4: octets in a label and in a name.
LONGEST_LABEL = 63
LONGEST_NAME = 253
FROM_ENVIRONMENT = "env:"
BARE_WORD = "a target is host:port; if it starts the command, put -- before it"
FORMS = "give host:port, tcp://host:port or [IPv6 address]:port"


class Target:
    """Something to wait for.

    Everything but *phase* stays as it was made. The watcher's thread notes there what it is doing
    just before it may block, and since when, so that the main thread can tell what still hangs.
    """

    __slots__ = ("host", "phase", "port", "scheme", "settle")

    def __init__(self, scheme: str, host: str, port: int, settle: float = 0.0) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.settle = settle
        self.phase = ("", monotonic())

    def enter(self, phase: str) -> None:
        """Note the *phase* that begins now: resolving, connecting, settling, asking."""
        self.phase = (phase, monotonic())

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"<Target {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, int, float]:
        return (self.scheme, self.host, self.port, self.settle)


class Malformed(Exception):
    """What is wrong with a target; ``{}`` in *problem* is where its *piece* is quoted."""

    def __init__(self, problem: str, piece: str = "") -> None:
        super().__init__(problem, piece)
        self.problem = problem
        self.piece = piece


def parse(word: str, settle: float, environ: Mapping[str, str], *, hidden: bool = False) -> Target:
    """Return the target that *word* names; raise UsageError, in one line, where it is malformed.

    ``env:URL`` takes the target from a variable, ``env:HOST:PORT`` from two, ``env:HOST:5432`` from
    one and a number. What such a variable holds is never quoted, nor a word that is *hidden*
    because it stood beside an ``@``.
    """
    hidden = hidden or "@" in word
    try:
        if word.startswith(FROM_ENVIRONMENT):
            return _parse(_from_environment(word, environ), settle)
        return _parse(word, settle)
    except Malformed as error:
        if word.startswith(FROM_ENVIRONMENT):
            piece = "its value (not shown)"
        else:
            piece = "a part of it (not shown)" if hidden else quoted(error.piece)
        name = HIDDEN if hidden else quoted(word)
        raise UsageError(f"target {name}: {error.problem.replace('{}', piece)}") from None


def _from_environment(word: str, environ: Mapping[str, str]) -> str:
    """Return the text of the target that ``env:`` stands for."""
    names = word.removeprefix(FROM_ENVIRONMENT).split(":")
    fixed_port = len(names) > 1 and _is_number(names[-1])
    variables = names[:-1] if fixed_port else names
    if len(names) > 2 or not all(variables):  # noqa: PLR2004 - a host and a port
        raise Malformed("give env:URL, env:HOST:PORT or env:HOST:5432")
    values = [environ.get(name, "") for name in variables]
    if unset := [name for name in variables if not environ.get(name)]:
        names_of_them = printable(" and ".join(unset))
        raise Malformed(f"not set, or empty: {HIDDEN if '@' in word else names_of_them}")
    if any(value.startswith(("env:", "exec:")) for value in values):
        raise Malformed("{} may be neither env: nor exec:")
    if len(names) == 1:
        if ":" not in values[0]:
            raise Malformed("{} has no port; give env:HOST:PORT or env:HOST:5432")
        return values[0]
    host, port = (values[0], names[1]) if fixed_port else values
    return f"[{host}]:{port}" if _is_ipv6(host) else f"{host}:{port}"


def _parse(text: str, settle: float) -> Target:
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()  # RFC 3986 section 3.1
    if not separator:
        scheme, rest = "tcp", text
    if not checks.known(scheme):
        raise Malformed(f"unknown scheme {{}}; {FORMS}", scheme)
    if not separator and ":" not in rest:
        raise Malformed(BARE_WORD)
    rest, fragment, options = rest.partition("#")
    if fragment:
        raise Malformed(
            f"unknown option {{}} after '#'; {scheme}:// targets have none",
            options.partition("=")[0],
        )
    if "@" in rest or "/" in rest or "?" in rest:
        raise Malformed(f"a {scheme}:// target has neither user nor path; {FORMS}")
    if ":" not in rest:
        raise Malformed(f"the port is missing; {FORMS}")
    host, port = _host_and_port(rest)
    return Target(scheme, host, port, settle)


def _host_and_port(rest: str) -> tuple[str, int]:
    """Split ``host:port`` or ``[address]:port``, each part validated."""
    if rest.startswith("["):
        host, _, port = rest[1:].rpartition("]")
        if not port.startswith(":") or not _is_ipv6(host):
            raise Malformed(f"not an IPv6 address in brackets and a port; {FORMS}")
        port = port[1:]
    else:
        host, _, port = rest.rpartition(":")
        if ":" in host:
            raise Malformed("an IPv6 address stands in brackets: [::1]:5432")
        problem = _problem_of_name(host)
        if problem:
            raise Malformed(f"{problem}; {FORMS}")
    if not (_is_number(port) and len(port) <= LONGEST_PORT and 1 <= int(port) <= HIGHEST_PORT):
        raise Malformed(f"{{}} is not a port from 1 to {HIGHEST_PORT}", port)
    return host, int(port)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _is_ipv6(host: str) -> bool:
    """Tell whether *host* is an IPv6 address, perhaps with a zone (``fe80::1%eth0``)."""
    address, percent, zone = host.partition("%")
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except (OSError, ValueError):  # ValueError: a NUL byte, or not encodable
        return False
    return bool(zone) == bool(percent) and (not zone or (zone.isascii() and zone.isprintable()))


def _problem_of_name(host: str) -> str:
    """Return what is wrong with a host *name*, or nothing.

    Looked at here because a resolver's answer to such a name is no help: glibc says "unknown", the
    idna codec raises UnicodeError.
    """
    if not host:
        return "the host is missing"
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return "the host is not a name that the DNS can hold"
    if not (host.isprintable() and all(char.isalnum() or char in "-_." for char in name)):
        return "the host has characters that no name has"
    labels = name.removesuffix(".").split(".")
    if len(name) > LONGEST_NAME or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        return f"the host has an empty part, one of over {LONGEST_LABEL} characters, or over {LONGEST_NAME} in all"
    return ""
