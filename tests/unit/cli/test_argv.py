"""argv and the environment to Settings (docs/design.md, The command line)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from untilup.cli import argv
from untilup.errors import UsageError
from untilup.options import OPTIONS, Settings

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def read(line: str, **environ: str) -> Settings:
    """Return what a command line without blanks in its words, and UNTILUP_* variables, ask for."""
    return argv.parse(line.split(), {f"UNTILUP_{name}": text for name, text in environ.items()})


def outcome_of(words: list[str], environ: dict[str, str]) -> Settings | str | SystemExit:
    """Return the settings that are read, why there are none, or the exit after help."""
    try:
        return argv.parse(words, environ)
    except UsageError as error:
        return str(error)
    except SystemExit as end:
        return end


def message_of(line: str, **environ: str) -> str:
    """Return why a command line and UNTILUP_* variables are refused."""
    variables = {f"UNTILUP_{name}": text for name, text in environ.items()}
    outcome = outcome_of(line.split(), variables)
    assert isinstance(outcome, str), "nothing is refused"
    return outcome


def names(asked: Settings) -> list[str]:
    return [str(target) for target in asked.targets]


PLAIN = [
    ("-t 5", "timeout", 5.0),
    ("--timeout 5", "timeout", 5.0),
    ("--timeout=5", "timeout", 5.0),
    ("-t5", "timeout", 5.0),
    ("-t 5 --timeout 6", "timeout", 6.0),
    ("--timeout=0", "timeout", 0.0),
    ("--attempt-timeout 3s", "attempt_timeout", 3.0),
    ("--delay 20ms", "delay", 0.02),
    ("--max-delay=2s", "max_delay", 2.0),
    ("--settle 0", "settle", 0.0),
    ("--strict", "strict", True),
    ("--no-strict", "strict", False),
    ("--no-strict --strict", "strict", True),
    ("--once", "once", True),
    ("-q", "quiet", True),
    ("--quiet", "quiet", True),
    ("-v", "verbose", True),
    ("--verbose", "verbose", True),
    ("-qt5", "timeout", 5.0),
    ("--log-format json", "log_format", "json"),
    ("--log-format=TEXT", "log_format", "text"),
]


@pytest.mark.parametrize(("line", "name", "value"), PLAIN, ids=[line for line, _, _ in PLAIN])
@pytest.mark.parametrize("form", ["{} db:1", "db:1 {}"], ids=["before", "after"])
def test_an_option_may_stand_on_either_side(line: str, name: str, value: object, form: str) -> None:
    """Options are read before and after the targets; the last of several wins."""
    asked = read(form.format(line))
    assert getattr(asked, name) == value
    assert names(asked) == ["tcp://db:1"]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["db:1"], []),
        (["db:1", "--", "gunicorn"], ["gunicorn"]),
        (["db:1", "--", "sh", "-c", "exit 3"], ["sh", "-c", "exit 3"]),
        (["db:1", "--", "env", "--", "x"], ["env", "--", "x"]),
        (["db:1", "--", "app", "--help", "-t", "5x"], ["app", "--help", "-t", "5x"]),
        (["db:1", "--", "app", ""], ["app", ""]),
        (["-t5", "db:1", "--", "app", "-q"], ["app", "-q"]),
    ],
    ids=" ".join,
)
def test_argv_is_cut_at_the_first_double_dash(words: list[str], command: list[str]) -> None:
    """What follows the first -- is the command, word for word, and none of untilup's business."""
    asked = argv.parse(words, {})
    assert asked.command == command
    assert names(asked) == ["tcp://db:1"]
    assert not asked.quiet


def test_a_double_dash_is_never_a_value() -> None:
    """The cut comes before anything is parsed: -- does not become the value of an option."""
    assert message_of("db:1 --timeout -- true") == (
        "Option '--timeout' requires an argument.; see untilup --help"
    )


@pytest.mark.parametrize("text", ["exec:true", "db:1 exec:true", "exec:true,db:1"])
def test_no_command_comes_from_the_list_of_targets(text: str) -> None:
    """A target that is a command stands in argv only."""
    expected = "UNTILUP_TARGETS: exec: is not accepted there; give such a target in argv"
    assert message_of("", TARGETS=text) == expected
    assert "a command is given as exec:" in message_of("", TARGETS=text.replace("exec:", "Exec://"))


