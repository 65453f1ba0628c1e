"""The table of options and what their values may be (docs/design.md, The command line)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.errors import UsageError
from untilup.options import LOG_FORMAT, OPTIONS, Option, Settings, origin, parse_values
from untilup.values import FLAG

ANY_TEXT = st.text(st.characters(exclude_categories=()))
DURATIONS = "30, 30s, 500ms, 2m or 1h30m (1ms to 365d)"

DEFAULTS = {
    "timeout": 60.0,
    "attempt_timeout": 5.0,
    "delay": 0.010,
    "max_delay": 10.0,
    "settle": 0.002,
    "stable": 0.0,
    "any": False,
    "down": False,
    "strict": True,
    "splay": 0.0,
    "once": False,
    "quiet": False,
    "verbose": False,
    "log_format": "text",
    "progress": "auto",
    "color": "auto",
}
# Of each option: a text for it, and its value.
GIVEN = {
    "timeout": ("2m", 120.0),
    "attempt_timeout": ("500ms", 0.5),
    "delay": ("20ms", 0.02),
    "max_delay": ("3", 3.0),
    "settle": ("0", 0.0),
    "stable": ("5", 5.0),
    "any": ("true", True),
    "down": ("1", True),
    "strict": ("no", False),
    "splay": ("10s", 10.0),
    "once": ("1", True),
    "quiet": ("yes", True),
    "verbose": ("on", True),
    "log_format": ("JSON", "json"),
    "progress": ("plain", "plain"),
    "color": ("Never", "never"),
}

every_option = pytest.mark.parametrize("option", OPTIONS, ids=[option.name for option in OPTIONS])


def named(name: str) -> Option:
    """Return the row of the table that has *name*."""
    return next(option for option in OPTIONS if option.name == name)


def outcome_of(spelled: dict[str, str], environ: dict[str, str]) -> dict[str, object] | str:
    """Return the values that are read, or why they are refused."""
    try:
        return dict(parse_values(spelled, environ))
    except UsageError as error:
        return str(error)


def message_of(spelled: dict[str, str], environ: dict[str, str]) -> str:
    """Return why the values are refused."""
    outcome = outcome_of(spelled, environ)
    assert isinstance(outcome, str), f"{outcome} is not refused"
    return outcome


def test_defaults() -> None:
    """If nothing is said, the defaults of the table hold."""
    settings = Settings()
    assert {option.name: getattr(settings, option.name) for option in OPTIONS} == DEFAULTS
    assert (settings.targets, settings.command, settings.warnings) == ([], [], [])
    assert parse_values({}, {}) == {}


@every_option
def test_spellings(option: Option) -> None:
    """A flag and a variable are made from the option's name."""
    assert option.flag == "--" + option.name.replace("_", "-")
    assert option.variable == "UNTILUP_" + option.name.upper()


def test_no_two_options_share_a_spelling() -> None:
    """No spelling means two things, those of help and of the version included."""
    spellings = ["-h", "--help", "-V", "--version"]
    for option in OPTIONS:
        spellings += [word for word in (option.flag, option.short, option.negative) if word]
    assert len(spellings) == len(set(spellings))


@every_option
def test_every_option_can_be_set_both_ways(option: Option) -> None:
    """Every option has a flag and a variable, which mean the same."""
    text, value = GIVEN[option.name]
    assert parse_values({option.name: text}, {}) == {option.name: value}
    assert parse_values({}, {option.variable: text}) == {option.name: value}
    assert getattr(Settings(**{option.name: value}), option.name) == value
    assert value != option.default


@every_option
def test_a_flag_wins(option: Option) -> None:
    """A flag wins over its variable, even one with a bad value."""
    text, value = GIVEN[option.name]
    assert parse_values({option.name: text}, {option.variable: "?"}) == {option.name: value}


@every_option
def test_an_empty_variable_counts_as_unset(option: Option) -> None:
    """An empty variable counts as unset; an empty text after a flag is a bad value."""
    assert parse_values({}, {option.variable: ""}) == {}
    assert message_of({option.name: ""}, {}).startswith(
        f"{option.flag}: '' is not accepted; write "
    )


@every_option
@pytest.mark.parametrize("text", ["?", " ", "5x", "-1", "nan", "tru"])
def test_a_bad_value_is_named(option: Option, text: str) -> None:
    """A bad value is refused by its option or variable, with the value and what is accepted."""
    told = f"'{text}' is not accepted; write {option.kind.accepted}"
    assert message_of({option.name: text}, {}) == f"{option.flag}: {told}"
    assert message_of({}, {option.variable: text}) == f"{option.variable}: {told}"


