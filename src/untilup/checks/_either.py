"""A conversation in the clear, or over TLS where the target asks for that."""

from __future__ import annotations

from untilup.checks import _conversation, _tls
from untilup.errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.checks._conversation import Talk
    from untilup.target import Target


def connect(target: Target, timeout: float, *, encrypted: bool) -> Talk:
    """Return a conversation with *target*; raise as those in the clear or over TLS do."""
    if encrypted:
        return _tls.connect(target, timeout, _tls.name(target.host))
    return _conversation.connect(target, timeout)


def validate(target: Target, how: str, *, encrypted: bool) -> None:
    """Raise Malformed for options of TLS that make no sense together, or without TLS.

    *how* is what asks for TLS.
    """
    _tls.validate(target)
    if not encrypted and (without := next((n for n in _tls.CHOICES if n in target.options), "")):
        raise Malformed(f"'{without}' is of TLS, which this target does not ask for by {how}")