def test_targets_keep_their_order_and_are_told_once() -> None:
    """Targets are waited for in the order given; one that is given twice is one target."""
    asked = read("b:2 tcp://a:1 b:2 -q a:1")
    assert names(asked) == ["tcp://b:2", "tcp://a:1"]


def test_a_target_settles_as_asked_for() -> None:
    """Every target gets the settling that the options and variables ask for."""
    assert {target.settle for target in read("a:1 b:2").targets} == {0.002}
    assert {target.settle for target in read("a:1 b:2 --settle 1s").targets} == {1.0}
    assert {target.settle for target in read("a:1", SETTLE="0").targets} == {0.0}


def test_a_variable_speaks_where_the_flag_is_silent() -> None:
    """Each option can be set by its variable; a flag wins; an empty variable counts as unset."""
    assert read("db:1", TIMEOUT="2m").timeout == 120
    assert read("db:1 -t 5", TIMEOUT="2m").timeout == 5
    assert read("db:1 -t 5", TIMEOUT="nonsense").timeout == 5
    assert read("db:1", TIMEOUT="").timeout == 60
    assert read("db:1", STRICT="no").strict is False
    assert read("db:1 --strict", STRICT="no").strict is True


def test_a_bad_variable_is_named() -> None:
    """A bad value of a variable is refused by the variable's name, with what is accepted."""
    assert message_of("db:1", TIMEOUT="5x") == (
        "UNTILUP_TIMEOUT: '5x' is not accepted; give 500ms, 5s, 2m, 1h30m or plain seconds, "
        "from 1ms to 365d; or 0"
    )
    assert message_of("db:1", QUIET="maybe").startswith("UNTILUP_QUIET: 'maybe' is not accepted")


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("a:1", ["tcp://a:1"]),
        ("a:1 b:2", ["tcp://a:1", "tcp://b:2"]),
        ("\n  a:1\n\tb:2\n", ["tcp://a:1", "tcp://b:2"]),
        ("a:1,b:2", ["tcp://a:1", "tcp://b:2"]),
        ("a:1, b:2,", ["tcp://a:1", "tcp://b:2"]),
        (",a:1,,b:2", ["tcp://a:1", "tcp://b:2"]),
        ("a:1;b:2;", ["tcp://a:1", "tcp://b:2"]),
        ("tcp://a:1 b:2,[::1]:3", ["tcp://a:1", "tcp://b:2", "tcp://[::1]:3"]),
        ("a:1 a:1,a:1", ["tcp://a:1"]),
        ("none", []),
        ("none\n", []),
    ],
    ids=repr,
)
def test_targets_from_the_environment(text: str, targets: list[str]) -> None:
    """White space, commas and semicolons separate in UNTILUP_TARGETS; "none" is nothing on purpose."""
    assert names(read("", TARGETS=text)) == targets


@pytest.mark.parametrize("text", ["db:1 user:hunter2,x@db:5432", "user:1,hunter2,x@db:5432"])
def test_a_comma_in_a_password_does_not_show_it(text: str) -> None:
    """A word with an '@' may hold a password, and no piece of it is quoted."""
    assert "hunter2" not in message_of("", TARGETS=text)


def test_targets_on_argv_replace_those_of_the_environment() -> None:
    """With targets on argv those of UNTILUP_TARGETS do not count, not even to be refused."""
    assert names(read("c:3", TARGETS="a:1 b:2")) == ["tcp://c:3"]
    assert names(read("c:3", TARGETS="none")) == ["tcp://c:3"]
    assert names(read("c:3", TARGETS="nonsense")) == ["tcp://c:3"]


def test_a_target_may_come_from_another_variable() -> None:
    """An env: target is looked for in the environment, wherever it is named."""
    assert names(argv.parse(["env:DB"], {"DB": "db:1"})) == ["tcp://db:1"]
    environ = {"UNTILUP_TARGETS": "env:H:P,c:3", "H": "db", "P": "1"}
    assert names(argv.parse([], environ)) == ["tcp://db:1", "tcp://c:3"]


