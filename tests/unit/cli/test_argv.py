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
        "--timeout needs a value; write 30, 30s, 500ms, 2m or 1h30m (1ms to 365d), or 0"
    )


@pytest.mark.parametrize("text", ["exec:true", "db:1 exec:true", "exec:true,db:1"])
def test_no_command_comes_from_the_list_of_targets(text: str) -> None:
    """A target that is a command stands in argv only."""
    expected = "UNTILUP_TARGETS: exec: is not accepted there; write such a target in argv"
    assert message_of("", TARGETS=text) == expected
    assert "to run a command, write exec:" in message_of(
        "", TARGETS=text.replace("exec:", "Exec://")
    )


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
        "UNTILUP_TIMEOUT: '5x' is not accepted; write 30, 30s, 500ms, 2m or 1h30m "
        "(1ms to 365d), or 0"
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
    """An env: target is read from the environment, wherever it is named."""
    assert names(argv.parse(["env:DB"], {"DB": "db:1"})) == ["tcp://db:1"]
    environ = {"UNTILUP_TARGETS": "env:H:P,c:3", "H": "db", "P": "1"}
    assert names(argv.parse([], environ)) == ["tcp://db:1", "tcp://c:3"]


@pytest.mark.parametrize("text", ["", " ", ",", " ,\n"])
def test_no_target(text: str) -> None:
    """Without any target there is nothing to do, and that is refused with a short usage."""
    assert message_of("-t 5 -- true", TARGETS=text).splitlines() == [
        "no targets given",
        "usage: untilup [OPTIONS] TARGET... [-- COMMAND [ARG]...]",
        "example: untilup db:5432 -- ./start",
        "Try 'untilup --help'; if there is nothing to wait for, set UNTILUP_TARGETS=none.",
    ]
    for words, format_ in (("--log-format json", "text"), ("", "JSON")):
        assert message_of(words, TARGETS=text, LOG_FORMAT=format_) == (
            "no targets given; usage: untilup [OPTIONS] TARGET... [-- COMMAND [ARG]...]; "
            "if there is nothing to wait for, set UNTILUP_TARGETS=none"
        )


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_skip(text: str) -> None:
    """UNTILUP_SKIP waits for nothing and runs the command at once, with a warning."""
    asked = read("db:1 -- true", SKIP=text)
    assert (asked.targets, asked.command) == ([], ["true"])
    assert asked.warnings == ["UNTILUP_SKIP is set: untilup waits for nothing"]


@pytest.mark.parametrize("text", ["", "0", "false", "NO", "off"])
def test_no_skip(text: str) -> None:
    """UNTILUP_SKIP that is empty or says no changes nothing."""
    asked = read("db:1 -- true", SKIP=text)
    assert names(asked) == ["tcp://db:1"]
    assert not asked.warnings


def test_a_bad_skip() -> None:
    """UNTILUP_SKIP takes what a flag's variable takes."""
    assert message_of("db:1", SKIP="maybe") == (
        "UNTILUP_SKIP: 'maybe' is not accepted; write 1, true, yes, on, 0, false, no or off"
    )


def test_skip_does_not_hide_mistakes() -> None:
    """What is malformed is refused under UNTILUP_SKIP too."""
    assert message_of("gunicorn", SKIP="1").startswith("target 'gunicorn'")
    assert message_of("db:1 -t 5x", SKIP="1").startswith("--timeout: '5x'")
    assert message_of("--", SKIP="1").startswith("no command after '--'")


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
        "unknown variables are ignored: UNTILUP_, UNTILUP_PORT, UNTILUP_TIMOUT (did you mean UNTILUP_TIMEOUT?)"
    ]


