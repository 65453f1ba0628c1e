"""How targets were read: which are lists of servers, have no check, or are left out."""

from __future__ import annotations

from untilup.report.messages import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.options import Settings


def messages(settings: Settings) -> list[Message]:
    """Return what there is to report of the targets before the wait."""
    found = [Message("left-out", told) for told in settings.left_out]
    for target in settings.targets:
        if target.note:
            found.append(Message("by-port", f"{target}: {target.note}", target=target))
        if target.source:
            told = f"{target.source} is a list of {len(target.either)} servers: any one of them is enough; #all waits for all of them"
            found.append(Message("list", told, target=target))
    return found