@pytest.mark.parametrize("text", ["", " ", ",", " ,\n"])
def test_no_target(text: str) -> None:
    """Without any target there is nothing to do, and that is refused."""
    assert message_of("-t 5 -- true", TARGETS=text) == (
        "no target; give host:port before the --, or set UNTILUP_TARGETS "
        "(none if there is nothing to wait for)"
    )


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_skip(text: str) -> None:
    """UNTILUP_SKIP waits for nothing and runs the command at once, with a warning."""
    asked = read("db:1 -- true", SKIP=text)
    assert (asked.targets, asked.command) == ([], ["true"])
    assert asked.warnings == ["UNTILUP_SKIP is set: nothing is waited for"]


@pytest.mark.parametrize("text", ["", "0", "false", "NO", "off"])
def test_no_skip(text: str) -> None:
    """UNTILUP_SKIP that is empty or says no changes nothing."""
    asked = read("db:1 -- true", SKIP=text)
    assert names(asked) == ["tcp://db:1"]
    assert not asked.warnings


def test_a_bad_skip() -> None:
    """UNTILUP_SKIP takes what a flag's variable takes."""
    assert message_of("db:1", SKIP="maybe") == (
        "UNTILUP_SKIP: 'maybe' is not accepted; give 1, true, yes, on, 0, false, no or off"
    )


def test_skip_does_not_hide_mistakes() -> None:
    """What is malformed is refused under UNTILUP_SKIP too."""
    assert message_of("gunicorn", SKIP="1").startswith("target 'gunicorn'")
    assert message_of("db:1 -t 5x", SKIP="1").startswith("--timeout: '5x'")
    assert message_of("--", SKIP="1").startswith("nothing after '--'")


def test_skip_needs_no_target() -> None:
    """Under UNTILUP_SKIP the command runs whatever is wrong with the targets: that may be why."""
    for words in ("env:NOT_SET -- true", "db -- true", "-- true"):
        assert read(words, SKIP="1").command == ["true"]


def test_white_space_in_a_password_does_not_show_it() -> None:
    """A list of targets with an "@" in it is not quoted in pieces."""
    assert "pa" not in message_of("", TARGETS="tcp://user:pa ss@h:1").partition("password")[0]


def test_unknown_variables_are_named_without_their_values() -> None:
    """A variable that untilup does not have is warned of by its name alone."""
    environ = {
        "UNTILUP_TIMOUT": "hunter2",
        "UNTILUP_PORT": "tcp://10.0.0.1:80",
        "UNTILUP_": "",
        "untilup_timeout": "hunter2",
        "XUNTILUP_TIMEOUT": "hunter2",
        "HOME": "/",
    }
    asked = argv.parse(["db:1"], environ)
    assert asked.warnings == [
        "ignored, as untilup has no such variables: UNTILUP_, UNTILUP_PORT, UNTILUP_TIMOUT"
    ]


def test_known_variables_are_not_warned_of() -> None:
    """The variable of an option, UNTILUP_TARGETS and UNTILUP_SKIP give no warning."""
    environ = dict.fromkeys(
        [*(option.variable for option in OPTIONS), "UNTILUP_TARGETS", "UNTILUP_SKIP"], ""
    )
    assert argv.parse(["db:1"], environ).warnings == []


SETTLES_TOO_LONG = "--settle must be shorter than --attempt-timeout, or nothing could be up"
ONCE = "--once takes no command; it looks, reports and exits"
COMMAND = "nothing after '--'; give the command to run (an entrypoint of one's own empties the image's CMD: restate it), or leave the -- out"
NONE_DECIDES = "--any needs a target that is not optional, or none could decide"
BOTH = "--quiet and --verbose exclude each other; give one of them"

NONSENSE = [
    (
        "db:1 --",
        {},
        COMMAND,
    ),
    ("--once db:1 -- true", {}, ONCE),
    ("db:1 -- true", {"ONCE": "1"}, ONCE),
    ("-q -v db:1", {}, BOTH),
    ("-qv db:1", {}, BOTH),
    ("db:1", {"QUIET": "1", "VERBOSE": "1"}, BOTH),
    ("db:1#optional --any", {}, NONE_DECIDES),
    ("db:1#optional cache:1#optional", {"ANY": "1"}, NONE_DECIDES),
    ("db:1 --settle 5s", {}, SETTLES_TOO_LONG),
    ("db:1 --settle 1s --attempt-timeout 999ms", {}, SETTLES_TOO_LONG),
    ("db:1 --settle 2s", {"ATTEMPT_TIMEOUT": "2s"}, SETTLES_TOO_LONG),
]


