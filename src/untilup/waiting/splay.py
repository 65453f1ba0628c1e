"""A random delay between the wait and the command, which spreads a fleet."""

from __future__ import annotations

from time import monotonic

from untilup.events import SignalReceived
from untilup.outcomes import Interrupted
from untilup.waiting.loop import MAX_BLOCKING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.events import Inbox
    from untilup.options import Settings
    from untilup.report.reporter import Reporter


def splay(settings: Settings, inbox: Inbox, report: Reporter) -> None:
    """Sleep for a random part of ``--splay``, or until a signal comes, which is raised."""
    if not settings.splay:
        return
    from random import random  # where there was a wait, tenacity has imported it

    pause = settings.splay * random()  # noqa: S311 - it spreads a fleet, and hides nothing
    report.spreading(pause)
    until = monotonic() + pause
    while (now := monotonic()) < until:
        event = inbox.get(min(until, now + MAX_BLOCKING))
        if isinstance(event, SignalReceived):
            raise Interrupted(event.signum, [])
