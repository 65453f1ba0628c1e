"""A question in the clear, or over TLS where the target asks for that."""

from __future__ import annotations

from untilup.errors import Malformed
from untilup.net import multihost, tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.net.stream import Talk
    from untilup.targets.target import Target


def ask(
    target: Target,
    timeout: float,
    question: Callable[[Target, Talk], None],
    *,
    encrypted: bool,
) -> None:
    """Do what _hosts.ask() does, or the same over TLS."""
    (tls.ask if encrypted else multihost.ask)(target, timeout, question)


def validate(target: Target, how: str, *, encrypted: bool) -> None:
    """Raise Malformed for options of TLS that make no sense together, or without TLS.

    *how* is what asks for TLS.
    """
    tls.validate(target)
    if not encrypted and (without := next((n for n in tls.CHOICES if n in target.options), "")):
        raise Malformed(f"'{without}' is of TLS, which this target does not ask for by {how}")
