"""The checks, one file for each scheme: ``redis://`` is looked at by ``checks/redis.py``.

A check is a function ``check(target, timeout)`` that returns when *target* is ready. It raises
NotReady where looking again can help and an UntilupError where it cannot, and takes at most
*timeout* seconds once the target's name is resolved. Nothing else has to change for a new one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from untilup.target import Target

    Check = Callable[[Target, float], None]


def known(scheme: str) -> bool:
    """Tell whether there is a check for *scheme*."""
    return _module(scheme) is not None


def find(scheme: str) -> Check:
    """Return the check for a known *scheme*."""
    module = _module(scheme)
    if module is None:
        raise LookupError(scheme)
    check: Check = module.check
    return check


def _module(scheme: str) -> ModuleType | None:
    """Return the module that is named as the scheme is, or None."""
    # Names with "_" are no schemes: so checks/_wire.py and its like cannot be reached from outside.
    if not (scheme.isascii() and scheme.isalnum() and scheme.islower() and scheme[0].isalpha()):
        return None
    name = f"{__name__}.{scheme}"
    try:
        return __import__(name, fromlist=["check"])
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
