"""The authority of a URL, ``user:password@host:port``, as people and their variables write it.

The variable that an application has for its database may hold a password as it is, with
characters that a URL would encode. What can be read in one way only is understood; the rest is
refused, because a host would be taken from the middle of a password, waited for, and printed.
"""

from __future__ import annotations

from untilup import address
from untilup.errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.checks import Form

FORMS = "give host:port, tcp://host:port or [IPv6 address]:port"
_ENCODE = "write an '@' behind the host as %40, and in a password '@', '/', '?' and '#' as %40, %2F, %3F and %23"


def split(rest: str, form: Form) -> tuple[str | None, str]:
    """Split what follows ``scheme://`` behind the user's ``@``; the user is None where there is none.

    By RFC 3986 (section 3.2) a user ends at the last ``@`` before the first ``/``, ``?`` or ``#``.
    Where the form has *raw* passwords, these may have any of the four, unless what precedes could
    be a host and a port: ``joe:12/3@db`` could be the host ``joe``.
    """
    end = _end(rest, 0)
    at = rest.rfind("@", 0, end)
    if form.raw:
        if at < 0 and "@" in rest and _has_a_password(rest[:end]):
            at = rest.index("@", end)
            at = rest.rfind("@", 0, _end(rest, at))
        if rest.count("@", at + 1):
            raise Malformed(_ENCODE)
    return (None, rest) if at < 0 else (rest[:at], rest[at + 1 :])


def _end(rest: str, start: int) -> int:
    """Return where the authority ends that goes on at *start*."""
    ends = [rest.find(char, start) for char in "/?#"]
    return min((end for end in ends if end >= 0), default=len(rest))


def _has_a_password(text: str) -> bool:
    """Tell whether *text* is ``user:part-of-a-password``, and cannot be hosts with their ports."""
    return ":" in text and not all(_is_host_and_port(piece) for piece in text.split(","))


def _is_host_and_port(text: str) -> bool:
    try:
        _, port = address.split(text)
    except ValueError:
        return text.startswith("[")
    return port is None or address.is_port(port)


def host_and_port(text: str, scheme: str, form: Form) -> tuple[str, int]:
    """Return the host and the port that *text* is; raise Malformed where it is none."""
    try:
        host, port = address.split(text)
    except ValueError as problem:
        raise Malformed(f"{problem}; {FORMS}") from None
    return host, _port(port, scheme, form)


def _port(port: str | None, scheme: str, form: Form) -> int:
    if port is None:
        if form.port == 0:
            raise Malformed(f"the port is missing; {FORMS}")
        return form.port or 0
    if form.port is None:
        raise Malformed(f"a {scheme}:// target has no port")
    if not address.is_port(port):
        raise Malformed(f"{{}} is not a port from 1 to {address.HIGHEST_PORT}", port)
    return int(port)
