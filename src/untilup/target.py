"""Text to Target and back: ``db:5432``, ``[::1]:5432``, ``http://api/health#status=204``."""

from __future__ import annotations

from time import monotonic

from untilup import address, checks, parts
from untilup.errors import HIDDEN, Malformed, UsageError, printable, quoted
from untilup.kinds import DURATION, DURATION_OR_ZERO, FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from untilup.kinds import Choices

    # What was looked at within a look, seconds it took, what was found in a word and in many.
    Sighting = tuple[str, float, str, str]

FROM_ENVIRONMENT = "env:"
COMMAND = f"{checks.COMMAND}:"
BARE_WORD = "a target is host:port; if it starts the command, put -- before it"
# What every target knows, whatever its scheme.
COMMON: Choices = {
    "timeout": (DURATION, "give up on this target after this long"),
    "settle": (DURATION_OR_ZERO, "as --settle, for this target"),
    "optional": (FLAG, "wait only until the other targets are up; report it, and go on without"),
}


class Target:
    """Something to wait for.

    *path* is all that follows the host and port, or takes their place; *user* what stands before
    them. *hosts* are all of its hosts, each with its port, of which any one will do, and *host* and
    *port* the first of them; *options* are the values of the check's own options by name. *timeout* is
    0 where the target has no other than all have.

    All this stays as it was made. The watcher's thread notes in *phase* what it is doing just
    before it may block, and since when, so that the main thread can tell what still hangs; and,
    where *sightings* is a list, every address that it has looked at, and none is left out then. What
    the latest look has heard, line by line and fit to print, may stand in *said*, for --verbose:
    each look puts a list of its own there.
    """

    __slots__ = (
        *("_fragment", "_whole", "host", "hosts", "optional", "options", "path", "phase", "port"),
        *("said", "scheme", "settle", "sightings", "timeout", "user"),
    )

    def __init__(  # noqa: PLR0913 - one parameter for each part of a URL
        self,
        scheme: str,
        host: str,
        port: int,
        settle: float = 0.0,
        *,
        path: str = "",
        user: str = "",
        fragment: str = "",
        options: dict[str, Any] | None = None,
        others: list[tuple[str, int]] | None = None,
    ) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.hosts = [(host, port), *(others or [])] if host else []
        self._whole: Target | None = None
        self.path = path
        self.user = user
        self._fragment = fragment
        self.options = options or {}
        self.settle: float = self.options.pop("settle", settle)
        self.timeout: float = self.options.pop("timeout", 0.0)
        self.optional: bool = self.options.pop("optional", False)
        self.sightings: list[Sighting] | None = None
        self.said: list[str] = []
        self.phase = ("", monotonic())

    def enter(self, phase: str) -> None:
        """Note the *phase* that begins now: resolving, connecting, settling, asking, listening."""
        self.phase = (phase, monotonic())
        if self._whole:
            self._whole.phase = self.phase

    def alone(self, host: str, port: int) -> Target:
        """Return the same with one of its hosts alone.

        What it is doing counts as what this one is doing; what it sees and hears is its own.
        """
        options = dict(self.options)
        alone = Target(
            *(self.scheme, host, port, self.settle),
            path=self.path,
            user=self.user,
            options=options,
        )
        alone.sightings = None if self.sightings is None else []
        alone._whole = self
        return alone

    def saw(self, what: str, took: float, found: str, detail: str) -> None:
        """Note what was *found* at *what*, an address or a name, after *took* seconds."""
        if self.sightings is not None:
            self.sightings.append((what, took, found, detail))

    def __str__(self) -> str:
        if self.scheme == checks.COMMAND:  # its arguments may hold a password
            name = self.path.split(maxsplit=1)[0]
            return f"{COMMAND}{'(not shown)' if '@' in name else printable(name)}"
        hosts = ",".join(address.joined(*where) for where in self.hosts)
        # A query may hold a token; the path of a file has none.
        path = self.path.partition("?")[0] if self.hosts else self.path
        return f"{self.scheme}://{hosts}{printable(path)}"

    def __repr__(self) -> str:
        return f"<Target {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        where = (self.scheme, self.user, *self.hosts, self.path)
        return (*where, self._fragment, self.settle)


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
        elif hidden or error.piece is None:
            piece = "a part of it (not shown)"
        else:
            piece = quoted(error.piece)
        name = HIDDEN if hidden else quoted(_without_secrets(word))
        raise UsageError(f"target {name}: {error.problem.replace('{}', piece)}") from None


