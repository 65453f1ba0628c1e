"""Usage errors, help and the version, as a process shows them (docs/design.md, The command line).

A usage error is one line on stderr and exit status 2, from either reader of argv, and comes before
anything is contacted. tests/integration/test_usage.py has the mistakes by what was meant. The wheel
answers in the process of the test, and as a process of its own where the test requests *untilup*.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.in_process import Runs
from tests.support.untilup_process import Program
from untilup import __version__
from untilup.cli.help import help_text

DURATION = "write 30, 30s, 500ms, 2m or 1h30m (1ms to 365d)"
FLAG = "write 1, true, yes, on, 0, false, no or off"
FORMS = "write HOST:PORT, [IPV6]:PORT or SCHEME://HOST:PORT"
TOO_SHORT = "is too short; the shortest duration is 1ms"
COMMAND = "it has no port; if it is the command, put -- before it, as in 'untilup db:5432 -- gunicorn'; if it is a target, write gunicorn:PORT"
PORT = "is not a number from 1 to 65535"
SEE = "see untilup --help"

# UP stands for a target that is well-formed and up.
BY_THE_FAST_READER = [
    ("-t 5x UP", f"--timeout: '5x' is not accepted; {DURATION}, or 0"),
    ("--timeout=5x UP", f"--timeout: '5x' is not accepted; {DURATION}, or 0"),
    ("--timeout= UP", f"--timeout: '' is not accepted; {DURATION}, or 0"),
    ("UP --timeout 366d", "--timeout: '366d' is too long; the longest duration is 365d"),
    ("UP --settle 1us", f"--settle: '1us' is not accepted; {DURATION}, or 0"),
    ("UP --attempt-timeout 0", f"--attempt-timeout: '0' {TOO_SHORT}"),
    ("UP --delay nan", f"--delay: 'nan' is not accepted; {DURATION}"),
    ("UP --max-delay 0", f"--max-delay: '0' {TOO_SHORT}"),
    ("UP --log-format xml", "--log-format: 'xml' is not accepted; write text or json"),
    ("UP -q --verbose", "--quiet and --verbose cannot be combined; use one of them"),
    ("UP --settle 5s", "--settle 5s must be shorter than the default --attempt-timeout 5s, or no"),
    (
        "UP --once -- true",
        "--once cannot be combined with a command; leave out '--' and the command",
    ),
    (
        "UP --",
        "no command after '--'. If this is a Docker ENTRYPOINT: it clears the CMD of the base",
    ),
    ("UP gunicorn app:app", f"target 'gunicorn': {COMMAND}"),
    ("UP :5432", f"target ':5432': the host is missing; {FORMS}"),
    ("UP db:0", f"target 'db:0': the port '0' {PORT}"),
    ("UP db:99999", f"target 'db:99999': the port '99999' {PORT}"),
    ("UP db:http", f"target 'db:http': the port 'http' {PORT}"),
    ("UP ::1:80", "target '::1:80': an IPv6 address needs brackets: [::1]:5432"),
    ("UP [::1]", "target '[::1]': the port is missing; write tcp://HOST:PORT"),
    ("UP [::g]:1", f"target '[::g]:1': the host is not an IPv6 address in brackets; {FORMS}"),
    ("UP gopher://db:70", "target 'gopher://db:70': unknown scheme 'gopher'; known schemes: amqp,"),
    (
        "UP db:80/health",
        "target 'db:80/health': HOST:PORT has no path; did you mean 'http://db:80/",
    ),
    (
        "UP db:80#timeot=5",
        "target 'db:80': unknown option 'timeot' after '#'; did you mean 'timeout'? It may be send, expect,",
    ),
    (
        "UP db:80#settle=5s",
        "target tcp://db:80: settle=5s must be shorter than the default --attempt-timeout 5s",
    ),
    (
        "UP db:80#timeout=1s --stable 1s",
        "target tcp://db:80: timeout=1s must be longer than --stable 1s",
    ),
    ("UP --stable 1m", "--stable 60s must be shorter than the default --timeout 60s, or no target"),
    ("UP --once --stable 1s", "--once and --stable cannot be combined; use one of them"),
    ("UP --once --splay 1s", "--once and --splay cannot be combined; use one of them"),
    ("db:1#optional --any", "--any needs a target that is not optional, or no target could end"),
    ("UP env:NOT_SET", "target 'env:NOT_SET': not set, or empty: NOT_SET"),
]
BY_TYPER = [
    ("-t5x UP", f"--timeout: '5x' is not accepted; {DURATION}, or 0"),
    ("-t=5 UP", f"--timeout: '=5' is not accepted; {DURATION}, or 0"),
    ("-qt 5x UP", f"--timeout: '5x' is not accepted; {DURATION}, or 0"),
    ("UP --delay -5", f"--delay: '-5' is not accepted; {DURATION}"),
    ("UP --timeout --quiet", f"--timeout: '--quiet' is not accepted; {DURATION}, or 0"),
    ("-t5s UP db:0", f"target 'db:0': the port '0' {PORT}"),
    ("UP gunicorn --bind :80", f"target 'gunicorn': {COMMAND}"),
    ("UP --nope", f"no option --nope; {SEE}"),
    ("-t5s UP gunicorn", f"target 'gunicorn': {COMMAND}"),
    ("UP -", "target '-': it begins with '-'; options and '--' cannot be part of a target"),
    ("-qv UP", "--quiet and --verbose cannot be combined; use one of them"),
    ("UP --timeot 5", "no option --timeot; did you mean --timeout?"),
    ("UP --no-quiet", "no option --no-quiet; did you mean --quiet?"),
    ("UP -z", f"no option -z; {SEE}"),
    ("UP --quiet=1", "--quiet takes no value"),
    ("UP --version=1", "--version takes no value"),
    ("UP -t", f"-t needs a value; {DURATION}, or 0"),
    ("UP --timeout -- true", f"--timeout needs a value; {DURATION}, or 0"),
]
BY_VARIABLES = [
    ("UP", "TIMEOUT=5x", f"UNTILUP_TIMEOUT: '5x' is not accepted; {DURATION}, or 0"),
    ("UP", "ATTEMPT_TIMEOUT=0", f"UNTILUP_ATTEMPT_TIMEOUT: '0' {TOO_SHORT}"),
    ("UP", "STRICT=maybe", f"UNTILUP_STRICT: 'maybe' is not accepted; {FLAG}"),
    ("UP", "SKIP=maybe", f"UNTILUP_SKIP: 'maybe' is not accepted; {FLAG}"),
    ("UP", "LOG_FORMAT=xml", "UNTILUP_LOG_FORMAT: 'xml' is not accepted; write text or json"),
    ("", "TARGETS=UP,db:0", f"UNTILUP_TARGETS: target 'db:0': the port '0' {PORT}"),
    ("", "TARGETS=UP db", "UNTILUP_TARGETS: target 'db': it has no port; write 'db:PORT'"),
    ("-- true", "TARGETS=NONE", "UNTILUP_TARGETS: target 'NONE': it has no port"),
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen on loopback, as a target that would be up, and note which clients connect."""
    with socket.create_server((tcp_servers.LOOPBACK, 0)) as server:
        server.settimeout(0)
        yield server


