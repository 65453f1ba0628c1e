"""Text to Target: ``db:5432``, ``[::1]:5432``, ``http://api/health#status=204``, ``env:DATABASE_URL``."""

from __future__ import annotations

from untilup import checks, display
from untilup.errors import InvalidTarget
from untilup.targets import hostport, url
from untilup.targets.syntax import COMMAND_SCHEME, COMMON_OPTIONS, HOST_AND_PORT, TargetSyntax
from untilup.targets.target import NOTHING, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from untilup.cli.applications.meaning import Meaning
    from untilup.values import OptionTypes


def parse_target(word: str, settle: float, environ: Mapping[str, str]) -> Target:
    """Return the target that *word* names; raise UsageError, in one line, if it is malformed.

    ``env:URL`` takes the target from a variable, ``env:HOST:PORT`` from two, ``env:HOST:5432`` from
    one and a number. What such a variable holds is never quoted.
    """
    try:
        if word.startswith(display.FROM_ENVIRONMENT):
            from untilup.cli.lists import parse_targets

            (target,) = parse_targets(word, settle, environ)
            return target
        return parse_one(word, settle)
    except InvalidTarget as error:
        from untilup.cli.mistakes.in_targets import RefusedTarget

        raise RefusedTarget(word, error) from None


def parse_one(text: str, settle: float) -> Target:
    """Return the one target that *text* is; raise InvalidTarget for anything else, a list included.

    What applications have instead of a target here is read as what it means. If that is nothing to wait
    for, the scheme of the target is NOTHING.
    """
    try:
        return _as_it_is(text, settle)
    except InvalidTarget as error:
        if text.startswith(display.COMMAND):
            raise
        from untilup.cli.applications.urls import meaning_of

        meaning = meaning_of(text)
        if meaning is None:
            if not isinstance(error, _NoCheck):
                raise
            from untilup.cli.mistakes.in_targets import unknown_scheme

            raise unknown_scheme(error.name) from None
    return _by_meaning(meaning, settle)


class _NoCheck(InvalidTarget):
    """The scheme *name* has no check here. What was meant by it is costly to say."""

    def __init__(self, name: str) -> None:
        super().__init__("unknown scheme")
        self.name = name


def _as_it_is(text: str, settle: float) -> Target:
    if not text.startswith(display.COMMAND) and (plain := hostport.plain_host_port(text)):
        return checks.normalize(Target("tcp", *plain, settle))
    scheme, driver, rest = _scheme(text)
    syntax = checks.syntax_of(scheme)
    if not syntax or (driver is not None and not (driver and syntax.accepts_driver)):
        name = scheme if driver is None else f"{scheme}+{driver}"
        if syntax and syntax.multi_host and driver == "srv":
            problem = "the DNS has its hosts (SRV records), and untilup does not query them"
            raise InvalidTarget(f"{name}: {problem}; write the hosts: {scheme}://one,two")
        raise _NoCheck(name)
    if scheme != COMMAND_SCHEME:
        return _of_url(scheme, syntax, rest, settle)
    rest, hash_sign, fragment = _end_of_command(rest, syntax.options)
    if not hash_sign and "#" in rest:
        from untilup.cli.mistakes.target_options import raise_if_without_space

        raise_if_without_space(rest, {**syntax.options, **COMMON_OPTIONS})
    options = _options(fragment, scheme, syntax) if hash_sign else {}
    hosts = url.NO_HOST[0]
    return checks.normalize(
        Target(scheme, *hosts, settle, path=rest, fragment=fragment, options=options)
    )