def _without_secrets(word: str) -> str:
    """Return *word* as far as it can be shown: no query, no options, no argument of a command."""
    if word.startswith(COMMAND):
        return word.split(maxsplit=1)[0]
    return word.partition("#")[0].partition("?")[0]


def _from_environment(word: str, environ: Mapping[str, str]) -> str:
    """Return the text of the target that ``env:`` stands for."""
    text, _, fragment = word.removeprefix(FROM_ENVIRONMENT).partition("#")
    names = text.split(":")
    fixed_port = len(names) > 1 and address.is_number(names[-1])
    variables = names[:-1] if fixed_port else names
    if len(names) > 2 or not all(variables):  # noqa: PLR2004 - a host and a port
        raise Malformed("give env:URL, env:HOST:PORT or env:HOST:5432")
    values = [environ.get(name, "") for name in variables]
    if unset := [name for name in variables if not environ.get(name)]:
        names_of_them = printable(" and ".join(unset))
        raise Malformed(f"not set, or empty: {HIDDEN if '@' in word else names_of_them}")
    if any(value.startswith((FROM_ENVIRONMENT, COMMAND)) for value in values):
        raise Malformed("{} may be neither env: nor exec:")
    if len(names) == 1:
        if ":" not in values[0]:
            raise Malformed("{} has no port; give env:HOST:PORT or env:HOST:5432")
        found = values[0]
    else:
        host, port = (values[0], names[1]) if fixed_port else values
        found = f"[{host}]:{port}" if address.is_ipv6(host) else f"{host}:{port}"
        if "://" not in host:  # or a host named "exec" would make a command of it
            found = f"tcp://{found}"
    if not fragment:
        return found
    return f"{found}{'&' if '#' in found else '#'}{fragment}"


def _parse(text: str, settle: float) -> Target:
    scheme, driver, rest = _scheme(text)
    form = checks.form(scheme)
    if not form or (driver is not None and not (driver and form.drivers)):
        name = scheme if driver is None else f"{scheme}+{driver}"
        if form and form.hosts and driver == "srv":
            known = "its hosts stand in the DNS (SRV), which is not asked for them"
            raise Malformed(f"{name}: {known}; name them: {scheme}://one,two")
        raise Malformed(f"unknown scheme {{}}; {parts.FORMS}", name)
    if form.hosts and f"{scheme}://" in rest.partition(",")[2]:  # as NATS's client for Go has it
        raise Malformed(f"the scheme stands once, before all hosts: {scheme}://one,two")
    user, rest = parts.split(rest, form)
    if scheme == checks.COMMAND:
        rest, hash_sign, fragment = rest.rpartition(" #") if " #" in rest else (rest, "", "")
    else:
        rest, hash_sign, fragment = rest.partition("#")
    options = {}
    if hash_sign:
        from untilup.fragment import read

        options = read(fragment, {**form.choices, **COMMON})
    if scheme == checks.COMMAND:
        hosts, path = parts.NO_HOST, rest
    else:
        hosts, path = parts.read(scheme, form, user, rest)
    target = Target(
        *(scheme, *hosts[0], settle),
        path=path,
        user=user or "",
        fragment=fragment,
        options=options,
        others=hosts[1:],
    )
    checks.validate(target)
    return target


def _scheme(text: str) -> tuple[str, str | None, str]:
    """Return the scheme, the driver of ``scheme+driver``, and what follows.

    With the driver SQLAlchemy tells an application which library to use; a server never sees it.
    """
    if text.startswith(COMMAND):
        return checks.COMMAND, None, text.removeprefix(COMMAND)
    scheme, separator, rest = text.partition("://")
    if not separator or "#" in scheme:
        if ":" not in text.partition("#")[0]:
            raise Malformed(BARE_WORD)
        return "tcp", None, text
    name, plus, driver = scheme.lower().partition("+")  # RFC 3986 section 3.1
    if name == checks.COMMAND:  # by another way than COMMAND, which argv alone may take
        raise Malformed(f"a command is given as {COMMAND}COMMAND, in lower case")
    return name, driver if plus else None, rest
