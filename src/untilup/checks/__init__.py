"""The checks, one file for each scheme: ``redis://`` is checked by ``checks/redis.py``.

Most are a SYNTAX, which says how a target is written, and a function ``ask(target, stream)``, which
returns when the server at the other end of the stream serves. Connecting, several hosts and TLS are
added here. A check that needs more has a function ``check(attempt)`` in its place, which takes at most
the attempt's timeout once the target's name is resolved. Both raise NotReady if trying again can
help, and NeverReady if it cannot.

A module may have a function ``validate(target)``, which raises InvalidTarget for what is well-formed
piece by piece and makes no sense as a whole. It may have a function ``normalize(target)``, which does
the same and returns the target with what its query says. Nothing else has to change for a new check.
"""

from __future__ import annotations

from untilup.targets.syntax import HOST_AND_PORT, TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

    Check = Callable[[Attempt], None]
    Ask = Callable[[Target, Stream], None]


def syntax_of(scheme: str) -> TargetSyntax | None:
    """Return how the targets of *scheme* are written; None if there is no check for it."""
    module = _module(scheme)
    return None if module is None else getattr(module, "SYNTAX", HOST_AND_PORT)


def normalize(target: Target) -> Target:
    """Return *target* as its check has it; raise InvalidTarget if it makes no sense to the check."""
    module = _module(target.scheme)
    validate = getattr(module, "validate", None)
    if validate:
        validate(target)
    normalize_: Callable[[Target], Target] | None = getattr(module, "normalize", None)
    return normalize_(target) if normalize_ else target


def check_for(scheme: str) -> Check:
    """Return the check for a known *scheme*: its own, or one that asks the server by its ``ask``."""
    module = _module(scheme)
    if module is None:
        raise LookupError(scheme)
    check: Check | None = getattr(module, "check", None)
    return check or _asking_check(module.SYNTAX, module.ask)


def _asking_check(syntax: TargetSyntax, ask: Ask) -> Check:
    """Return the check that connects to any host of a target, over TLS if it says so, and asks it."""

    def check(attempt: Attempt) -> None:
        if syntax.encrypted(attempt.target):
            from untilup.net import tls

            tls.ask_any_host(attempt, ask)
        else:
            from untilup.net import multihost

            multihost.ask_any_host(attempt, ask)

    return check


def _module(scheme: str) -> ModuleType | None:
    """Return the module that is named as the scheme is, or None."""
    if not (scheme.isascii() and scheme.isalnum() and scheme.islower() and scheme[0].isalpha()):
        return None
    name = f"{__name__}.{scheme}"
    try:
        module: ModuleType = __import__(name, fromlist=["check"])
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
    return module
