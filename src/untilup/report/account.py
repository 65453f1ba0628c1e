"""The account of a wait: how long each target took, and for how long each reason lasted."""

from __future__ import annotations

from math import inf
from time import monotonic

from untilup.report.messages import (
    MAX_NAMED,
    MIN_IN_SECONDS,
    current_failure,
    seconds,
    state_name,
)
from untilup.targets.status import GAVE_UP, PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.status import Phases, TargetStatus

# In a text, where the reason code alone would not say it.
WORDS = {"name-unknown": "name not found", "not-serving": "starting", "absent": "not found"}


class Entry:
    """What the account has of one *target*: its *state* at the end, and the seconds that it *took*.

    *phases* are the reasons why it was not as *wanted* before, and the seconds that each lasted.
    """

    def __init__(self, target: str, state: str, wanted: str, took: float, phases: Phases) -> None:
        self.target = target
        self.state = state
        self.wanted = wanted
        self.took = took
        self.phases = phases

    def __str__(self) -> str:
        """Return ``postgres://db:5432 12.3s (name not found 2.1s, refused 9.8s)``."""
        told = phases_in_words(self.phases)
        if len(self.phases) == 1 and self.phases[0][1] > self.took - MIN_IN_SECONDS:
            told = words(self.phases[0][0])
        if self.state != self.wanted:
            told = f"{told}; not {self.wanted}" if told else f"not {self.wanted}"
        return f"{self.target} {seconds(self.took)}{f' ({told})' if told else ''}"

    def as_json(self) -> dict[str, object]:
        """Return what docs/log.schema.json describes."""
        return {
            "target": self.target,
            "state": self.state,
            "took_s": round(self.took, 3),
            "phases": [
                {"reason": reason, "took_s": round(lasted, 3)} for reason, lasted in self.phases
            ],
        }


def entry(status: TargetStatus, wanted: str, started: float) -> Entry:
    """Return the entry of a target since *started*, until it was no longer waited for, or until now.

    *wanted* is what is waited for, up or down.
    """
    until = monotonic() if status.state == PENDING else status.ended
    if status.is_up:
        state = wanted
    elif status.state == GAVE_UP:
        state = "failed"
    else:
        state = state_name(current_failure(status), wanted)
    phases = status.progress.phases(until)
    return Entry(str(status.target), state, wanted, max(0.0, until - started), phases)


def entries(statuses: Sequence[TargetStatus], wanted: str, started: float) -> list[Entry]:
    """Return the entries of the targets that took longest, longest first: as many as a line names."""
    # Sorted before their texts are made: there may be thousands.
    longest = sorted(
        statuses,
        key=lambda status: inf if status.state == PENDING else status.ended,
        reverse=True,
    )
    return [entry(status, wanted, started) for status in longest[:MAX_NAMED]]


def in_words(found: Sequence[Entry], count: int) -> str:
    """Return *found* as one text, and how many more of the *count* targets there are."""
    more = count - len(found)
    return ", ".join(map(str, found)) + (f" and {more} more" if more > 0 else "")


def words(reason: str) -> str:
    """Return the reason code *reason* as people read it: ``name not found``."""
    return WORDS.get(reason) or reason.replace("-", " ")


def phases_in_words(phases: Phases) -> str:
    """Return ``name not found 2.1s, refused 9.8s``, without what lasted for less than 0.1 s."""
    long = [phase for phase in phases if phase[1] >= MIN_IN_SECONDS] or phases[-1:]
    return ", ".join(f"{words(reason)} {seconds(lasted)}" for reason, lasted in long)
