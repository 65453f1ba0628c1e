"""connect(): what every check that speaks TCP begins with."""

from __future__ import annotations

from time import monotonic

from untilup.checks import _resolve
from untilup.checks._race import Race
from untilup.errors import NotReady

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket as socket

    from untilup.checks._resolve import Address
    from untilup.target import Target


def connect(target: Target, timeout: float) -> socket.socket:
    """Return a connection to *target* that has settled, non-blocking, the caller's to close.

    Raise NotReady with what each address answered, *timeout* seconds after the name was resolved
    at the latest.
    """
    target.enter("resolving")
    name = _resolve.name(target.host)
    began = monotonic()
    try:
        addresses = name.addresses(target.port)
        _note(target, addresses, monotonic() - began)
        target.enter("connecting")
        connection = Race(target, addresses, timeout).run()
    except NotReady as failure:
        name.answered(target.port, failure.reason)
        raise
    name.answered(target.port, "")
    return connection


def _note(target: Target, addresses: list[Address], took: float) -> None:
    """Note which *addresses* the target's name has, unless it is one itself."""
    found = [str(at[0]) for _, at in addresses]
    if found != [target.host]:
        target.saw("name lookup", took, "resolved", ", ".join(found))
