"""The checks, one file for each scheme: ``redis://`` is checked by ``checks/redis.py``.

Most files have a SYNTAX and a function ``ask(target, stream)``. SYNTAX says how a target is written. The
function returns when the server at the other end of the stream serves. Connecting, several hosts and TLS
are added here. A file whose connections differ also has a function ``connect(attempt)``, which returns
the stream.

A check that is not a request over a stream has a function ``check(attempt)`` instead. It takes at most the
attempt's timeout once the target's name is resolved. All of these functions raise NotReady if another
attempt can help, and NeverReady if it cannot.

A function ``validate(target)`` raises InvalidTarget for a target whose parts are valid, but do not fit
together. A function ``normalize(target)`` does the same, and returns the target with the options that
its query has. Nothing else has to change for a new check.
"""

from __future__ import annotations

import sys
from time import monotonic

from untilup.targets.syntax import HOST_AND_PORT, TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

    Check = Callable[[Attempt], None]

# The share of an attempt's time that a second connection has at least.
MIN_SHARE = 0.1


def syntax_of(scheme: str) -> TargetSyntax | None:
    """Return how targets of *scheme* are written; None if there is no check for it."""
    module = _module(scheme)
    return None if module is None else getattr(module, "SYNTAX", HOST_AND_PORT)


def is_same(one: str, other: str) -> bool:
    """Tell whether the schemes *one* and *other* are names of one check, both with TLS or both without."""
    mine, its = _module(one), _module(other)
    if one == other or mine is None or its is None:
        return one == other
    asks = getattr(mine, "ask", mine) is getattr(its, "ask", its)
    return asks and mine.SYNTAX.encrypted is its.SYNTAX.encrypted


def normalize(target: Target) -> Target:
    """Return *target* as its check uses it; raise InvalidTarget if its parts do not fit together."""
    module = _module(target.scheme)
    validate = getattr(module, "validate", None)
    if validate:
        validate(target)
    normalize_: Callable[[Target], Target] | None = getattr(module, "normalize", None)
    return normalize_(target) if normalize_ else target


def check_for(scheme: str) -> Check:
    """Return the check for a known *scheme*. If a target has several hosts, any host is enough."""
    module = _module(scheme)
    if module is None:
        raise LookupError(scheme)
    check_host: Check = getattr(module, "check", None) or _asking_check(module)

    def check(attempt: Attempt) -> None:
        if len(attempt.target.hosts) > 1:
            from untilup.net import multihost

            # A server that must not be contacted often is contacted once in each attempt.
            once = getattr(module, "SYNTAX", HOST_AND_PORT).interval > 0
            multihost.check_any_host(attempt, check_host, once=once)
        else:
            check_host(attempt)

    return check


def check_part(attempt: Attempt, target: Target) -> None:
    """Check *target*, which has one host, as a part of *attempt*, in the time that the attempt has left.

    Raise as the check of its scheme does.
    """
    part = attempt.for_host(target.host, target.port, _left(attempt))
    part.target = target
    try:
        check_for(target.scheme)(part)
    finally:
        part.end()
        attempt.output += part.output
        attempt.observations += part.observations


def _left(attempt: Attempt) -> float:
    """Return the seconds that *attempt* has left, and a little if a name took long to resolve."""
    return max(attempt.timeout - (monotonic() - attempt.began), attempt.timeout * MIN_SHARE)


def _asking_check(module: ModuleType) -> Check:
    """Return a check that connects to the host of a target, and calls ``ask`` of *module*."""
    ask: Callable[[Target, Stream], None] = module.ask

    def connect(attempt: Attempt) -> Stream:
        target = attempt.target
        if module.SYNTAX.encrypted(target):
            from untilup.net import tls

            return tls.connect(attempt, tls.server_hostname(target.host))
        from untilup.net import stream

        return stream.connect(attempt)

    def check(attempt: Attempt) -> None:
        stream: Stream = getattr(module, "connect", connect)(attempt)
        try:
            ask(attempt.target, stream)
        finally:
            stream.close()

    return check


def _module(scheme: str) -> ModuleType | None:
    """Return the module with the name of the scheme, or None."""
    name = f"{__name__}.{scheme}"
    if name in sys.modules:
        return sys.modules[name]
    if not (scheme.isascii() and scheme.isalnum() and scheme.islower() and scheme[0].isalpha()):
        return None
    try:
        module: ModuleType = __import__(name, fromlist=["check"])
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
    return module
