"""oracle:// - up when the listener accepts a connection to the service, or to the SID, without a login.

Tested with documented bytes, not with a server.
"""

from __future__ import annotations

from untilup import checks
from untilup.display import printable
from untilup.errors import InvalidTarget, NotReady
from untilup.net.exchange import read_parsed
from untilup.percent import unquote_lenient
from untilup.protocols import tns
from untilup.protocols.framing import too_long
from untilup.targets import tls_options
from untilup.targets.query import option_values
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA for the listener.
SYNTAX = TargetSyntax(
    "oracle://db/FREEPDB1",
    "oracle://user:password@one,two:1522/orders.example.com",
    "oracle://db:2484/FREEPDB1#tls&ca=/run/secrets/ca.pem",
    port=1521,
    multi_host=True,
    allows_raw_password=True,
    encrypted=tls_options.is_asked,
    options={
        "sid": (FLAG, "the name in the path is a SID, and not a service"),
        **tls_options.IF_ASKED,
    },
)
# Names of services and of instances, with a domain.
_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$#-")
MAX_NAME = 128
# A server process to which the listener passes a connection may ask for the packet again.
MAX_PACKETS = 4


def normalize(target: Target) -> Target:
    """Return *target* with the service of its query in the path; raise InvalidTarget if it has no valid one."""
    tls_options.validate_if_asked(target)
    query = option_values(target)
    options = dict(target.options)
    name = _name(target)
    if not name and (name := query.get("service_name", "") or query.get("sid", "")):
        options["sid"] = not query.get("service_name")
    if not name:
        raise InvalidTarget("the service is missing; write oracle://HOST/SERVICE, such as FREEPDB1")
    if len(name) > MAX_NAME or not _OF_NAMES.issuperset(name):
        raise InvalidTarget(
            "the path is the name of a service or SID: letters, digits, '_', '.', '-', '$' and '%23'"
        )
    return target.replace(path=f"/{name}", options=options)


def _name(target: Target) -> str:
    return unquote_lenient(target.path.partition("?")[0].strip("/"))


def ask(target: Target, stream: Stream) -> None:
    """Return when the listener accepts the connection, or redirects it.

    A name that is no service may be a SID: applications have both in the same place of a URL.
    """
    name = _name(target)
    is_sid = target.options.get("sid", False)
    packet = tns.connect_packet(tns.SID if is_sid else tns.SERVICE, name)
    for _ in range(MAX_PACKETS):
        stream.send(packet)
        (kind, body), _ = read_parsed(target, stream, "Oracle", tns.parse_answer)
        if kind != tns.RESEND:
            break
    else:
        raise too_long()
    if kind != tns.REFUSE:
        return
    number, text = tns.refusal(body)
    failure = tns.failure(number, text, printable(name))
    if not tns.is_unknown(number) or "sid" in target.options:
        raise failure
    try:
        checks.check_part(stream.attempt, target.replace(options={**target.options, "sid": True}))
    except NotReady as other:
        # If it is neither, the target is told to be what it most likely is.
        raise (failure if other.reason == failure.reason else other) from None
