"""Targets from variables: what ``env:NAME`` stands for, and how an error names a target without it."""

from __future__ import annotations

from untilup import display
from untilup.errors import InvalidTarget, UsageError
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FROM_ENVIRONMENT = display.FROM_ENVIRONMENT
# Of a list: every target is waited for, and not any one of them.
ALL = "all"


def refusal(word: str, error: InvalidTarget, *, hidden: bool = False) -> UsageError:
    """Return what is wrong with *word*, without what may be secret of it."""
    if word.startswith(FROM_ENVIRONMENT):
        piece = "its value (not shown)"
    else:
        piece = display.piece(word, None if hidden else error.piece)
    name = display.NOT_SHOWN if hidden else display.malformed(word)
    return UsageError(f"target {name}: {error.problem.replace('{}', piece)}")


def value_of(word: str, environ: Mapping[str, str]) -> tuple[str, str, bool]:
    """Return what ``env:`` stands for: the value, the options for it, and whether all of a list count."""
    text, _, fragment = word.removeprefix(FROM_ENVIRONMENT).partition("#")
    names = text.split(":")
    fixed_port = len(names) > 1 and hostport.is_number(names[-1])
    variables = names[:-1] if fixed_port else names
    if len(names) > 2 or not all(variables):  # noqa: PLR2004 - a host and a port
        raise InvalidTarget("give env:URL, env:HOST:PORT or env:HOST:5432")
    values = [environ.get(name, "") for name in variables]
    if unset := [name for name in variables if not environ.get(name)]:
        shown = display.malformed(word) != display.NOT_SHOWN
        names_of_them = display.printable(" and ".join(unset)) if shown else "a variable"
        raise InvalidTarget(f"not set, or empty: {names_of_them}")
    if any(value.startswith((FROM_ENVIRONMENT, display.COMMAND)) for value in values):
        raise InvalidTarget("{} may be neither env: nor exec:")
    if len(names) == 1:
        if ":" not in values[0]:
            cure = "give env:HOST:PORT or env:HOST:5432"
            if "=" in values[0]:
                cure = "it has to be host:port or a URL, and no key=value of a connection string"
            raise InvalidTarget(f"{{}} has no port; {cure}")
        found = values[0]
    else:
        host, port = (values[0], names[1]) if fixed_port else values
        found = f"[{host}]:{port}" if hostport.is_ipv6(host) else f"{host}:{port}"
        if "://" not in host:  # or a host named "exec" would make a command of it
            found = f"tcp://{found}"
    options = fragment.split("&")
    return found, "&".join(option for option in options if option != ALL), ALL in options


def with_options(text: str, fragment: str) -> str:
    """Return *text* with the options of *fragment*, which come after its own."""
    if not fragment:
        return text
    return f"{text}{'&' if '#' in text else '#'}{fragment}"
