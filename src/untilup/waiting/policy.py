"""Decides when a wait ends, with --any and with optional targets.

Pure: no threads, no clocks. The wait reports the result of each target at most once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from untilup.targets.target import Target

# The outcomes: wait on; enough targets are up; the deadline has come; this target can never be up;
# no target is left that could be up.
CONTINUE, SATISFIED, TIMED_OUT = "continue", "satisfied", "timed out"
FAILED, ALL_FAILED = "failed", "all failed"


class Policy:
    """The policy for *targets*: all that are not optional must be up, or *any_* one of them.

    If all targets are optional, the wait lasts until each is up, has failed, or is due.
    """

    def __init__(self, targets: Collection[Target], *, any_: bool) -> None:
        self._any = any_
        self._pending = len(targets)
        self._required = sum(not target.optional for target in targets)
        self._all_optional = not self._required
        self._one_was_due = False
        self.outcome = CONTINUE if targets else SATISFIED

    def decides(self, target: Target) -> bool:
        """Return whether the wait lasts until *target* is up, among others."""
        return self._all_optional or not target.optional

    def on_up(self, target: Target) -> str:
        """Return the outcome once *target* is up (with --down: down)."""
        self._drop(target)
        if self._any and not target.optional:
            self.outcome = SATISFIED
        return self._next()

    def on_failed(self, target: Target) -> str:
        """Return the outcome once *target* can never be up."""
        if not (self._any or target.optional):
            self.outcome = FAILED
            return FAILED
        self._drop(target)
        return self._next()

    def on_due(self, targets: Collection[Target]) -> str:
        """Return the outcome once the deadline of *targets*, which are not up, has come."""
        required = sum(not target.optional for target in targets)
        self._one_was_due = self._one_was_due or bool(required)
        if required and not (self._any and required < self._required):
            self.outcome = TIMED_OUT
            return TIMED_OUT
        for target in targets:
            self._drop(target)
        return self._next()

    def _drop(self, target: Target) -> None:
        self._pending -= 1
        self._required -= not target.optional

    def _next(self) -> str:
        if self.outcome == CONTINUE and not (
            self._pending if self._all_optional else self._required
        ):
            self.outcome = SATISFIED
            if self._any and not self._all_optional:  # and none of them was up
                self.outcome = TIMED_OUT if self._one_was_due else ALL_FAILED
        return self.outcome
