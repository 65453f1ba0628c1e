"""What can go wrong, and with which exit status."""

from __future__ import annotations

import pytest

from untilup import errors, outcomes


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("usage"), 2),
        (outcomes.TimedOut([]), 124),
        (errors.NeverReady("never-ready", "never"), 125),
        (errors.ResourceLimitReached("limit"), 125),
        (errors.CannotExecute("cannot"), 126),
        (errors.CommandNotFound("not found"), 127),
        (outcomes.Interrupted(15, []), 143),
        (outcomes.Interrupted(2, []), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_end_has_its_exit_status(error: errors.UntilupError, status: int) -> None:
    """Each way to end without the command has an exit status of its own (docs/design.md, The command)."""
    assert error.exit_status == status


def test_a_reason_is_a_word_and_a_sentence() -> None:
    """A failure has a reason code for machines, and prints as what was observed."""
    failure = errors.NotReady("refused", "connection refused: nothing listens")
    assert failure.reason == "refused"
    assert str(failure) == "connection refused: nothing listens"
    assert not failure.hint


def test_not_ready_does_not_end_the_wait() -> None:
    """NotReady is no UntilupError: looking again can help."""
    assert not issubclass(errors.NotReady, errors.UntilupError)
