"""The checks, one file for each scheme: ``redis://`` is looked at by ``checks/redis.py``.

A check is a function ``check(target, timeout)`` that returns when *target* is ready. It raises
NotReady where looking again can help and an UntilupError where it cannot, and takes at most
*timeout* seconds once the target's name is resolved. Its module may have a FORM, where a target is
written otherwise than as ``scheme://host:port``, and a function ``validate(target)``, which raises
Malformed for what is well-formed piece by piece and makes no sense as a whole, and a function
``stop()``, where a look leaves something behind when the process becomes another. Nothing else has
to change for a new one.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from untilup.targets.target import Target
    from untilup.values import Choices

    Check = Callable[[Target, float], None]

COMMAND = "exec"
# So many sockets may be open to a target, or to each of its hosts, at the same time; fewer if that
# would be more in all than the process may have.
MOST_SOCKETS = 64
# What is left of the descriptors is for lookups and for what is imported.
PART_FOR_SOCKETS = 0.75
most_sockets = MOST_SOCKETS


class Form:
    """How the targets of a scheme are written.

    - *port* is what a URL without one means; 0 where it has to be given, None where there is none.
    - *host* is false where an absolute path takes the place of host and port (``file:///path``).
    - *path* is true where a path and a query may follow, *user* where ``user:password@`` may precede.
    - *params* is true where the path may have commas and semicolons as they are: ``/report;v=1``.
    - *hosts* is true where there may be several, with commas between: see net/multihost.py.
    - *bare* is true where there may be none, because the query names it (``postgres:///app?host=x``),
      or it may be a path, as ``%2Frun%2Fpostgresql``: ``validate`` sees to that.
    - *raw* is true where applications have such targets in variables, with passwords as they are.
    - *drivers* is true where SQLAlchemy's ``scheme+driver`` is the same target.
    - *choices* are its options, beside those that every target knows.
    - *examples* are shown in the README.
    """

    __slots__ = (
        *("bare", "choices", "drivers", "examples", "host", "hosts", "params", "path", "port"),
        *("raw", "user"),
    )

    def __init__(  # noqa: PLR0913 - one parameter for each thing that may be otherwise
        self,
        *examples: str,
        host: bool = True,
        port: int | None = 0,
        path: bool = False,
        params: bool = False,
        user: bool = False,
        hosts: bool = False,
        bare: bool = False,
        raw: bool = False,
        drivers: bool = False,
        choices: Choices | None = None,
    ) -> None:
        self.examples = examples
        self.host = host
        self.port = port
        self.path = path
        self.params = params
        self.user = user
        self.hosts = hosts
        self.bare = bare
        self.raw = raw
        self.drivers = drivers
        self.choices = choices or {}

    def again(self, *examples: str) -> Form:
        """Return the form of another name for the same scheme."""
        return Form(
            *examples,
            host=self.host,
            port=self.port,
            path=self.path,
            params=self.params,
            user=self.user,
            hosts=self.hosts,
            bare=self.bare,
            raw=self.raw,
            drivers=self.drivers,
            choices=self.choices,
        )


HOST_AND_PORT = Form()


def form(scheme: str) -> Form | None:
    """Return how the targets of *scheme* are written; None if there is no check for it."""
    module = _module(scheme)
    return None if module is None else getattr(module, "FORM", HOST_AND_PORT)


def validate(target: Target) -> None:
    """Raise Malformed where the check of *target* can tell that it makes no sense."""
    validated = getattr(_module(target.scheme), "validate", None)
    if validated:
        validated(target)


def find(scheme: str) -> Check:
    """Return the check for a known *scheme*."""
    module = _module(scheme)
    if module is None:
        raise LookupError(scheme)
    check: Check = module.check
    return check


def share_descriptors(hosts: int) -> None:
    """Have each of so many *hosts* be content with its part of the descriptors (ulimit -n)."""
    global most_sockets  # noqa: PLW0603 - there is one process
    limit = os.sysconf("SC_OPEN_MAX")
    if limit > 0:  # an address of a name, or a lookup, may take one more
        part = int(limit * PART_FOR_SOCKETS) // hosts - 1
        most_sockets = max(1, min(part, MOST_SOCKETS))


_loaded: dict[str, ModuleType] = {}


def stop() -> None:
    """Have every check that has been loaded end what it began outside of this process.

    From then on their looks fail. For the main thread, before it executes anything or exits.
    """
    for module in list(_loaded.values()):
        if hasattr(module, "stop"):
            module.stop()


def _module(scheme: str) -> ModuleType | None:
    """Return the module that is named as the scheme is, or None."""
    if not (scheme.isascii() and scheme.isalnum() and scheme.islower() and scheme[0].isalpha()):
        return None
    name = f"{__name__}.{scheme}"
    try:
        _loaded[scheme] = module = __import__(name, fromlist=["check"])
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
    return module
