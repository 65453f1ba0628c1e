"""Text to Target and back: ``db:5432``, ``[::1]:5432``, ``http://api/health#status=204``."""

from __future__ import annotations

from time import monotonic

from untilup import checks, display
from untilup.errors import Malformed
from untilup.targets import hostport, url
from untilup.values import DURATION, DURATION_OR_ZERO, FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from untilup.values import Choices

    # What was looked at within a look, seconds it took, what was found in a word and in many.
    Sighting = tuple[str, float, str, str]

COMMAND = display.COMMAND
BARE_WORD = "a target is host:port; if it starts the command, put -- before it"
HOST_OR_URL = "give host:port or a URL, and no key=value of a connection string"
KEY_VALUE = f"{HOST_OR_URL}; if it starts the command, put -- before it"
JDBC = "jdbc:"
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
    0 where the target has no other than all have. Where the hosts come from a list of URLs, *either*
    has the target that each of them is by itself, and *source* the variable that holds the list.

    All this stays as it was made. The watcher's thread notes in *phase* what it is doing just
    before it may block, and since when, so that the main thread can tell what still hangs; and,
    where *sightings* is a list, every address that it has looked at, and none is left out then. What
    the latest look has heard, line by line and fit to print, may stand in *said*, for --verbose:
    each look puts a list of its own there.
    """

    __slots__ = (
        *("_fragment", "_whole", "either", "host", "hosts", "optional", "options", "path", "phase"),
        *("port", "said", "scheme", "settle", "sightings", "source", "timeout", "user"),
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
        self.either: dict[tuple[str, int], Target] = {}
        self.source = ""
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
        its = self.either.get((host, port), self)
        alone = Target(
            *(its.scheme, host, port, its.settle),
            path=its.path,
            user=its.user,
            options=dict(its.options),
        )
        alone.sightings = None if self.sightings is None else []
        alone._whole = self
        return alone

    def saw(self, what: str, took: float, found: str, detail: str) -> None:
        """Note what was *found* at *what*, an address or a name, after *took* seconds."""
        if self.sightings is not None:
            self.sightings.append((what, took, found, detail))

    def __str__(self) -> str:
        hosts = ",".join(hostport.joined(*where) for where in self.hosts)
        shown = display.target(self.scheme, hosts, self.path)
        each = {display.target(it.scheme, hosts, it.path) for it in self.either.values()}
        return shown if each <= {shown} else display.target(self.scheme, hosts, "")

    def __repr__(self) -> str:
        return f"<Target {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        where = (self.scheme, self.user, *self.hosts, self.path)
        return (*where, *self.either.values(), self._fragment, self.settle)


def parse(word: str, settle: float, environ: Mapping[str, str], *, hidden: bool = False) -> Target:
    """Return the target that *word* names; raise UsageError, in one line, where it is malformed.

    ``env:URL`` takes the target from a variable, ``env:HOST:PORT`` from two, ``env:HOST:5432`` from
    one and a number. What such a variable holds is never quoted, nor a word that is *hidden*
    because it stood beside an ``@``.
    """
    try:
        text = word
        if word.startswith(display.FROM_ENVIRONMENT):
            from untilup.cli.variables import value_of, with_options

            value, fragment, _ = value_of(word, environ)
            text = with_options(value, fragment)
        return read(text, settle)
    except Malformed as error:
        from untilup.cli.variables import refusal

        raise refusal(word, error, hidden=hidden) from None


def read(text: str, settle: float) -> Target:
    """Return the one target that *text* is; raise Malformed for anything else, a list included."""
    scheme, driver, rest = _scheme(text)
    form = checks.form(scheme)
    if not form or (driver is not None and not (driver and form.drivers)):
        name = scheme if driver is None else f"{scheme}+{driver}"
        if form and form.hosts and driver == "srv":
            known = "its hosts stand in the DNS (SRV), which is not asked for them"
            raise Malformed(f"{name}: {known}; name them: {scheme}://one,two")
        raise Malformed(f"unknown scheme {{}}; {url.FORMS}", name)
    if scheme == checks.COMMAND:
        rest, hash_sign, fragment = _end_of_command(rest)
        user = None
    else:
        url.raise_if_list(text)
        user, rest = url.split(rest, form)
        rest, hash_sign, fragment = rest.partition("#")
    options = {}
    if hash_sign:
        from untilup.targets.fragment import read as read_options

        options = read_options(fragment, {**form.choices, **COMMON})
    if scheme == checks.COMMAND:
        hosts, path = url.NO_HOST, rest
    else:
        hosts, path = url.read(scheme, form, user, rest)
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


def _end_of_command(text: str) -> tuple[str, str, str]:
    """Split a command at the `` #`` before its options: the last one, if it is outside of quotes."""
    command, hash_sign, fragment = text.rpartition(" #")
    if not hash_sign:
        return text, "", ""
    from shlex import split  # which imports re

    try:
        split(command)
    except ValueError:  # no closing quotation: it stands in an argument
        return text, "", ""
    return command, hash_sign, fragment


def _scheme(text: str) -> tuple[str, str | None, str]:
    """Return the scheme, the driver of ``scheme+driver``, and what follows.

    With the driver SQLAlchemy tells an application which library to use; a server never sees it.
    """
    if text.startswith(COMMAND):
        return checks.COMMAND, None, text.removeprefix(COMMAND)
    if text[: len(JDBC)].lower() == JDBC:
        raise Malformed("a JDBC URL is no target; give host:port, or the URL without jdbc:")
    scheme, separator, rest = text.partition("://")
    if not separator or "#" in scheme or url.separates(scheme):
        _raise_if_no_bare_target(text.partition("#")[0])
        return "tcp", None, text
    name, plus, driver = scheme.lower().partition("+")  # RFC 3986 section 3.1
    if name == checks.COMMAND:  # by another way than COMMAND, which argv alone may take
        raise Malformed(f"a command is given as {COMMAND}COMMAND, in lower case")
    return name, driver if plus else None, rest


def _raise_if_no_bare_target(text: str) -> None:
    """Raise Malformed, with the cure, where *text* cannot be ``host:port``."""
    name, colon, rest = text.partition(":")
    if "=" in text.partition("?")[0]:
        raise Malformed(KEY_VALUE)
    if not colon:
        raise Malformed(BARE_WORD)
    if not hostport.is_port(rest) and checks.form(name):
        raise Malformed(f"in a URL '//' follows the scheme: {name}://")
