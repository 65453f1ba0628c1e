"""Command lines that people type, and what untilup says of them (docs/design.md, The command line).

Each row is a mistake, and the beginning of the answer, which names the mistake for what it is.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.support.in_process import Runs
from tests.support.untilup_process import Program

SCHEMES = "nown schemes: amqp, amqps, bolt, cassandra,"
DURATION = "write 30, 30s, 500ms, 2m or 1h30m (1ms to 365d)"
ARGUMENTS = "targets are arguments, without an option: untilup db:5432"
ONE_ARGUMENT = (
    'a whole command line is in one argument; pass each word as an argument of its own; in JSON: ["'
)
SHELL_SYNTAX = "is for a shell, and no shell is run; write exec:sh -c '...', or quote it"
SETTLE = "must be shorter than"
HIDDEN = "target (not shown: it may hold a password):"
QUOTES = "it has quotes; remove them (in an env file, quotes may become part of the value)"

# The arguments as a shell reads them, after variables without UNTILUP_; and the answer.
TARGETS = [
    ("help", "'help' is not a target; did you mean 'untilup --help'?"),
    ("version", "'version' is not a target; did you mean 'untilup --version'?"),
    ("localhost", "target 'localhost': it has no port; write 'localhost:PORT', or a URL such as postgres"),
    ("redis -- x", "target 'redis': it has no port; write 'redis:PORT', or a URL such as redis://HOST"),
    ("5432", "target '5432': it is a port without a host; write 'HOST:5432'"),
    ("db 5432", "target 'db': it has no port; did you mean db:5432?"),
    ("db:5432 gunicorn app:app", "target 'gunicorn': it has no port; if it is the command, put -- before it, as in 'untilup db:5432 -- gunicorn'; if it is a target, write gunicorn:PORT"),
    ("db:5432 npm start -- --port 80", "target 'npm': it has no port; if it is the command, put -- before it, as in 'untilup db:5432 -- npm';"),
    ("db:5432 redis -- x", "target 'redis': it has no port; write 'redis:PORT', or a URL such as redis://HOST"),
    ("db:5432 ./start", "target './start': it is a path without a scheme; if it is the command, put -- before it, as in 'untilup db:5432 -- ./start'; if it is a target, write file:///PATH"),
    ("gunicorn app:app", "target 'gunicorn': it has no port; write 'gunicorn:PORT', or a URL such as postgres://HOST; if it is the command, put -- before it"),
    ("127.0.0.1:1 — true", "target '—': it is a dash (U+2014), not '--'; type -- (a web page may have replaced it)"),
    ("127.0.0.1:1 \u2013 sh --bind x", "target '\u2013': it is a dash (U+2013), not '--'"),
    ("\u2013t 5 127.0.0.1:1", "target '\u2013t': it begins with a dash (U+2013), not with '-'; type the option again"),
    ("'db:5432 -- echo hi'", ONE_ARGUMENT),
    ("'untilup db:5432'", ONE_ARGUMENT),
    ("'db:5432 --timeout 5'", ONE_ARGUMENT),
    ("'--timeout 5 db:5432 -- x'", ONE_ARGUMENT),
    ("tcp:db:5432", "target 'tcp:db:5432': in a URL '//' follows the scheme; did you mean 'tcp://db:5432'?"),
    ("postgres:db:5432", "target 'postgres:db:5432': in a URL '//' follows the scheme; did you mean 'postgres://db:5432'?"),
    ("a:b:5432", "target 'a:b:5432': it has more than one ':'; write HOST:PORT,"),
    ("localhost:8080/health", "target 'localhost:8080/health': HOST:PORT has no path; did you mean 'http://localhost:8080/health'?"),
    ("file:/tmp/x", "target 'file:/tmp/x': in a URL '//' follows the scheme; did you mean 'file:///tmp/x'?"),
    ("file://tmp/x", "target 'file://tmp/x': file:// is followed by an absolute path, and so by a third '/'; write 'file:///tmp/x'"),
    ("/tmp/x", "target '/tmp/x': a path needs a scheme; did you mean 'file:///tmp/x'?"),
    ("/run/x.sock", "target '/run/x.sock': a path needs a scheme; did you mean 'unix:///run/x.sock'?"),
    ("postgre://db", f"target 'postgre://db': unknown scheme 'postgre'; did you mean postgres://? K{SCHEMES}"),
    ("rabbit://mq", f"target 'rabbit://mq': unknown scheme 'rabbit'; did you mean amqp://? K{SCHEMES}"),
    ("mongo://mq", f"target 'mongo://mq': unknown scheme 'mongo'; did you mean mongodb://? K{SCHEMES}"),
    ("htpp://api", f"target 'htpp://api': unknown scheme 'htpp'; did you mean http://? K{SCHEMES}"),
    ("http-get://api", f"target 'http-get://api': unknown scheme 'http-get'; did you mean http://? K{SCHEMES}"),
    ("gopher://x", f"target 'gopher://x': unknown scheme 'gopher'; k{SCHEMES}"),
    ("db:", "target 'db:': the port is missing after the ':'; write 'db:PORT'"),
    ("''", "target '': it is empty; is a variable unset?"),
    ("'\"db:5432\"'", f"{HIDDEN} {QUOTES}"),
    ("'${HOST}:5432'", f"{HIDDEN} it has a '$', and no variable is replaced here"),
    ("'$(HOST):5432'", f"{HIDDEN} it has a '$', and no variable is replaced here (Kubernetes leaves $(NAME)"),
    ("'$DATABASE_URL'", f"{HIDDEN} it has a '$', and no variable is replaced here"),
    ("'db:5432?timeout=3'", "target 'db:5432': options follow a '#', not a '?'; write HOST:PORT#timeout=3"),
    ("'db:5432#timeout=3#nonsense'", "target 'db:5432': unknown option 'nonsense' after '#'; it may be send, expect, timeout, settle, optional; in a value write '#' as %23"),
    ("user:pw@host:1", f"{HIDDEN} HOST:PORT has no user; write a URL: SCHEME://USER@HOST:PORT"),
    ("db:5432 '#timeout=3'", "target '': options follow a target without a space: HOST:PORT#OPTION"),
    ("EXEC:true", "target 'EXEC:true': to run a command, write exec:COMMAND, in lower case"),
    ("https//api", "target 'https//api': in a URL '://' follows the scheme; did you mean 'https://api'?"),
    ("'http://joe:${PASSWORD}@api'", f"{HIDDEN} it has a '$', and no variable is replaced here"),
    ("'exec:a | b'", f"target 'exec:a': '|' {SHELL_SYNTAX}"),
    ("'exec:a && b'", f"target 'exec:a': '&&' {SHELL_SYNTAX}"),
    ("'exec:a >/dev/null'", f"target 'exec:a': '>' {SHELL_SYNTAX}"),
    ("'exec:a 2>&1'", f"target 'exec:a': '>' {SHELL_SYNTAX}"),
    ("'exec:pg_isready -h db #tmeout=5s'", "target 'exec:pg_isready': unknown option 'tmeout' after '#'; did you mean 'timeout'? It may be"),
    ("\"exec:sh -c 'x\"", "target 'exec:sh': the command cannot be split as a shell would"),
    ("'exec:pg_isready -h db | cat'", f"target 'exec:pg_isready': '|' {SHELL_SYNTAX}"),
    ("exec://true", "target 'exec://true': no '//' follows exec:; write exec:COMMAND"),
    ("exec", "target 'exec': the command is missing; write exec:COMMAND"),
    ("file", "target 'file': the path is missing; write file:///PATH"),
    ("unix", "target 'unix': the path is missing; write unix:///PATH"),
    ("tcp", "target 'tcp': it has no port; write HOST:PORT"),
    ("sqlite", "target 'sqlite': it has no port; write 'sqlite:PORT', or a URL such as postgres://HOST"),
    ("'exec:cd /x; a'", f"target 'exec:cd': ';' {SHELL_SYNTAX}"),
    ("TARGETS='\"db:5432\"' --", "no command after '--'"),
    ("TARGETS='\"db:5432\"'", f"UNTILUP_TARGETS: {HIDDEN} {QUOTES}"),
    ("TARGETS='-t 5 db:5432'", f"UNTILUP_TARGETS: {HIDDEN} it begins with '-'; options and '--' cannot be part"),
    ("TARGETS=db", "UNTILUP_TARGETS: target 'db': it has no port; write 'db:PORT'"),
]  # fmt: skip
OPTIONS = [
    ("--host db --port 5432", f"no option --host; {ARGUMENTS}"),
    ("--port=5432 --host=db", f"no option --port; {ARGUMENTS}"),
    ("db --port 5432", f"no option --port; {ARGUMENTS}"),
    ("-p 5432 -h db", f"-h is --help; {ARGUMENTS}"),
    ("-h db -p 5432", f"-h is --help; {ARGUMENTS}"),
    ("-s db:5432", "no option -s; --strict is the default, and targets are arguments, without an option"),
    ("-wait tcp://db:5432", f"no option -wait; {ARGUMENTS}"),
    ("-wait-retry-interval 1s db:5432", "no option -wait-retry-interval; --delay and --max-delay limit"),
    ("-host=db -port=5432", f"no option -host; {ARGUMENTS}"),
    ("--tls db:5432", "no option --tls; TLS is for each target: https://HOST, rediss://HOST,"),
    ("--interval 1s db:5432", "no option --interval; --delay and --max-delay limit the time between attempts"),
    ("--retries 5 db:5432", "no option --retries; untilup tries until --timeout has passed"),
    ("--json db:5432", "no option --json; use --log-format json"),
    ("--wait db:5432", "no option --wait; untilup always waits, until --timeout has passed"),
    ("--reverse db:5432", "no option --reverse; use --down"),
    ("--exec app db:5432", "no option --exec; the command follows --: untilup db:5432 -- COMMAND"),
    ("--time 5 db:5432", "no option --time; did you mean --timeout?"),
    ("--timeot 5 db:5432", "no option --timeot; did you mean --timeout?"),
    ("--TIMEOUT 5 db:5432", "no option --TIMEOUT; did you mean --timeout?"),
    ("--attempt_timeout 5 db:5432", "no option --attempt_timeout; did you mean --attempt-timeout?"),
    ("--bogus db:5432", "no option --bogus; see untilup --help"),
    ("-timeout 5 db:5432", "-timeout: a long option has two dashes; write --timeout"),
    ("'--timeout 5' db:5432", "--timeout and its value are in one argument; pass two arguments, or --timeout=VALUE"),
    ("'-t 5' db:5432", "-t and its value are in one argument; pass two arguments, or --timeout=VALUE"),
    ("-t", f"-t needs a value; {DURATION}, or 0"),
    ("db:5432 --log-format", "--log-format needs a value; write text or json"),
    ("--strict=1 db:5432", "--strict takes no value"),
    ("-q=1 db:5432", "-q takes no value"),
    ("-t 30sec db:5432", f"--timeout: '30sec' is not accepted; {DURATION}, or 0"),
    ("-t '30 s' db:5432", "--timeout: the value has a space; write 30s or 1h30m"),
    ("--delay 0 db:5432", "--delay: '0' is too short; the shortest duration is 1ms"),
    ("TIMEOUT='\"5s\"' db:5432", "UNTILUP_TIMEOUT: a value (not shown: it may hold a password) is not accepted; remove the quotes"),
    ("db:5432 --", "no command after '--'. If this is a Docker ENTRYPOINT: it clears the CMD of the base image, so repeat the CMD."),
    ("--once db:5432 -- cmd", "--once cannot be combined with a command; leave out '--' and the command"),
    ("--settle 10s db:5432", f"--settle 10s {SETTLE} the default --attempt-timeout 5s, or no target could be up in time"),
    ("--settle 1s -t 500ms db:5432", f"--settle 1s {SETTLE} --timeout 500ms, or no target could be up in time"),
    ("SETTLE=1s TIMEOUT=500ms db:5432", f"UNTILUP_SETTLE=1s {SETTLE} UNTILUP_TIMEOUT=500ms, or no target"),
    ("TIMEOUT=2s --stable 5s db:5432", f"--stable 5s {SETTLE} UNTILUP_TIMEOUT=2s, or no target could be up in time"),
    ("'db:5432#settle=1s#timeout=500ms'", f"target tcp://db:5432: settle=1s {SETTLE} timeout=500ms, or it could not"),
    ("TIMOUT=5 db:0", "target 'db:0': the port '0' is not a number from 1 to 65535 (UNTILUP_TIMOUT is set; did you mean UNTILUP_TIMEOUT?)"),
]  # fmt: skip
MISTAKES = [*TARGETS, *OPTIONS]
NO_TARGETS = [
    ("", ""),
    ("-- true", ""),
    ("-t 5", ""),
    ("TARGETS=, -- true", ""),
    ("TARGET=db:5432 -- x", " (UNTILUP_TARGET is set; did you mean UNTILUP_TARGETS?)"),
]
# UP is a target that is up; the command is not found, or cannot be executed.
COMMANDS = [
    ("UP -- 'echo hi'", "echo: command not found; its name has a space: pass each word as an argument of its own, or use sh -c '...'"),
    ("UP -- cd /x", "cd: command not found; it is built into the shell: use sh -c 'cd ...'"),
    ("UP -- source x", "source: command not found; it is built into the shell: use sh -c 'source ...'"),
    ("UP -- exec x", "exec: command not found; it is built into the shell, and untilup executes the command anyway: leave out exec"),
    ("UP -- VAR=1 env", "VAR...: command not found; NAME=value before a command is for a shell, and no shell is run; write env NAME=value COMMAND"),
    ("UP -- $'gunicorn\\r'", "gunicorn: command not found; its name ends with a carriage return"),
    ("UP -- no-such-command", "no-such-command: command not found in PATH ("),
]  # fmt: skip


def split(line: str, up: int = 0) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the variables of a *line*, in which UP is a target on the port *up*."""
    line = line.replace("$'gunicorn\\r'", "'gunicorn\r'").replace("UP", f"127.0.0.1:{up}")
    environ: dict[str, str] = {}
    words = shlex.split(line)
    while words and words[0].partition("=")[0].isupper() and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environ[f"UNTILUP_{name}"] = value
    return words, environ


