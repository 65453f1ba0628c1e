"""ldap:// - up when the server answers an anonymous bind, even with a refusal."""

from __future__ import annotations

from untilup.net.exchange import request
from untilup.protocols import ldap
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA. The path and the query are those of RFC 4516: a base, attributes, scope, filter.
SYNTAX = TargetSyntax(
    "ldap://directory",
    "ldap://directory/dc=example,dc=org??sub?(uid=joe)",
    port=389,
    path_params=True,
    allows_raw_password=True,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server answers a bind without a name and a password; it searches nothing.

    User and password are never sent: a wrong password can lock an account.
    """
    code, text = request(target, stream, ldap.BIND, ldap.bind_result, "LDAP")
    ldap.raise_unless_serving(code, text)
    stream.send(ldap.UNBIND)
