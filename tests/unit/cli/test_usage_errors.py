"""Usage errors, help and the version, as a process shows them (docs/design.md, The command line).

A usage error is one line on stderr and exit status 2, from either reader of argv, and comes before
anything is looked at.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.untilup_process import Program
from untilup import __version__

HELP = """\
Usage: untilup [OPTIONS] [TARGET]... [-- COMMAND [ARG]...]

  Wait until every TARGET (host:port, or a URL such as http://api/health) is
  up, then become COMMAND.

Options:
  -t, --timeout DURATION      Give up after this long in all, name resolution
                              included; 0 waits for ever. [default 60s,
                              UNTILUP_TIMEOUT]
  --attempt-timeout DURATION  The most that one look at one target may take
                              once its name is resolved (below 3.1s an absent
                              host cannot be told from dropped packets).
                              [default 5s, UNTILUP_ATTEMPT_TIMEOUT]
  --delay DURATION            The first pause after a failed look. [default
                              10ms, UNTILUP_DELAY]
  --max-delay DURATION        The longest pause where a look costs somebody
                              work (a DNS query, a server's answer): 1s at
                              first, then 1/30 of the time since the answer
                              changed. [default 10s, UNTILUP_MAX_DELAY]
  --settle DURATION           How long a new connection must stay open; longer
                              after a slow handshake (at most 250ms) or on a
                              busy machine (at most 1s); 0 turns it off.
                              [default 2ms, UNTILUP_SETTLE]
  --stable DURATION           A target counts only after it has kept passing
                              for this long, looked at every min(max-delay,
                              1s, stable/4). [default 0s, UNTILUP_STABLE]
  --any / --all               Go on as soon as one target is up (--any), or
                              when all are (--all). [default all, UNTILUP_ANY]
  --down / --up               Wait until the targets are down (--down), or up
                              (--up). [default up, UNTILUP_DOWN]
  --strict / --no-strict      On time-out: fail (--strict), or run the command
                              all the same (--no-strict). [default strict,
                              UNTILUP_STRICT]
  --splay DURATION            After a wait, sleep a random part of this before
                              the command (spreads a fleet's stampede); not
                              part of the timeout; skipped if all was up at
                              the first look. [default 0s, UNTILUP_SPLAY]
  --once                      Look once, print a table of what was seen, exit
                              0 or 124; takes no command. [UNTILUP_ONCE]
  -q, --quiet                 Print nothing but errors. [UNTILUP_QUIET]
  -v, --verbose               Print every look. [UNTILUP_VERBOSE]
  --log-format text|json      Print lines for people (text) or for machines
                              (json). [default text, UNTILUP_LOG_FORMAT]
  --version                   Print the version and exit.
  -h, --help                  Show this message and exit.

  Exit status: the command's own; 0 all up and no command; 2 usage; 124 timed
  out; 125 a target can never become ready, or a resource limit; 126 the
  command cannot be executed; 127 it was not found; 128+n signal n, as PID 1.
"""

DURATION = "give 500ms, 5s, 2m, 1h30m or plain seconds, from 1ms to 365d"
FLAG = "give 1, true, yes, on, 0, false, no or off"
FORMS = "give host:port, tcp://host:port or [IPv6 address]:port"
PORT = "is not a port from 1 to 65535"
SEE = "see untilup --help"

# UP stands for a target that is well-formed and up.
BY_THE_FAST_READER = [
    ("-t 5x UP", f"--timeout: '5x' is not accepted; {DURATION}; or 0"),
    ("--timeout=5x UP", f"--timeout: '5x' is not accepted; {DURATION}; or 0"),
    ("--timeout= UP", f"--timeout: '' is not accepted; {DURATION}; or 0"),
    ("UP --timeout 366d", f"--timeout: '366d' is not accepted; {DURATION}; or 0"),
    ("UP --settle 1us", f"--settle: '1us' is not accepted; {DURATION}; or 0"),
    ("UP --attempt-timeout 0", f"--attempt-timeout: '0' is not accepted; {DURATION}"),
    ("UP --delay nan", f"--delay: 'nan' is not accepted; {DURATION}"),
    ("UP --max-delay 0", f"--max-delay: '0' is not accepted; {DURATION}"),
    ("UP --log-format xml", "--log-format: 'xml' is not accepted; give text or json"),
    ("UP -q --verbose", "--quiet and --verbose exclude each other; give one of them"),
    ("UP --settle 5s", "--settle must be shorter than --attempt-timeout, or nothing could be up"),
    ("UP --once -- true", "--once takes no command; it looks, reports and exits"),
    ("UP --", "nothing after '--'; give the command to run (an entrypoint of one's own empties"),
    ("UP gunicorn app:app", "target 'gunicorn': a target is host:port; if it starts the command"),
    ("UP :5432", f"target ':5432': the host is missing; {FORMS}"),
    ("UP db:0", f"target 'db:0': '0' {PORT}"),
    ("UP db:99999", f"target 'db:99999': '99999' {PORT}"),
    ("UP db:http", f"target 'db:http': 'http' {PORT}"),
    ("UP ::1:80", "target '::1:80': an IPv6 address stands in brackets: [::1]:5432"),
    ("UP [::1]", f"target '[::1]': the port is missing; {FORMS}"),
    ("UP [::g]:1", f"target '[::g]:1': not an IPv6 address in brackets; {FORMS}"),
    ("UP gopher://db:70", f"target 'gopher://db:70': unknown scheme 'gopher'; {FORMS}"),
    (
        "UP db:80/health",
        f"target 'db:80/health': a tcp:// target has neither user nor path; {FORMS}",
    ),
    ("UP db:80#timeot=5", "target 'db:80': unknown option 'timeot' after '#'; it may be timeout,"),
    ("UP db:80#settle=5s", "target tcp://db:80: settle= must be shorter than --attempt-timeout"),
    (
        "UP db:80#timeout=1s --stable 1s",
        "target tcp://db:80: timeout= must be longer than --stable",
    ),
    ("UP --stable 1m", "--stable must be shorter than --timeout, or nothing could be up in time"),
    ("UP --once --stable 1s", "--once and --stable exclude each other; give one of them"),
    ("UP --once --splay 1s", "--once and --splay exclude each other; give one of them"),
    ("db:1#optional --any", "--any needs a target that is not optional, or none could decide"),
    ("UP env:NOT_SET", "target 'env:NOT_SET': not set, or empty: NOT_SET"),
    ("-t 5", "no target; give host:port before the --, or set UNTILUP_TARGETS (none if"),
    ("-- true", "no target; give host:port before the --, or set UNTILUP_TARGETS (none if"),
]
BY_TYPER = [
    ("-t5x UP", f"--timeout: '5x' is not accepted; {DURATION}; or 0"),
    ("-t=5 UP", f"--timeout: '=5' is not accepted; {DURATION}; or 0"),
    ("-qt 5x UP", f"--timeout: '5x' is not accepted; {DURATION}; or 0"),
    ("UP --delay -5", f"--delay: '-5' is not accepted; {DURATION}"),
    ("UP --timeout --quiet", f"--timeout: '--quiet' is not accepted; {DURATION}; or 0"),
    ("-t5s UP db:0", f"target 'db:0': '0' {PORT}"),
    (
        "UP gunicorn --bind :80",
        "target 'gunicorn': a target is host:port; if it starts the command",
    ),
    ("UP --nope", "No such option: --nope"),
    ("-t5s UP gunicorn", "target 'gunicorn': a target is host:port; if it starts the command"),
    ("UP -", "target '-': a target is host:port; if it starts the command, put -- before it"),
    ("-qv UP", "--quiet and --verbose exclude each other; give one of them"),
    ("UP --timeot 5", "No such option: --timeot (Possible options: "),
    ("UP --no-quiet", f"No such option: --no-quiet (Possible options: --quiet); {SEE}"),
    ("UP -z", f"No such option: -z; {SEE}"),
    ("UP --quiet=1", f"Option '--quiet' does not take a value.; {SEE}"),
    ("UP --version=1", f"Option '--version' does not take a value.; {SEE}"),
    ("UP -t", f"Option '-t' requires an argument.; {SEE}"),
    ("UP --timeout -- true", f"Option '--timeout' requires an argument.; {SEE}"),
]
BY_VARIABLES = [
    ("UP", "TIMEOUT=5x", f"UNTILUP_TIMEOUT: '5x' is not accepted; {DURATION}; or 0"),
    ("UP", "ATTEMPT_TIMEOUT=0", f"UNTILUP_ATTEMPT_TIMEOUT: '0' is not accepted; {DURATION}"),
    ("UP", "STRICT=maybe", f"UNTILUP_STRICT: 'maybe' is not accepted; {FLAG}"),
    ("UP", "SKIP=maybe", f"UNTILUP_SKIP: 'maybe' is not accepted; {FLAG}"),
    ("UP", "LOG_FORMAT=xml", "UNTILUP_LOG_FORMAT: 'xml' is not accepted; give text or json"),
    ("", "TARGETS=UP,db:0", f"target 'db:0': '0' {PORT}"),
    ("", "TARGETS=UP db", "target 'db': a target is host:port; if it starts the command"),
    ("", "TARGETS=,", "no target; give host:port before the --"),
    ("", "TARGETS=", "no target; give host:port before the --"),
    ("-- true", "TARGETS=NONE", "target 'NONE': a target is host:port"),
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen on loopback, as a target that would be up, and note who connects."""
    with socket.create_server((tcp_servers.LOOPBACK, 0)) as server:
        server.settimeout(0)
        yield server


def target_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"


def nobody_connected(listener: socket.socket) -> bool:
    """Tell whether no connection stands in the listener's queue."""
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return True
    connection.close()
    return False


def mistake(untilup: Program, listener: socket.socket, *argv: str | bytes, **environ: str) -> str:
    """Run untilup with a mistake in argv or in UNTILUP_* variables; return what it says of it."""
    variables = {f"UNTILUP_{name}": text for name, text in environ.items()}
    done = untilup.run(*argv, env=variables)
    assert (done.returncode, done.stdout) == (2, "")
    prefix, _, message = done.stderr.partition(": ")
    assert prefix == "untilup"
    assert message.endswith("\n")
    assert message.removesuffix("\n").isprintable(), "it is one line"
    assert nobody_connected(listener)
    return message


def test_the_listener_would_notice(untilup: Program, listener: socket.socket) -> None:
    """A command line without a mistake is followed by a look."""
    assert untilup.run("--once", target_of(listener)).returncode == 0
    assert not nobody_connected(listener)


MISTAKES = [*BY_THE_FAST_READER, *BY_TYPER]


@pytest.mark.parametrize(("line", "message"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_in_argv(
    untilup: Program, listener: socket.socket, line: str, message: str
) -> None:
    """A bad command line is told in one line, with exit status 2, and nothing is looked at."""
    argv = line.replace("UP", target_of(listener)).split()
    assert mistake(untilup, listener, *argv).startswith(message)


@pytest.mark.parametrize(
    ("line", "variable", "message"), BY_VARIABLES, ids=[variable for _, variable, _ in BY_VARIABLES]
)
def test_a_mistake_in_a_variable(
    untilup: Program, listener: socket.socket, line: str, variable: str, message: str
) -> None:
    """A bad variable is told in one line, with exit status 2, and nothing is looked at."""
    argv = line.replace("UP", target_of(listener)).split()
    name, _, text = variable.partition("=")
    text = text.replace("UP", target_of(listener))
    assert mistake(untilup, listener, *argv, **{name: text}).startswith(message)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (b"db\xff:80", "target 'db\\udcff:80': "),
        (b"db:80\n", "target 'db:80\\n': "),
        (b"db\n:80", "target (not shown: it may hold a password): "),
        (b"\x1b[31mdb:80", "target '\\x1b[31mdb:80': "),
        (b"--\xff=\n", "No such option: "),
        (b"--timeout=\xff\n", "--timeout: '\\udcff\\n' is not accepted; give "),
        (b"-t\xff\n", "--timeout: '\\udcff\\n' is not accepted; give "),
        (b"x" * 100_000, f"target '{'x' * 117}...': "),
        (b"-z" + b"x" * 100_000, "No such option: -z; "),
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
    untilup: Program, listener: socket.socket, word: bytes, shown: str
) -> None:
    """Whatever the bytes of a word, the error is one printable line, and not a long one."""
    message = mistake(untilup, listener, target_of(listener), word)
    assert message.startswith(shown)
    assert len(message) < 400


@pytest.mark.parametrize(
    "argv",
    [
        ["UP", "oracle://user:hunter2@db/app"],
        ["UP", "user:hunter2@db:5432"],
        ["UP", "-t", "user:hunter2@db:5432"],
        ["UP", "-tuser:hunter2@db:5432"],
        ["UP", "--timeot=user:hunter2@db:5432"],
        ["UP", "--user:hunter2@db:5432"],
    ],
    ids=" ".join,
)
def test_a_password_is_not_shown(
    untilup: Program, listener: socket.socket, argv: list[str]
) -> None:
    """A word that may hold a password is not quoted, by whichever reader."""
    words = [target_of(listener) if word == "UP" else word for word in argv]
    message = mistake(untilup, listener, *words)
    assert "hunter2" not in message
    assert "not shown" in message or "--timeot" in message


def test_quiet_does_not_hide_a_mistake(untilup: Program, listener: socket.socket) -> None:
    """A usage error is an error, and told with --quiet too."""
    assert mistake(untilup, listener, "-q", target_of(listener), "db:0", QUIET="1")


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["x", "-t", "5x", "--help"]], ids=" ".join)
def test_help(untilup: Program, argv: list[str]) -> None:
    """--help prints everything there is to know to stdout, whatever else is asked for."""
    done = untilup.run(*argv, env={"UNTILUP_TIMEOUT": "nonsense"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == HELP


@pytest.mark.parametrize("argv", [["--version"], ["x", "--version"]], ids=" ".join)
def test_version(untilup: Program, argv: list[str]) -> None:
    """--version prints the version to stdout."""
    done = untilup.run(*argv)
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
    """A reader that has seen enough is told nothing."""
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

    Every one of them: the one with the typing error is not to be lost among Kubernetes's.
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
    """UNTILUP_SKIP=1 runs the command at once, with a warning, and looks at nothing."""
    done = untilup.run(target_of(listener), "--", "echo", "ran", env={"UNTILUP_SKIP": "1"})
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "warning: UNTILUP_SKIP is set: nothing is waited for\n" in done.stderr
    assert nobody_connected(listener)


def test_nothing_to_wait_for(untilup: Program) -> None:
    """UNTILUP_TARGETS=none says "nothing to wait for" on purpose."""
    done = untilup.run("--", "echo", "ran", env={"UNTILUP_TARGETS": "none"})
    assert (done.returncode, done.stdout) == (0, "ran\n")
