"""The Messages about one target during a wait. *wanted* is what is waited for, up or down."""

from __future__ import annotations

from untilup import values
from untilup.report.messages import (
    DEBUG,
    INFO,
    Message,
    current_failure,
    is_at_first_attempt,
    short_detail,
    state_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.events import AttemptFailed, TargetUp
    from untilup.targets.status import TargetStatus


def attempt_failed(event: AttemptFailed, wanted: str, *, verbose: bool) -> Message:
    """Return the Message of a failed attempt; if *verbose*, with the time that it took."""
    attempts, failure = event.progress.attempts, event.progress.failure
    took = event.progress.attempt.took * 1000
    which = f" (attempt {attempts}, {took:.1f}ms)" if verbose else ""
    return Message(
        "attempt-failed",
        f"{event.target} is not {wanted}{which}: {failure}",
        level=INFO if event.changed else DEBUG,
        target=event.target,
        state=state_name(failure, wanted),
        reason=failure.reason,
        detail=failure.detail,
        hint=failure.hint,
        attempts=attempts,
    )


def output(event: AttemptFailed | TargetUp) -> list[Message]:
    """Return a Message for each line of the attempt's output."""
    return [
        Message(
            "output",
            f"{event.target} says: {printed}",
            target=event.target,
            detail=printed,
            attempts=event.progress.attempts,
        )
        for printed in event.progress.attempt.output
    ]


def as_wanted(event: TargetUp, wanted: str) -> Message:
    """Return the Message of a target that is up, or down if that is waited for."""
    name, attempts = str(event.target), event.progress.attempts
    when = "at the first attempt" if attempts == 1 else f"after {attempts} attempts"
    remark = event.progress.attempt.remark
    return Message(
        wanted,
        f"{name} is {wanted} {when}{remark and ': '}{remark}",
        target=name,
        state=wanted,
        detail=remark,
        attempts=attempts,
    )


def gave_up(status: TargetStatus, wanted: str) -> Message:
    """Return the Message of a target that can never be up, if the wait goes on without it."""
    why = "optional" if status.target.optional else "--any"
    failure = current_failure(status)
    told = f"can never be {wanted}; continuing without it ({why}): {failure}"
    return _skipped(status, told, "failed", failure.detail)


def skipped(status: TargetStatus, wanted: str) -> Message:
    """Return the Message of a target that is not up, and not waited for any longer."""
    own = values.format_duration(status.target.timeout)
    why = "optional" if status.target.optional else f"timeout={own}"
    failure = current_failure(status)
    if is_at_first_attempt(status):
        phase = status.progress.attempt.phase[0] or "starting"
        detail = f"its first attempt has not ended ({phase})"
        known, observed, state = "known to be ", detail, "unknown"
    else:
        detail, state = failure.detail, state_name(failure, wanted)
        known, observed = "", short_detail(failure, status)
    told = f"is not {known}{wanted}; continuing without it ({why}): {observed}"
    return _skipped(status, told, state, detail)


def _skipped(status: TargetStatus, told: str, state: str, detail: str) -> Message:
    failure = current_failure(status)
    return Message(
        "skipped",
        f"{status.target} {told}",
        target=status.target,
        state=state,
        reason=failure.reason,
        detail=detail,
        hint=failure.hint,
        attempts=status.progress.attempts,
    )