def target_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"


def no_client_connected(listener: socket.socket) -> bool:
    """Tell whether no connection stands in the listener's queue."""
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return True
    connection.close()
    return False


def mistake(untilup: Runs, listener: socket.socket, *argv: str | bytes, **environ: str) -> str:
    """Run untilup with a mistake in argv or in UNTILUP_* variables; return what it says of it."""
    variables = {f"UNTILUP_{name}": text for name, text in environ.items()}
    done = untilup.run(*argv, env=variables)
    assert (done.returncode, done.stdout) == (2, "")
    prefix, _, message = done.stderr.partition(": ")
    assert prefix == "untilup"
    assert message.endswith("\n")
    assert message.removesuffix("\n").isprintable(), "it is one line"
    assert no_client_connected(listener)
    return message


def test_the_listener_would_notice(untilup: Program, listener: socket.socket) -> None:
    """A command line without a mistake is followed by an attempt."""
    assert untilup.run("--once", target_of(listener)).returncode == 0
    assert not no_client_connected(listener)


MISTAKES = [*BY_THE_FAST_READER, *BY_TYPER]


@pytest.mark.parametrize("line", ["UP db:0", "-t5s UP db:0"], ids=["fast reader", "typer"])
def test_the_process_ends_with_the_mistake(
    untilup: Program, answers: Runs, listener: socket.socket, line: str
) -> None:
    """A process says of a mistake what the functions in it say."""
    argv = line.replace("UP", target_of(listener)).split()
    assert mistake(untilup, listener, *argv) == mistake(answers, listener, *argv)