@pytest.mark.parametrize(
    ("line", "environ", "message"),
    NONSENSE,
    ids=[f"{line} {' '.join(variables)}" for line, variables, _ in NONSENSE],
)
def test_what_makes_no_sense_together(line: str, environ: dict[str, str], message: str) -> None:
    """What is well-formed by itself and makes no sense together is refused."""
    assert message_of(line, **environ) == message


def test_an_empty_command() -> None:
    """An empty word is no command's name."""
    assert outcome_of(["db:1", "--", "", "x"], {}) == (
        "the command after '--' is an empty word; give a program's name"
    )


@pytest.mark.parametrize(
    ("line", "environ", "quiet", "verbose"),
    [
        ("db:1 -q", {"VERBOSE": "1"}, True, False),
        ("db:1 -v", {"QUIET": "1"}, False, True),
        ("db:1", {"QUIET": "1", "VERBOSE": "0"}, True, False),
    ],
)
def test_a_flag_beats_the_others_variable(
    line: str, environ: dict[str, str], *, quiet: bool, verbose: bool
) -> None:
    """Of quiet and verbose, a flag beats the variable of the other."""
    asked = read(line, **environ)
    assert (asked.quiet, asked.verbose) == (quiet, verbose)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], ["-qh"], ["x", "--help"]])
def test_help_and_version_end_with_0(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """--help and --version print to stdout and exit with 0, whatever else is asked for."""
    with pytest.raises(SystemExit) as caught:
        argv.parse(words, {"UNTILUP_TIMEOUT": "nonsense"})
    out, err = capfd.readouterr()
    assert caught.value.code == 0
    assert out.startswith(("Usage: untilup", "untilup "))
    assert not err


def test_the_commands_help_is_the_commands() -> None:
    """--help after the -- belongs to the command."""
    assert read("db:1 -- app --help").command == ["app", "--help"]


SPELLINGS = [s for option in OPTIONS for s in (option.flag, option.short, option.negative) if s]
WORDS = st.one_of(
    st.sampled_from(
        [
            *SPELLINGS,
            *(
                "--help",
                "--version",
                "-h",
                "--",
                "-",
                "",
                "---",
                "-qv",
                "-qt5",
                "-t5x",
                "--=",
                "--no-",
            ),
            *(
                "--timeout=5",
                "--quiet=1",
                "db:1",
                "[::1]:2",
                "db",
                "5",
                "0",
                "json",
                "env:A",
                "env:A:B",
            ),
        ]
    ),
    st.sampled_from(SPELLINGS).flatmap(lambda flag: ANY_TEXT.map(lambda text: f"{flag}={text}")),
    ANY_TEXT,
)
VARIABLES = st.one_of(
    st.sampled_from([*(option.variable for option in OPTIONS), argv.TARGETS, argv.SKIP, "A", "B"]),
    ANY_TEXT.map(lambda text: f"UNTILUP_{text}"),
    ANY_TEXT,
)
TEXTS = ANY_TEXT | st.sampled_from(["", "1", "no", "5s", "json", "none", "db:1", "db:1,[::1]:2"])


def asks_for_help(words: list[str]) -> bool:
    """Tell whether one of untilup's own words may ask for help or for the version."""
    own, _ = argv.split_command(words)
    return any(word == "--version" or (word.startswith("-") and "h" in word) for word in own)


@given(st.lists(WORDS, max_size=8), st.dictionaries(VARIABLES, TEXTS, max_size=6))
@example(["db:1"], {"UNTILUP_\n\udcff": "hunter2"})
def test_whatever_is_asked_for(words: list[str], environ: dict[str, str]) -> None:
    """Any argv and any environment give settings, or a usage error in one printable line."""
    outcome = outcome_of(words, environ)
    if isinstance(outcome, SystemExit):
        assert outcome.code == 0
        assert asks_for_help(words)
    elif isinstance(outcome, str):
        assert outcome
        assert outcome.isprintable()
    else:
        _, command = argv.split_command(words)
        assert outcome.command == (command or [])
        assert all(str(target).isprintable() for target in outcome.targets)
        assert all(warning.isprintable() for warning in outcome.warnings)
