"""The licence for two readers of argv: where the fast one reads, typer reads the same."""

from __future__ import annotations

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup import options
from untilup.cli import argv, typer_app
from untilup.errors import UsageError
from untilup.options import OPTIONS, Option
from untilup.values import FLAG

ANY_WORD = st.text(st.characters(exclude_categories=())).filter(lambda word: word != "--")
# Plain ones, bad ones, and ones that look like something else.
TEXTS = ANY_WORD | st.sampled_from(
    [
        *("5", "0", "500ms", "1h30m", "5x", "-5", "-1", "", " ", "a b", "\n", "\udcff", "\u00fc"),
        *("=", "a=b", "=5", "text", "JSON", "true", "user:hunter2@db", "db:1", "[::1]:2"),
        *("-", "-q", "-t", "-t5", "--quiet", "--timeout", "--help", "--version", "---", "@file"),
    ]
)
SWITCHES = [option for option in OPTIONS if option.kind is FLAG]
VALUED = [option for option in OPTIONS if option.kind is not FLAG]


def plain_spellings(option: Option) -> list[str]:
    """Return the flags of *option*, the negative one included."""
    return [word for word in (option.flag, option.short, option.negative) if word]


def spelled_with(option: Option, text: str) -> list[list[str]]:
    """Return every way to give *text* to an option that takes a value, right or wrong."""
    ways = [[f"{option.flag}={text}"], [option.flag, text], [option.flag]]
    if option.short:
        short = option.short
        ways += [
            [short, text],
            [f"{short}{text}"],
            [f"{short}={text}"],
            [short],
            [f"-q{short[1:]}"],
        ]
        ways += [[f"-qv{short[1:]}{text}"], [f"-v{short[1:]}", text]]
    return ways


switches = st.sampled_from(
    [[spelling] for option in SWITCHES for spelling in plain_spellings(option)]
)
valued = st.tuples(st.sampled_from(VALUED), TEXTS).flatmap(
    lambda pair: st.sampled_from(spelled_with(*pair))
)
clusters = st.text("qvtVhx5", min_size=1, max_size=4).map(lambda letters: [f"-{letters}"])
odd = st.sampled_from(
    [
        *(["--help"], ["-h"], ["--version"], ["--version=1"], ["--help=1"], ["-"], ["---"], [""]),
        *(["--quiet=1"], ["--no-strict=0"], ["--no-quiet"], ["--no-timeout"], ["--time", "5"]),
        *(["--TIMEOUT", "5"], ["--attempt_timeout", "5"], ["--=5"], ["-=5"], ["--unknown"], ["-z"]),
    ]
)
targets = st.sampled_from([["db:1"], ["[::1]:2"], ["tcp://c:3"], ["env:A"], ["gunicorn"]])
good_texts = st.sampled_from(["5", "0", "500ms", "json", "5x", "=", "a=b", " ", "\n", "\udcff"])
plain = st.one_of(
    switches,
    st.tuples(st.sampled_from(VALUED), good_texts).flatmap(
        lambda pair: st.sampled_from(
            [
                [pair[0].flag, pair[1]],
                [f"{pair[0].flag}={pair[1]}"],
                *([[pair[0].short, pair[1]]] if pair[0].short else []),
            ]
        )
    ),
    targets,
)
# More than half of the parts are plain, or the fast reader would decline nearly every list of them.
parts = st.one_of(*[plain] * 4, switches, valued, clusters, odd, ANY_WORD.map(lambda word: [word]))
argvs = st.lists(parts, max_size=6).map(
    lambda parts: [word for part in parts for word in part if word != "--"]
)


def by_typer(words: list[str]) -> options.RawArguments | None:
    """Return what typer reads, or None where it refuses, or prints help or the version."""
    try:
        return typer_app.parse(words)
    except (UsageError, SystemExit):
        return None


@scaled(4)
@given(argvs)
@example(["--timeout=", "db:1"])
@example(["--timeout", "5", "--timeout=6", "db:1", "-t", "7"])
@example(["--strict", "db:1", "--no-strict", "", "--strict"])
@example(["--timeout", "=5", "-t", "a=b", "--log-format=a=b"])
def test_the_readers_agree(words: list[str]) -> None:
    """Whatever the words, the fast reader reads what typer reads, or declines.

    So typer refuses only where the fast reader has declined.
    """
    read_fast = argv.parse_plain(words)
    event("declined" if read_fast is None else "read")
    assert read_fast is None or read_fast == by_typer(words)


@given(st.lists(plain, max_size=8))
def test_plain_spellings_need_no_typer(parts: list[list[str]]) -> None:
    """The fast reader reads plain spellings itself, in any order and any number."""
    words = [word for part in parts for word in part]
    read_fast = argv.parse_plain(words)
    assert read_fast is not None
    assert read_fast == by_typer(words)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["-h"],
        ["--version"],
        ["--unknown"],
        ["-z"],
        ["--no-quiet"],
        ["--time", "5"],
        ["--quiet=1"],
        ["--no-strict="],
        ["-t5"],
        ["-t=5"],
        ["-qv"],
        ["-qt", "5"],
        ["--timeout", ""],
        ["--timeout", "-5"],
        ["--timeout", "--quiet"],
        ["-"],
        ["---"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", ["{}", "db:1 {}", "{} db:1", "-q {} db:1"])
def test_everything_else_is_declined(words: list[str], form: str) -> None:
    """Help, the version, unknown options and unusual spellings are typer's, wherever they stand."""
    before, _, after = form.partition("{}")
    assert argv.parse_plain([*before.split(), *words, *after.split()]) is None


@pytest.mark.parametrize("words", [["--timeout"], ["-t"], ["db:1", "--log-format"]], ids=" ".join)
def test_a_missing_value_is_declined(words: list[str]) -> None:
    """An option at the end, without the value that it takes, is a mistake and so typer's."""
    assert argv.parse_plain(words) is None
    assert by_typer(words) is None