def test_a_misspelled_variable_is_named_with_a_usage_error() -> None:
    """A usage error names the variables that are probably misspelled, and no others."""
    environ = {"UNTILUP_TARGET": "db:1", "UNTILUP_PORT": "tcp://10.0.0.1:80"}
    assert str(outcome_of(["--", "x"], environ)).splitlines()[0] == (
        "no targets given (UNTILUP_TARGET is set; did you mean UNTILUP_TARGETS?)"
    )
    assert str(outcome_of(["db:0"], environ)) == (
        "target 'db:0': the port '0' is not a number from 1 to 65535 (UNTILUP_TARGET is set; did you mean UNTILUP_TARGETS?)"
    )
    del environ["UNTILUP_TARGET"]
    assert (
        str(outcome_of(["db:0"], environ))
        == "target 'db:0': the port '0' is not a number from 1 to 65535"
    )


def test_known_variables_are_not_warned_of() -> None:
    """The variable of an option, UNTILUP_TARGETS and UNTILUP_SKIP give no warning."""
    environ = dict.fromkeys(
        [*(option.variable for option in OPTIONS), "UNTILUP_TARGETS", "UNTILUP_SKIP"], ""
    )
    assert argv.parse(["db:1"], environ).warnings == []


IN_TIME = "or no target could be up in time"
ONCE = "--once cannot be combined with a command; leave out '--' and the command"
COMMAND = "no command after '--'. If this is a Docker ENTRYPOINT: it clears the CMD of the base image, so repeat the CMD. To wait without a command, leave out the '--'."
NONE_DECIDES = "--any needs a target that is not optional, or no target could end the wait"
BOTH = "--quiet and --verbose cannot be combined; use one of them"

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
    (
        "db:1 --settle 5s",
        {},
        f"--settle 5s must be shorter than the default --attempt-timeout 5s, {IN_TIME}",
    ),
    (
        "db:1 --settle 1s --attempt-timeout 999ms",
        {},
        f"--settle 1s must be shorter than --attempt-timeout 999ms, {IN_TIME}",
    ),
    (
        "db:1 --settle 2s",
        {"ATTEMPT_TIMEOUT": "2s"},
        f"--settle 2s must be shorter than UNTILUP_ATTEMPT_TIMEOUT=2s, {IN_TIME}",
    ),
    (
        "db:1 --settle 1s -t 500ms",
        {},
        f"--settle 1s must be shorter than --timeout 500ms, {IN_TIME}",
    ),
    (
        "db:1",
        {"SETTLE": "1s", "TIMEOUT": "1"},
        f"UNTILUP_SETTLE=1s must be shorter than UNTILUP_TIMEOUT=1s, {IN_TIME}",
    ),
    (
        "db:1 --stable 5s",
        {"TIMEOUT": "2s"},
        f"--stable 5s must be shorter than UNTILUP_TIMEOUT=2s, {IN_TIME}",
    ),
    (
        "db:1 --stable 1m",
        {},
        f"--stable 60s must be shorter than the default --timeout 60s, {IN_TIME}",
    ),
    (
        "db:1#settle=1s -t 500ms",
        {},
        "target tcp://db:1: settle=1s must be shorter than --timeout 500ms, or it could not be up in time",
    ),
    (
        "db:1#settle=1s&timeout=500ms",
        {},
        "target tcp://db:1: settle=1s must be shorter than timeout=500ms, or it could not be up in time",
    ),
    (
        "db:1#timeout=1s --stable 1s",
        {},
        "target tcp://db:1: timeout=1s must be longer than --stable 1s, or it could not be up in time",
    ),
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
    """An empty argument is no command's name."""
    assert outcome_of(["db:1", "--", "", "x"], {}) == (
        "the command after '--' is empty; is a variable unset?"
    )


@pytest.mark.parametrize("line", ["-t 1ms db:1", "-t 2ms file:///x", "db:1#timeout=1ms"])
def test_a_short_timeout_needs_no_settle(line: str) -> None:
    """The default settle time makes no short timeout a mistake: not every target has a settle time."""
    assert len(read(line).targets) == 1


