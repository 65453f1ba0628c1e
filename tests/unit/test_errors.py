"""What can go wrong, with which exit status, and how the text of others is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup import errors

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("usage"), 2),
        (errors.TimedOut([]), 124),
        (errors.NeverReady("never-ready", "never"), 125),
        (errors.LimitReached("limit"), 125),
        (errors.CannotExecute("cannot"), 126),
        (errors.CommandNotFound("not found"), 127),
        (errors.EndedBySignal(15, []), 143),
        (errors.EndedBySignal(2, []), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_end_has_its_exit_status(error: errors.UntilupError, status: int) -> None:
    """Each way to end without the command has an exit status of its own (DESIGN 1.5)."""
    assert error.exit_status == status


def test_a_reason_is_a_word_and_a_sentence() -> None:
    """A reason has a stable word for machines, and prints as what was seen."""
    failure = errors.NotReady("refused", "connection refused: nothing listens")
    assert failure.reason == "refused"
    assert str(failure) == "connection refused: nothing listens"
    assert not failure.hint


def test_not_ready_does_not_end_the_wait() -> None:
    """NotReady is no UntilupError: looking again can help."""
    assert not issubclass(errors.NotReady, errors.UntilupError)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("b\u00fccher", "b\u00fccher"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("NUL\0", "NUL\\x00"),
        ("\udcff", "\\udcff"),
        ("\N{LINE SEPARATOR}", "\\u2028"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}", "\\u202e"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 117 + "..."),
    ],
)
def test_foreign_text_is_escaped_and_cut(text: str, shown: str) -> None:
    """Text that somebody else wrote is cut at 120 characters, its control characters escaped."""
    assert errors.printable(text) == shown


@given(ANY_TEXT | ANY_TEXT.map(lambda text: text * 50))
def test_foreign_text_never_makes_a_line(text: str) -> None:
    """Whatever the text, it is shown in one line of printable characters that can be encoded."""
    shown = errors.printable(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    # An escape is at most ten characters long: \U0010ffff.
    assert len(shown) <= 120 * 10


@given(ANY_TEXT, ANY_TEXT)
def test_a_text_with_an_at_sign_is_never_quoted(before: str, after: str) -> None:
    """Of a text with an '@', which may hold a password, nothing at all is shown."""
    assert errors.quoted(f"{before}@{after}") == errors.quoted("@")


def test_other_texts_are_quoted() -> None:
    """A text without an '@' is shown in quotes."""
    assert errors.quoted("5x\n") == "'5x\\n'"
