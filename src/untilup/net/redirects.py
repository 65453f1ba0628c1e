"""Follows redirects of web servers, never from https to http.

A server at another origin (scheme, host or port) gets no credentials, no header and no body of the
target, nor does any server after it.
"""

from __future__ import annotations

from time import monotonic

from untilup.errors import CheckFailed, answered
from untilup.net import http_connection
from untilup.protocols import http_location
from untilup.targets import hostport
from untilup.targets.attempt import Attempt
from untilup.targets.http_options import has_credentials
from untilup.targets.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import Stream

    # A redirect: its status, and where it leads.
    Redirect = tuple[int, bytes]

_SEE_OTHER = 303
_REPEATS_THE_BODY = (307, 308)
_SAFE = ("GET", "HEAD", "OPTIONS")
# The options of a target that a server at another origin does not see.
_UNSEEN = ("status", "contains", "lacks", "json", "response-header", "insecure", "ca", "redirects")
_INSTEAD = "Wait for the target of the redirect instead."


def follow(
    attempt: Attempt,
    redirect: Redirect,
    ask: Callable[[Target, Stream], Redirect | None],
    began: float,
) -> None:
    """Follow *redirect*, and those after it, until *ask* returns none.

    *ask* returns the redirect that a server answers with. The attempt *began* at that time. Raise NotReady
    for what any of the servers does: the first one answers, and may redirect elsewhere later.
    """
    target = attempt.target
    show = not has_credentials(target)
    following: Redirect | None = redirect
    while following:
        target = _next(target, *following)
        left = attempt.timeout - (monotonic() - began)
        part = Attempt(target, max(left, 0.0), deadline=attempt.deadline, parent=attempt)
        try:
            stream = http_connection.connect(part)
            try:
                following = ask(target, stream)
            finally:
                stream.close()
        except CheckFailed as failure:
            where = f"redirected to {target}: {failure.detail}"
            # The server may repeat what it was sent in the address.
            hidden = f"redirected, and the server there is not up ({failure.reason})"
            raise answered(failure.reason, where if show else hidden, failure.hint) from None


def _next(target: Target, status: int, location: bytes) -> Target:
    """Return the target to which *location* leads from *target*."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    base = f"{target.scheme}://{host}:{target.port}{target.path or '/'}"
    try:
        scheme, host, port, path = http_location.resolve(base, location)
    except ValueError:
        raise _refused(status, "no address of http:// or https://") from None
    if hostport.hostname_error(host) and not hostport.is_ipv6(host):
        raise _refused(status, "no address of http:// or https://")
    if (target.scheme, scheme) == ("https", "http"):
        raise _refused(status, "http://, without encryption, which untilup does not follow")
    where = (scheme, host, port)
    is_same = where == (target.scheme, target.host.lower(), target.port)
    options = {**target.options, "redirects": target.options["redirects"] - 1}
    method = options.get("method", "POST" if "body" in options else "GET")
    becomes_get = method == "POST" if status != _SEE_OTHER else method not in _SAFE
    if status not in _REPEATS_THE_BODY and becomes_get:
        method = "GET"
        options.pop("body", None)
        options.pop("content-type", None)
    options["method"] = method
    if not is_same:
        if method not in _SAFE or "body" in options:
            raise _refused(status, "another server, to which untilup does not send a body")
        options = {name: options[name] for name in (*_UNSEEN, "method") if name in options}
    user = target.user if is_same else ""
    return Target(*where, target.settle, path=path, user=user, options=options)


def _refused(status: int, where: str) -> CheckFailed:
    return answered("status", f"HTTP {status} redirects to {where}", _INSTEAD)