SAME_NAMES = [
    (["exec:sh -c 'a'", "exec:sh -c 'b'"], ["exec:sh (1)", "exec:sh (2)"]),
    (["exec:a", "exec:b", "db:1"], ["exec:a", "exec:b", "tcp://db:1"]),
    (["exec:a 1", "exec:b", "exec:a 2"], ["exec:a (1)", "exec:b", "exec:a (2)"]),
    (["http://api/?a=1", "http://api/?b=2"], ["http://api:80/ (1)", "http://api:80/ (2)"]),
    (["redis://one@db", "redis://two@db"], ["redis://db:6379 (1)", "redis://db:6379 (2)"]),
    (["db:1", "db:1"], ["tcp://db:1"]),
]


@pytest.mark.parametrize(("words", "shown"), SAME_NAMES, ids=[str(row[1]) for row in SAME_NAMES])
def test_targets_of_the_same_name_have_numbers(words: list[str], shown: list[str]) -> None:
    """Targets that would be shown by the same name are told apart by numbers, in their order."""
    assert names(argv.parse(words, {})) == shown


def test_options_after_several_hash_signs() -> None:
    """A '#' separates options as an '&' does, which an unquoted target in a shell cannot have."""
    (target,) = read("http://api/#status=2xx#timeout=5s#optional").targets
    assert (target.options["status"], target.timeout) == ((range(200, 300),), 5)
    assert target.optional
    (command,) = argv.parse(["exec:check #status=3#timeout=5s"], {}).targets
    assert (command.path, command.timeout) == ("check", 5)
    (command,) = argv.parse(["exec:check #x #status=3 #timeout=5s"], {}).targets
    assert (command.path, command.timeout) == ("check #x", 5)
    environ = {"A": "http://a,http://b"}
    assert len(argv.parse(["env:A#all#timeout=5s"], environ).targets) == 2
    assert len(argv.parse(["env:A#timeout=5s#all"], environ).targets) == 2


QUERIES = [
    ("redis://h/0?ssl=x", ["redis://h:6379/0: unknown query parameters are ignored: ssl"]),
    ("rediss://h/0?ssl_cert_reqs=none", []),
    ("redis://h/0?db=1&sslx=x", ["redis://h:6379/0: unknown query parameters are ignored: sslx"]),
    ("postgres://h/app?sslmode=require&connect_timeout=5&pool_size=3", []),
    ("postgres://h/app?sslmod=require", ["postgres://h:5432/app: unknown query parameters are ignored: sslmod"]),
    ("mongodb://h/?replicaSet=x&retryWrites=true&w=majority", []),
    ("http://h/?anything=1", []),
    ("redis://h/0?hunter2=x", ["redis://h:6379/0: unknown query parameters are ignored: (not shown)"]),
    ("redis://h/0?password=a&hunter=x", ["redis://h:6379/0: unknown query parameters are ignored: (not shown)"]),
]  # fmt: skip


@pytest.mark.parametrize(("word", "warnings"), QUERIES, ids=[word for word, _ in QUERIES])
def test_unknown_query_parameters(word: str, warnings: list[str]) -> None:
    """With --verbose the query parameters that no driver knows are named, without their values."""
    assert argv.parse(["-v", word], {}).warnings == warnings
    assert argv.parse([word], {}).warnings == []


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


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["--version"], ["-V"], ["-qh"], ["x", "--help"]]
)
def test_help_and_version_end_with_0(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """--help and --version print to stdout and exit with 0, whatever else is asked for."""
    with pytest.raises(SystemExit) as caught:
        argv.parse(words, {"UNTILUP_TIMEOUT": "nonsense"})
    out, err = capfd.readouterr()
    assert caught.value.code == 0
    assert out.startswith(("Wait until every TARGET is up", "untilup "))
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
                "-V",
                "--host",
                "--json",
                "-timeout",
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
    return any(word == "--version" or (word.startswith("-") and {*"hV"} & {*word}) for word in own)


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
        lines = outcome.split("\n")
        assert len(lines) in {1, 4}, "only without any target there is a short usage"
        assert all(line.isprintable() for line in lines)
    else:
        _, command = argv.split_command(words)
        assert outcome.command == (command or [])
        assert all(str(target).isprintable() for target in outcome.targets)
        assert all(warning.isprintable() for warning in outcome.warnings)
