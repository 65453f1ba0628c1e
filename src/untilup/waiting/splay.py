"""The random delay of --splay before the command, which spreads the starts of replicas."""

from __future__ import annotations

from time import monotonic

from untilup.events import SignalReceived
from untilup.outcomes import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.events import Inbox
    from untilup.options import Settings
    from untilup.report.reporter import Reporter


def splay(settings: Settings, inbox: Inbox, report: Reporter) -> None:
    """Sleep for a random part of ``--splay``; raise Interrupted if a signal comes."""
    from random import random  # tenacity has imported it, if there was a wait

    delay = settings.splay * random()  # noqa: S311 - not for cryptography
    report.splaying(settings, delay)
    until = monotonic() + delay
    while event := inbox.get(until):
        if isinstance(event, SignalReceived):
            raise Interrupted(event.signum, [])