def test_what_is_accepted() -> None:
    """The words about a bad value say everything that is accepted."""
    assert named("delay").kind.accepted == DURATIONS
    assert named("timeout").kind.accepted == f"{DURATIONS}, or 0"
    assert FLAG.accepted == "1, true, yes, on, 0, false, no or off"
    assert LOG_FORMAT.accepted == "text or json"


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("timeout", True),
        ("settle", True),
        ("attempt_timeout", False),
        ("delay", False),
        ("max_delay", False),
    ],
)
@pytest.mark.parametrize("zero", ["0", "0s", "0.0", "0ms"])
def test_zero(name: str, zero: str, *, accepted: bool) -> None:
    """0 is accepted only where it has a meaning."""
    if accepted:
        assert parse_values({name: zero}, {}) == {name: 0}
    else:
        assert message_of({name: zero}, {}).endswith(
            f"'{zero}' is too short; the shortest duration is 1ms"
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("1", "true", "yes", "on", "TRUE", "Yes", "oN")),
        *((text, False) for text in ("0", "false", "no", "off", "FALSE", "No", "oFF")),
    ],
)
def test_switches(text: str, *, value: bool) -> None:
    """A variable for a flag takes the words for true and false, in capitals or not."""
    assert parse_values({}, {"UNTILUP_STRICT": text}) == {"strict": value}


def test_a_value_with_an_at_sign_is_not_quoted() -> None:
    """A value that may hold a password is not shown; the option and what is accepted are."""
    for message in (
        message_of({"timeout": "postgres://user:hunter2@db"}, {}),
        message_of({}, {"UNTILUP_TIMEOUT": "postgres://user:hunter2@db"}),
    ):
        assert "hunter2" not in message
        assert message.split(":")[0].lower().endswith("timeout")
        assert message.endswith(f"write {DURATIONS}, or 0")


@pytest.mark.parametrize("text", ['"5s"', "'5s'"])
def test_quotes_around_a_value(text: str) -> None:
    """Quotes that an env file has left around a value are refused with the cure."""
    message = message_of({}, {"UNTILUP_TIMEOUT": text})
    assert message.endswith(f"is not accepted; remove the quotes, and write {DURATIONS}, or 0")


def test_the_origin_of_a_value() -> None:
    """A message about two durations says how each was given."""
    settings = Settings(timeout=5.0, delay=0.5)
    spelled, environ = {"timeout": "5"}, {"UNTILUP_TIMEOUT": "1", "UNTILUP_DELAY": "500ms"}
    assert origin("timeout", settings, spelled, environ) == "--timeout 5s"
    assert origin("delay", settings, spelled, environ) == "UNTILUP_DELAY=500ms"
    assert origin("settle", settings, spelled, environ) == "the default --settle 2ms"


BOTH = "--quiet and --verbose cannot be combined; use one of them"


@pytest.mark.parametrize(
    ("spelled", "environ"),
    [
        ({"quiet": "true", "verbose": "true"}, {}),
        ({}, {"UNTILUP_QUIET": "1", "UNTILUP_VERBOSE": "1"}),
    ],
    ids=["flags", "variables"],
)
def test_quiet_and_verbose(spelled: dict[str, str], environ: dict[str, str]) -> None:
    """Quiet and verbose from one source are refused."""
    assert message_of(spelled, environ) == BOTH


EXCLUSIVE = [("quiet", "verbose"), ("once", "stable"), ("once", "splay")]


@pytest.mark.parametrize(
    ("winner", "loser"), [*EXCLUSIVE, *((other, one) for one, other in EXCLUSIVE)]
)
def test_the_flag_beats_the_others_variable(winner: str, loser: str) -> None:
    """Of two that exclude each other, the one on the command line beats the one in the environment."""
    text, value = GIVEN[winner]
    assert parse_values({winner: text}, {named(loser).variable: GIVEN[loser][0]}) == {winner: value}


def test_switched_off_is_no_conflict() -> None:
    """A variable that switches one of them off is no conflict with the other."""
    environ = {"UNTILUP_QUIET": "0", "UNTILUP_VERBOSE": "1"}
    assert parse_values({}, environ) == {"quiet": False, "verbose": True}


@given(
    st.dictionaries(st.sampled_from([option.name for option in OPTIONS]), ANY_TEXT),
    st.dictionaries(
        st.sampled_from([option.variable for option in OPTIONS]), ANY_TEXT.filter(bool)
    ),
)
def test_any_values_are_read_or_refused(spelled: dict[str, str], environ: dict[str, str]) -> None:
    """Whatever the texts, they are values of the options that were set, or a usage error."""
    outcome = outcome_of(spelled, environ)
    if isinstance(outcome, str):
        assert outcome.isprintable()
        source = outcome.partition(":")[0]
        assert source in {option.flag for option in OPTIONS} | set(environ) | {BOTH}
    else:
        set_somewhere = {o.name for o in OPTIONS if o.name in spelled or o.variable in environ}
        assert set(outcome) == set_somewhere


def test_a_kind_is_shown_in_the_help() -> None:
    """An option that takes a value says what it is called; one that takes none is a flag."""
    for option in OPTIONS:
        assert bool(option.kind.metavar) == (option.kind is not FLAG)
