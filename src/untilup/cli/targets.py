"""Text to Target: ``db:5432``, ``[::1]:5432``, ``http://api/health#status=204``, ``env:DATABASE_URL``."""

from __future__ import annotations

from untilup import checks, display
from untilup.errors import InvalidTarget
from untilup.targets import hostport, url
from untilup.targets.syntax import COMMAND_SCHEME, COMMON_OPTIONS
from untilup.targets.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING_SEPARATOR = "a target is host:port; if it starts the command, put -- before it"
HOST_OR_URL = "give host:port or a URL, and no key=value of a connection string"
KEY_VALUE = f"{HOST_OR_URL}; if it starts the command, put -- before it"
JDBC = "jdbc:"


def parse_target(
    word: str, settle: float, environ: Mapping[str, str], *, hidden: bool = False
) -> Target:
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
        return parse_one(text, settle)
    except InvalidTarget as error:
        from untilup.cli.variables import refusal

        raise refusal(word, error, hidden=hidden) from None


def parse_one(text: str, settle: float) -> Target:
    """Return the one target that *text* is; raise InvalidTarget for anything else, a list included."""
    scheme, driver, rest = _scheme(text)
    syntax = checks.syntax_of(scheme)
    if not syntax or (driver is not None and not (driver and syntax.accepts_driver)):
        name = scheme if driver is None else f"{scheme}+{driver}"
        if syntax and syntax.multi_host and driver == "srv":
            known = "its hosts stand in the DNS (SRV), which is not asked for them"
            raise InvalidTarget(f"{name}: {known}; name them: {scheme}://one,two")
        raise InvalidTarget(f"unknown scheme {{}}; {url.EXPECTED_FORMS}", name)
    if scheme == COMMAND_SCHEME:
        rest, hash_sign, fragment = _end_of_command(rest)
        user = None
    else:
        url.raise_if_list(text)
        user, rest = url.split_userinfo(rest, syntax)
        rest, hash_sign, fragment = rest.partition("#")
    options = {}
    if hash_sign:
        from untilup.targets.fragment import parse_options as read_options

        options = read_options(fragment, {**syntax.options, **COMMON_OPTIONS})
    if scheme == COMMAND_SCHEME:
        hosts, path = url.NO_HOST, rest
    else:
        hosts, path = url.parse_hosts_and_path(scheme, syntax, user, rest)
    target = Target(
        *(scheme, *hosts[0], settle),
        path=path,
        user=user or "",
        fragment=fragment,
        options=options,
        others=hosts[1:],
    )
    return checks.normalize(target)


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
    if text.startswith(display.COMMAND):
        return COMMAND_SCHEME, None, text.removeprefix(display.COMMAND)
    if text[: len(JDBC)].lower() == JDBC:
        raise InvalidTarget("a JDBC URL is no target; give host:port, or the URL without jdbc:")
    scheme, separator, rest = text.partition("://")
    if not separator or "#" in scheme or url.separates(scheme):
        _raise_if_no_bare_target(text.partition("#")[0])
        return "tcp", None, text
    name, plus, driver = scheme.lower().partition("+")  # RFC 3986 section 3.1
    if name == COMMAND_SCHEME:  # by another way than display.COMMAND, which argv alone may take
        raise InvalidTarget(f"a command is given as {display.COMMAND}COMMAND, in lower case")
    return name, driver if plus else None, rest


def _raise_if_no_bare_target(text: str) -> None:
    """Raise InvalidTarget, with the cure, where *text* cannot be ``host:port``."""
    name, colon, rest = text.partition(":")
    if "=" in text.partition("?")[0]:
        raise InvalidTarget(KEY_VALUE)
    if not colon:
        raise InvalidTarget(MISSING_SEPARATOR)
    if not hostport.is_port(rest) and checks.syntax_of(name):
        raise InvalidTarget(f"in a URL '//' follows the scheme: {name}://")
