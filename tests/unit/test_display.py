"""What may be shown of targets, commands and texts that cannot be understood (docs/design.md, Targets)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup import display

ANY_TEXT = st.text(st.characters(exclude_categories=()))


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
        ("\0" * 30, "\\x00" * 30),
        ("\0" * 31, "\\x00" * 29 + "..."),
        ("x" * 119 + "\0", "x" * 117 + "..."),
    ],
)
def test_foreign_text_is_escaped_and_cut(text: str, shown: str) -> None:
    """Text from a server or a variable is shown in 120 characters, its control characters escaped."""
    assert display.printable(text) == shown


@scaled(6)
@given(ANY_TEXT | ANY_TEXT.map(lambda text: text * 50))
def test_foreign_text_never_makes_a_line(text: str) -> None:
    """Whatever the text, it is shown in one line of printable characters that can be encoded."""
    shown = display.printable(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert len(shown) <= display.MAX_QUOTE


@scaled(4)
@given(ANY_TEXT, ANY_TEXT)
def test_a_text_with_an_at_sign_is_never_quoted(before: str, after: str) -> None:
    """Of a text with an '@', which may hold a password, nothing at all is shown."""
    assert display.quoted(f"{before}@{after}") == display.quoted("@")


@pytest.mark.parametrize(
    "text", ["5x\n", "=5", "gunicorn", "./run.sh", "db:http", "::1:5432", "[::g]:1"]
)
def test_other_texts_are_quoted(text: str) -> None:
    """A text that cannot hold a secret is shown in quotes."""
    assert display.quoted(text) == f"'{display.printable(text)}'"


@pytest.mark.parametrize(
    "text",
    [
        "host=db",
        "Host=db;Password=x",
        "mysql -px",
        "redis://:x",
        "redis://cache:x",
        "redis//:x",
        "db:5432:app:joe:x",
        "joe:x/app",
        "${PASSWORD:-x}",
        "my-secret-x",
        "jdbc:x",
        ":x",
        "'x'",
    ],
)
def test_what_may_hold_a_secret_is_not_quoted(text: str) -> None:
    """Of what looks like a URL with a password, a connection string or a command nothing is shown."""
    assert display.quoted(text) == "a value (not shown: it may hold a password)"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", ""),
        ("/", "/"),
        ("/app", "/app"),
        ("/a,b/c", "/a,b/c"),
        ("/report;v=1/x", "/report"),
        ("/0,password=x", "/0"),
        ("/a&password=x", "/a"),
        ("/a/b=x/c", "/a/..."),
        ("/a%3Bpassword%3Dx", "/a"),
        ("/me@x", "/..."),
        ("/me%40x", "/..."),
        ("/a%20b", "/a%20b"),
        ("/50%", "/50%"),
        ("/a\n", "/a\\n"),
    ],
)
def test_a_path_is_shown_without_its_parameters(path: str, shown: str) -> None:
    """A path is shown without parameters, however they are encoded, and not at all with an '@'."""
    assert display.path(path) == shown
    assert display.hides(path) == (display.printable(path) != shown)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("psql", "psql"),
        ("/opt/x/run-1.0 -p hunter2", "/opt/x/run-1.0"),
        ("PGPASSWORD=hunter2", "PGPASSWORD..."),
        ("redis-cli,-a,hunter2", "redis-cli..."),
        ("user:hunter2@db", "(not shown)"),
        ('["redis-cli","-a","hunter2"]', "[..."),
        ("'hunter2 x'", "(not shown)"),
        ("[", "["),
        ("", ""),
    ],
)
def test_a_command_is_shown_as_its_program(word: str, shown: str) -> None:
    """Of a command the name of its program is shown, up to what no name has."""
    assert display.program(word) == shown


def test_a_traceback_has_no_secret() -> None:
    """A traceback keeps its lines of code, and loses a message that repeats what was given."""
    trace = "Traceback (most recent call last):\n  File x, line 1, in f\n    g()\nValueError: bad 'hunter2'\n"
    shown = display.traceback(trace, ["redis://:hunter2@cache", "db:5432"], [])
    assert shown == trace.replace(" bad 'hunter2'", " (not shown: it may hold a password)")
    assert display.traceback(trace, ["db:5432"], ["redis://:hunter2@cache"]) == shown
    assert display.traceback(trace, ["db:5432", "gunicorn"], ["hunter2:bad"]) == trace


def test_what_repeats_a_secret_is_not_quoted() -> None:
    """Words of a server that repeat a user, a password or what was sent are not shown."""
    assert display.quotable("joe:ge%2Fheim", "no joe") == ""
    assert display.quotable("joe:ge%2Fheim", "ge/heim?") == ""
    assert display.quotable("", "it was sent", "sent") == ""
    assert display.quotable("joe:x", "an axe") == "an axe"
