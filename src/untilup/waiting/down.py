"""With --down: failures that do not prove that a target is down."""

from __future__ import annotations

from untilup.errors import NotReady


def silent(failure: NotReady) -> NotReady:
    """Return the reason for a target that does not answer: it may be up behind a firewall."""
    return NotReady(
        failure.reason,
        f"{failure.detail}; silence does not prove that the target is down",
        failure.hint,
        free=failure.free,
        says=failure.says,
    )


def inconclusive(failure: NotReady) -> NotReady:
    """Return the reason for a target that may be down, or may be spelled wrong."""
    return NotReady(
        failure.reason,
        f"{failure.detail}; no server has answered there since the wait began, so this proves nothing",
        "is the target spelled as it was when it was up? Only what has been seen in this wait can be seen to go",
        free=failure.free,
    )