def _of_url(
    scheme: str, syntax: TargetSyntax, rest: str, settle: float, *, by_port: bool = False
) -> Target:
    """Return the target ``scheme://rest``, or the target of its port alone."""
    url.raise_if_list(f"{scheme}://{rest}")
    user, rest = url.split_userinfo(rest, syntax)
    rest, hash_sign, fragment = rest.partition("#")
    options = _options(fragment, scheme, syntax) if hash_sign else {}
    hosts, path = url.parse_hosts_and_path(scheme, syntax, user, rest)
    target = Target(
        *("tcp" if by_port else scheme, *hosts[0], settle),
        path="" if by_port else path,
        user="" if by_port else user or "",
        fragment=fragment,
        options=options,
        others=hosts[1:],
        note=f"untilup has no check for {scheme}://, and waits for its port" if by_port else "",
    )
    if syntax.port_of and (port := syntax.port_of(target)) != syntax.port:
        hosts, _ = url.parse_hosts_and_path(scheme, syntax.alias(port=port), user, rest)
        target = target.replace(hosts)
    return checks.normalize(target)


def _options(fragment: str, scheme: str, syntax: TargetSyntax) -> dict[str, Any]:
    from untilup.targets.fragment import UnknownOption, parse_options

    try:
        return parse_options(fragment, {**syntax.options, **COMMON_OPTIONS})
    except UnknownOption as error:
        from untilup.cli.mistakes.target_options import explained

        raise explained(error, scheme) from None


def _by_meaning(meaning: Meaning, settle: float) -> Target:
    """Return the target of an application's URL."""
    if meaning.absent:
        return Target(NOTHING, "", 0, settle, path=f"{meaning.name}://", note=meaning.absent)
    if not meaning.by_port:
        syntax = checks.syntax_of(meaning.scheme) or HOST_AND_PORT
        if meaning.port:
            syntax = syntax.alias(port=meaning.port, port_of=None)
        return _of_url(meaning.scheme, syntax, meaning.rest, settle)
    syntax = TargetSyntax(
        port=meaning.port, path=True, userinfo=True, multi_host=True, allows_raw_password=True
    )
    return _of_url(meaning.name, syntax, meaning.rest, settle, by_port=True)


def _end_of_command(text: str, options: OptionTypes) -> tuple[str, str, str]:
    """Split a command at the `` #`` before its options: the last one, if it is outside of quotes.

    Those before it count as well if an option follows: ``exec:check #status=3 #timeout=5s``.
    """
    command, hash_sign, fragment = text.rpartition(" #")
    if not hash_sign:
        return text, "", ""
    from shlex import split  # which imports re

    try:
        split(command)
    except ValueError:  # no closing quotation: it is part of an argument
        return text, "", ""
    before, _, first = _end_of_command(command, options)
    if first.partition("=")[0] in {*COMMON_OPTIONS, *options}:
        return before, hash_sign, f"{first}#{fragment}"
    return command, hash_sign, fragment


def _scheme(text: str) -> tuple[str, str | None, str]:
    """Return the scheme, the driver of ``scheme+driver``, and what follows.

    With the driver SQLAlchemy tells an application which library to use; a server never sees it.
    """
    if text.startswith(display.COMMAND):
        return COMMAND_SCHEME, None, text.removeprefix(display.COMMAND)
    scheme, separator, rest = text.partition("://")
    if not separator or "#" in scheme or url.separates(scheme):
        _raise_if_not_host_and_port(text)
        return "tcp", None, text
    name, plus, driver = scheme.lower().partition("+")  # RFC 3986 section 3.1
    if name == COMMAND_SCHEME:  # by another way than display.COMMAND, which argv alone may take
        raise InvalidTarget(url.IN_LOWER_CASE)
    return name, driver if plus else None, rest


def _raise_if_not_host_and_port(text: str) -> None:
    """Raise InvalidTarget, with what was probably meant, if *text* cannot be ``HOST:PORT``."""
    host, _, port = text.partition("#")[0].rpartition(":")
    has_one_colon = ":" not in host or host.startswith("[")
    if host and hostport.is_port(port) and has_one_colon and {*"$=/?"}.isdisjoint(host):
        return
    from untilup.cli.mistakes.in_targets import bare_problem

    if problem := bare_problem(text):
        raise problem
