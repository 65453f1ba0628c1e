"""Targets from the application's variables: ``env:URL``, ``env:HOST:PORT``, ``env:HOST:5432``."""

from __future__ import annotations

from untilup import display
from untilup.cli.variables.reference import Reference
from untilup.errors import InvalidTarget
from untilup.targets import hostport, url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.targets.target import Target

# The file that a variable with this at the end of its name names has the value: value_files.py.
FILE_SUFFIX = "_FILE"
# What may stand around a value, and signs of what is no value: surroundings.py.
_AROUND = frozenset(" \t\r\n\"'\ufeff\udcef\udcbf")
_SIGNS = frozenset("$#")


def parse_targets(
    word: str,
    settle: float,
    environ: Mapping[str, str],
    warnings: list[str] | None = None,
    timeout: float = 0.0,
) -> list[Target]:
    """Return the targets of the one *word* ``env:NAME``; raise UsageError as lists.parse_targets() does."""
    try:
        return targets_of(word, settle, environ, [] if warnings is None else warnings, timeout)
    except InvalidTarget as error:
        from untilup.cli.mistakes.in_targets import RefusedTarget

        raise RefusedTarget(word, error) from None


def targets_of(
    word: str, settle: float, environ: Mapping[str, str], warnings: list[str], timeout: float
) -> list[Target]:
    """Return the targets that *word*, ``env:NAME``, names. What is left out has the scheme NOTHING.

    Raise InvalidTarget, without anything of a value, if there is no such target. Effects of the values
    that may not be intended are added to *warnings*. Reading files ends after the *timeout* (in
    seconds), if that is not 0.
    """
    asked = Reference(word)
    values = Values(environ, asked, warnings, timeout)
    host = values.get(asked.host)
    port = asked.port or values.get(asked.port_variable)
    if any(text.startswith((display.FROM_ENVIRONMENT, display.COMMAND)) for text in (host, port)):
        raise InvalidTarget(f"{display.HIDDEN_VALUE} must not be an env: or exec: target")
    if not host:
        if asked.if_set:
            if asked.options:
                asked.raise_if_no_option()
            return [asked.nothing(f"{asked.name(asked.host)} is not set, or empty", settle)]
        host = values.address_in_port(port)
    if _is_plain(host) and not (asked.completes or asked.wants_all):
        return [asked.parse(host, settle)]
    from untilup.cli.variables.value_lists import ValueList

    return ValueList(host, port, settle, asked, warnings).found()


def _is_plain(text: str) -> bool:
    """Tell whether *text* is ``host:port`` or a URL, and no list or anything that only looks like one."""
    if url.separates(text) or not text[0].isalnum():
        return False
    is_bare = "/" not in text and hostport.is_number(text.rpartition(":")[2])
    # In upper case, the scheme may be the name of a listener of Kafka.
    return is_bare or (text[0].islower() and url.is_url(text))


def _is_surrounded(text: str) -> bool:
    return text[:1] in _AROUND or text[-1:] in _AROUND


class Values:
    """The values of the variables that are *asked* for, from *environ* or from files."""

    def __init__(
        self, environ: Mapping[str, str], asked: Reference, warnings: list[str], timeout: float
    ) -> None:
        self._environ = environ
        self._asked = asked
        self._warnings = warnings
        self._timeout = timeout

    def get(self, variable: str) -> str:
        """Return the value of *variable*, or of the file that NAME_FILE names, without what surrounds it.

        Return an empty text if there is none, or no *variable*.
        """
        text, named = self._environ.get(variable, ""), variable
        file = f"{variable}{FILE_SUFFIX}"
        if not text and variable and (path := self._environ.get(file, "")):
            from untilup.cli.variables.value_files import read

            text, named = read(file, path, self._timeout), file
        if _is_surrounded(text):
            from untilup.cli.variables.surroundings import strip

            text, removed = strip(text)
            if text and removed:
                self._warnings.append(
                    f"untilup ignores {' and '.join(removed)} around the value of {self._asked.name(named)}; the application may not"
                )
        if _is_surrounded(text) or not _SIGNS.isdisjoint(text):
            from untilup.cli.variables.surroundings import raise_if_unfinished

            raise_if_unfinished(text, self._asked.value_of(named))
        return text

    def address_in_port(self, port: str) -> str:
        """Return the *port* if it is an address: the host variable is not set, and needs not be.

        Kubernetes and Docker's links set REDIS_PORT=tcp://10.1.2.3:6379. Raise InvalidTarget if it is none.
        """
        asked = self._asked
        if asked.port_variable and url.is_url(port):
            self._warnings.append(
                f"{asked.name(asked.host)} is not set; the address in {asked.name(asked.port_variable)} is used"
            )
            return port
        unset = asked.name(asked.host)
        if asked.port_variable and not port and asked.is_shown:
            unset += f" and {asked.name(asked.port_variable)}"
        cure = "set it, or add the option 'if-set' to leave the target out"
        if not asked.is_shown:
            cure = "write the name of a variable alone: env:NAME"
        raise InvalidTarget(f"not set, or empty: {unset}; {cure}")