@pytest.mark.parametrize(("line", "message"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_in_argv(answers: Runs, listener: socket.socket, line: str, message: str) -> None:
    """A bad command line is reported in one line, with exit status 2, and nothing is contacted."""
    argv = line.replace("UP", target_of(listener)).split()
    assert mistake(answers, listener, *argv).startswith(message)


@pytest.mark.parametrize(
    ("line", "variable", "message"), BY_VARIABLES, ids=[variable for _, variable, _ in BY_VARIABLES]
)
def test_a_mistake_in_a_variable(
    answers: Runs, listener: socket.socket, line: str, variable: str, message: str
) -> None:
    """A bad variable is reported in one line, with exit status 2, and nothing is contacted."""
    argv = line.replace("UP", target_of(listener)).split()
    name, _, text = variable.partition("=")
    text = text.replace("UP", target_of(listener))
    assert mistake(answers, listener, *argv, **{name: text}).startswith(message)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (b"db\xff:80", "target 'db\\udcff:80': "),
        (b"db:80\n", "target 'db:80\\n': "),
        (b"db\n:80", "target (not shown: it may hold a password): "),
        (b"\x1b[31mdb:80", "target '\\x1b[31mdb:80': "),
        (b"--\xff=\n", "no option --\\udcff; "),
        (b"--timeout=\xff\n", "--timeout: '\\udcff\\n' is not accepted; write "),
        (b"-t\xff\n", "--timeout: '\\udcff\\n' is not accepted; write "),
        (b"x" * 100_000, f"target '{'x' * 117}...': "),
        (b"-z" + b"x" * 100_000, "no option -z; "),
    ],
    ids=[
        "not UTF-8",
        "line end",
        "two words",
        "escape",
        "option",
        "value",
        "attached",
        "long",
        "long option",
    ],
)
def test_odd_bytes_are_escaped(
    answers: Runs, listener: socket.socket, word: bytes, shown: str
) -> None:
    """Whatever the bytes of a word, the error is one printable line, and not a long one."""
    message = mistake(answers, listener, target_of(listener), word)
    assert message.startswith(shown)
    assert len(message) < 400


@pytest.mark.parametrize(
    "argv",
    [
        ["UP", "orakle://user:hunter2@db/app"],
        ["UP", "user:hunter2@db:5432"],
        ["UP", "-t", "user:hunter2@db:5432"],
        ["UP", "-tuser:hunter2@db:5432"],
        ["UP", "--timeot=user:hunter2@db:5432"],
        ["UP", "--user:hunter2@db:5432"],
    ],
    ids=" ".join,
)
def test_a_password_is_not_shown(answers: Runs, listener: socket.socket, argv: list[str]) -> None:
    """A word that may hold a password is not quoted, by whichever reader."""
    words = [target_of(listener) if word == "UP" else word for word in argv]
    message = mistake(answers, listener, *words)
    assert "hunter2" not in message
    assert "not shown" in message or "--timeot" in message


