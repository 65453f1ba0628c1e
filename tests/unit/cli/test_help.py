"""The help: what it has, and how wide it is (docs/design.md, The command line)."""

from __future__ import annotations

import pytest

from untilup.cli import help as help_
from untilup.cli import schemes
from untilup.cli.argv import parse_plain
from untilup.options import OPTIONS
from untilup.values import FLAG

WIDTHS = (help_.MIN_WIDTH, 72, 80, 100, 200)


def words_of(text: str) -> list[str]:
    return text.replace(",", " ").replace("|", " ").split()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    """The help is as wide as it may be, but for an example, and an option that takes a whole line."""
    lines = help_.help_text(width).splitlines()
    long = [line for line in lines if len(line) > width]
    assert all(line.strip() in help_.EXAMPLES for line in long)
    assert max(map(len, lines)) > 0.8 * width
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_words_are_the_same_at_every_width(width: int) -> None:
    """The width of the terminal decides where a line ends, and nothing else."""
    assert help_.help_text(width).split() == help_.help_text(80).split()


def test_every_option_is_there() -> None:
    """The help has every spelling of every option, its meaning and its default."""
    text = help_.help_text(10_000)
    for option in OPTIONS:
        default = f" [{option.shown_default}]" if option.shown_default else ""
        assert f"{option.meaning}{default}\n" in text
        spellings = [each for each in (option.flag, option.short, option.negative) if each]
        assert {*spellings} <= {*words_of(text)}
        if option.kind is not FLAG:
            assert f"{option.flag} {option.kind.metavar}" in text


def test_options_are_in_groups() -> None:
    """The options are in groups, those that most people use first."""
    text = help_.help_text(80)
    headings = [line for line in text.splitlines() if line[:1].isalpha() and line.endswith(":")]
    assert headings == [
        *("Examples:", "Targets:", "Waiting:", "Timing:", "Output:"),
        *("Options that exit:", "Exit status:", "Environment variables:"),
    ]
    waiting = text.partition("\nWaiting:\n")[2].partition("\nTiming:")[0]
    assert "--timeout" in waiting
    assert "--settle" not in waiting


def test_every_scheme_is_there() -> None:
    """The help names every scheme, env: and exec:, and says to quote."""
    text = help_.help_text(10_000)
    assert {*schemes.of_urls()} <= {*words_of(text.replace(".", " "))}
    assert "exec:COMMAND" in text
    assert "env:VARIABLE" in text
    assert "Quote targets that contain #, & or ?" in text


def test_every_exit_status_is_there() -> None:
    """The help says of every exit status of its own when untilup ends with it."""
    text = help_.help_text(10_000)
    for status in (0, 1, 2, 124, 125, 126, 127):
        assert f"\n  {status:<19}" in text
    assert "as timeout(1)\n" in text


@pytest.mark.parametrize("example", help_.EXAMPLES)
def test_examples_are_read_by_the_fast_reader(example: str) -> None:
    """Each example is a command line that untilup accepts."""
    words = example.replace("'", "").partition(" -- ")[0].split()
    assert words[0] == "untilup"
    assert parse_plain(words[1:]) is not None


@pytest.mark.parametrize(
    ("columns", "width"),
    [("100", 100), ("10", help_.MIN_WIDTH), ("0", 80), ("", 80), ("wide", 80), ("99999", 80)],
)
def test_width(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The width is that of COLUMNS, or 80 if that is no width and stdout is no terminal."""
    monkeypatch.setattr(help_, "STDOUT", -1)
    monkeypatch.setenv("COLUMNS", columns)
    assert help_.terminal_width() == width