@pytest.mark.parametrize(("line", "answer"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_is_named(answers: Runs, line: str, answer: str) -> None:
    """A mistake is named for what it is, with what to write instead, in one line; the status is 2."""
    words, environ = split(line)
    done = answers.run(*words, env=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"untilup: {answer}")
    assert done.stderr.count("\n") == 1
    assert ".;" not in done.stderr


@pytest.mark.parametrize(("line", "mention"), NO_TARGETS, ids=[line for line, _ in NO_TARGETS])
def test_no_targets(answers: Runs, line: str, mention: str) -> None:
    """Without any target a short usage of four lines is printed; the status is 2."""
    words, environ = split(line)
    done = answers.run(*words, env=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"untilup: no targets given{mention}",
        "usage: untilup [OPTIONS] TARGET... [-- COMMAND [ARG]...]",
        "example: untilup db:5432 -- ./start",
        "Try 'untilup --help'; if there is nothing to wait for, set UNTILUP_TARGETS=none.",
    ]


@pytest.mark.parametrize(("line", "answer"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_a_command_that_is_not_found(untilup: Program, up: int, line: str, answer: str) -> None:
    """If the command is not found, the likely cause is named; the status is 127."""
    words, _ = split(line, up)
    done = untilup.run(*words)
    assert (done.returncode, done.stdout) == (127, "")
    assert answer in done.stderr


def test_an_empty_path(untilup: Program, up: int, tmp_path: Path) -> None:
    """If PATH is empty, a command that is not found is told so."""
    done = untilup.run(f"127.0.0.1:{up}", "--", "echo", env={"PATH": ""}, cwd=tmp_path)
    assert done.returncode == 127
    assert "echo: command not found; PATH is empty" in done.stderr


@pytest.mark.parametrize(
    ("line", "status", "answer"),
    [
        ("UP -- ./without-interpreter", 127, "exists, but its interpreter was not found: /no/such/sh"),
        ("UP -- ./without-shebang", 126, "not an executable for this machine, and no '#!' line; the first line of a script is, for example, #!/bin/sh"),
        ("UP -- ./plain", 126, "not executable by this user (permission denied); make it executable: chmod +x"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_executed(  # noqa: PLR0913, PLR0917 - fixtures, and a row of the table
    untilup: Program, up: int, tmp_path: Path, line: str, status: int, answer: str
) -> None:
    """If a file cannot be executed, its name, the reason and the cure are printed."""
    for name, content, mode in (
        ("without-interpreter", "#!/no/such/sh\n", 0o755),
        ("without-shebang", "echo ran\n", 0o755),
        ("plain", "#!/bin/sh\n", 0o644),
    ):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(mode)
    words, _ = split(line, up)
    done = untilup.run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert f"{words[-1]}: {answer}" in done.stderr


@pytest.mark.parametrize(
    ("line", "environ"),
    [
        ("--log-format json db:0", {}),
        ("--log-format=JSON --bogus", {}),
        ("db:0", {"UNTILUP_LOG_FORMAT": "json"}),
        ("--log-format json", {}),
    ],
)
def test_a_mistake_as_json(answers: Runs, line: str, environ: dict[str, str]) -> None:
    """With --log-format json, or its variable, a usage error is one JSON object in one line."""
    done = answers.run(*line.split(), env=environ)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    error = json.loads(done.stderr)
    assert (error["event"], error["reason"]) == ("usage-error", "usage")
    assert "\n" not in str(error)


ACCEPTED = [
    "UP#timeout=5s#optional",
    "UP#timeout=5s&settle=0",
    "'UP UP#timeout=3s'",
    "-V",
    "-h",
    "UP -h",
    "exec:true 'exec:true #status=0#timeout=5s'",
    "\"exec:grep -c '|' /dev/null #status=1\"",
]


@pytest.mark.parametrize("line", ACCEPTED)
def test_what_is_accepted(untilup: Program, up: int, line: str) -> None:
    """Spellings that look like these mistakes, and are none, are accepted."""
    words, environ = split(line, up)
    done = untilup.run(*words, env=environ)
    assert done.returncode == 0, done.stderr


def test_two_commands_of_one_name(untilup: Program) -> None:
    """Targets that would be shown by the same name are told apart by numbers."""
    done = untilup.run("--once", "exec:sh -c 'exit 0'", "exec:sh -c 'exit 3'")
    assert done.returncode == 124
    assert "exec:sh (1)" in done.stderr
    assert "exec:sh (2)" in done.stderr
    assert "exit" not in done.stderr.replace("exited", "").replace("exit-status", "")


def test_query_parameters_that_no_driver_knows(untilup: Program, up: int) -> None:
    """With --verbose the unknown parameters of a query are named; without, none is."""
    word = f"redis://127.0.0.1:{up}/0?db=1&sslx=x"
    named = "unknown query parameters are ignored: sslx"
    assert named in untilup.run("-v", "-t", "100ms", word).stderr
    assert "sslx" not in untilup.run("-t", "100ms", word).stderr


def test_the_help_is_as_wide_as_columns(answers: Runs) -> None:
    """The help fills the width of COLUMNS, and goes to stdout."""
    for width in (60, 120):
        done = answers.run("--help", env={"COLUMNS": str(width)})
        assert (done.returncode, done.stderr) == (0, "")
        assert 0.8 * width < max(map(len, done.stdout.splitlines())) <= max(width, 72)