def test_quiet_does_not_hide_a_mistake(answers: Runs, listener: socket.socket) -> None:
    """A usage error is an error, and told with --quiet too."""
    assert mistake(answers, listener, "-q", target_of(listener), "db:0", QUIET="1")


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["x", "-t", "5x", "--help"]], ids=" ".join)
def test_help(answers: Runs, argv: list[str]) -> None:
    """--help prints the help to stdout, whatever else is asked for."""
    done = answers.run(*argv, env={"UNTILUP_TIMEOUT": "nonsense"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == help_text(80)


@pytest.mark.parametrize("argv", [["--version"], ["-V"], ["x", "--version"]], ids=" ".join)
def test_version(answers: Runs, argv: list[str]) -> None:
    """--version prints the version to stdout."""
    done = answers.run(*argv)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"untilup {__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written(untilup: Program, option: str) -> None:
    """If stdout does not take it, one line says why, and the exit status is 1."""
    with Path("/dev/full").open("wb") as full:
        done = untilup.run(option, stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.endswith("untilup: stdout cannot be written to: no space left on device\n")


def test_help_for_a_closed_stdout(untilup: Program) -> None:
    """A closed stdout is no place for help, and is not passed over in silence."""
    untilup.words[:0] = ["sh", "-c", 'exec "$@" >&-', "sh"]
    done = untilup.run("--help")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("untilup: stdout cannot be written to: bad file descriptor\n")


def test_help_for_a_reader_that_has_gone(untilup: Program) -> None:
    """A reader that has seen enough gets nothing more."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = untilup.run("--help", stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_help_ends_a_python_that_is_to_be_inspected(untilup: Program) -> None:
    """PYTHONINSPECT, which is for a program of one's own, shows no traceback of untilup's end."""
    done = untilup.run("--version", env={"PYTHONINSPECT": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, f"untilup {__version__}\n", "")


def test_help_of_the_command(untilup: Program, up: int) -> None:
    """--help after the -- is the command's."""
    done = untilup.run("-q", f"127.0.0.1:{up}", "--", "echo", "--help", "--version", "-t", "5x")
    assert (done.returncode, done.stdout, done.stderr) == (0, "--help --version -t 5x\n", "")


@pytest.mark.parametrize("argv", [["-t5"], ["-t", "5"]], ids=["by typer", "by the fast reader"])
def test_no_other_variable_is_obeyed(untilup: Program, up: int, argv: list[str]) -> None:
    """A variable of the library that reads argv (shell completion) changes nothing."""
    environ = {"_UNTILUP_COMPLETE": "bash_source"}
    done = untilup.run("-q", *argv, f"127.0.0.1:{up}", env=environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# What Kubernetes sets in a pod beside a Service called untilup.
KUBERNETES = {
    "UNTILUP_PORT": "tcp://10.0.0.1:80",
    "UNTILUP_PORT_80_TCP": "tcp://10.0.0.1:80",
    "UNTILUP_PORT_80_TCP_ADDR": "10.0.0.1",
    "UNTILUP_PORT_80_TCP_PORT": "80",
    "UNTILUP_PORT_80_TCP_PROTO": "tcp",
    "UNTILUP_SERVICE_HOST": "10.0.0.1",
    "UNTILUP_SERVICE_PORT": "80",
}


def test_unknown_variables_only_warn(untilup: Program, up: int) -> None:
    """Unknown UNTILUP_* variables are warned of by name, without their values, in one line.

    Every one of them: the one with the typo is not to be lost among Kubernetes's.
    """
    environ = {**KUBERNETES, "UNTILUP_TIMOUT": "hunter2"}
    done = untilup.run(f"127.0.0.1:{up}", "--", "echo", "ran", env=environ)
    assert (done.returncode, done.stdout) == (0, "ran\n")
    warnings = [line for line in done.stderr.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "hunter2" not in done.stderr
    assert "10.0.0.1" not in done.stderr
    assert [name for name in environ if name not in warnings[0]] == []


def test_skip_warns(untilup: Program, listener: socket.socket) -> None:
    """UNTILUP_SKIP=1 runs the command at once, with a warning, and makes no attempt."""
    done = untilup.run(target_of(listener), "--", "echo", "ran", env={"UNTILUP_SKIP": "1"})
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "warning: UNTILUP_SKIP is set: untilup waits for nothing\n" in done.stderr
    assert no_client_connected(listener)


def test_nothing_to_wait_for(untilup: Program) -> None:
    """UNTILUP_TARGETS=none says "nothing to wait for" on purpose."""
    done = untilup.run("--", "echo", "ran", env={"UNTILUP_TARGETS": "none"})
    assert (done.returncode, done.stdout) == (0, "ran\n")
