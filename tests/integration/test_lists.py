"""Lists of targets and targets with secrets, as a process reads them (docs/design.md, Targets)."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import pytest

from tests.support import json_log, tcp_servers
from tests.support.http_server import answering, verdict
from tests.support.in_process import Runs
from tests.support.tcp_servers import LOOPBACK, serving
from tests.support.untilup_process import LONG, PATIENCE, Program

SECRET = "hunter2"
UP, USAGE, LATE = 0, 2, 124


def pong(client: socket.socket) -> None:
    """Answer PING as Redis does."""
    client.settimeout(PATIENCE)
    if client.recv(4096):
        client.sendall(b"+PONG\r\n")


def said_until(untilup: Program, told: tuple[str, ...], *argv: str, env: Mapping[str, str]) -> str:
    """Return what is said until all that is *told* has been, or untilup has ended."""
    process = untilup.start("-t", str(PATIENCE), *argv, env=env)
    assert process.stderr
    output = ""
    for line in process.stderr:
        output += line.decode()
        if all(each in output for each in told):
            process.terminate()
    return output


@pytest.mark.parametrize("place", ["argv", "UNTILUP_TARGETS", "env:"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_all_of_a_list_are_waited_for(
    untilup: Program, port: int, place: str, separator: str
) -> None:
    """Of URLs in one word, wherever it stands, all are waited for, each by its own protocol."""
    with serving(pong) as redis:
        word = f"redis://{LOOPBACK}:{redis}/0{separator}http://{LOOPBACK}:{port}/"
        argv = {"argv": [word], "env:": ["env:V"]}.get(place, [])
        environ = {} if place == "argv" else {"V" if place == "env:" else place: word}
        told = (
            f"redis://{LOOPBACK}:{redis}/0 is up",
            f"http://{LOOPBACK}:{port}/ is not up: connection refused",
        )
        assert all(line in said_until(untilup, told, *argv, env=environ) for line in told)


@pytest.mark.parametrize("variable", [True, False], ids=["variable", "argv"])
def test_two_readings_are_refused(untilup: Program, up: int, port: int, *, variable: bool) -> None:
    """What may be several targets, or one with several hosts, is a usage error with both spellings."""
    word = f"redis://{LOOPBACK}:{up},{LOOPBACK}:{port}"
    argv, environ = ([], {"UNTILUP_TARGETS": word}) if variable else ([word], {})
    done = untilup.run(*argv, "--", "echo", "ran", env=environ)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (USAGE, "", 1)
    assert f"'{word.replace(',', ' ')}' for several targets" in done.stderr
    assert f"'{word}/' for one with several hosts" in done.stderr


def test_any_server_of_a_service_will_do(untilup: Program, port: int) -> None:
    """Of URLs of one scheme in a variable one server is enough, and each gets its own request alone."""
    web = answering(200)
    with serving(web) as up:
        urls = f"http://u:{SECRET}@{LOOPBACK}:{port}/one,http://u:p@{LOOPBACK}:{up}/two"
        done = untilup.run("-t", LONG, "env:V", "--", "echo", "ran", env={"V": urls})
        assert (done.returncode, done.stdout) == (UP, "ran\n")
        told = "env:V is a list of 2 servers: any one of them is enough; #all waits for all of them"
        assert done.stderr.count(told) == 1
        assert [request.split()[1] for request in web.asked] == [b"/two"]
        assert SECRET not in done.stderr
        assert SECRET.encode() not in b"".join(web.asked)
        assert verdict(untilup, "env:V#all", {"V": urls})[0] == LATE


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "HTTP 503"),
        (["--log-format", "json"], "HTTP 503"),
        (["--once"], "connection refused"),
    ],
    ids=["text", "json", "once"],
)
def test_no_password_of_a_list_shows(
    untilup: Program, port: int, options: list[str], told: str
) -> None:
    """No password of a list is written in any format, nor sent to another server of it."""
    web = answering(503)
    with serving(web) as up:
        urls = f"http://u:p@{LOOPBACK}:{up}/,http://u:{SECRET}@{LOOPBACK}:{port}/"
        output = said_until(untilup, (told,), "-v", *options, "env:V", env={"V": urls})
    assert f"http://{LOOPBACK}:{up},{LOOPBACK}:{port}/" in output
    assert web.asked
    assert SECRET not in output
    assert SECRET.encode() not in b"".join(web.asked)


REFUSED = [
    "redis://h:6379/0,password=hunter2",
    "postgres://db/app;password=hunter2",
    "mysql://db/app;password=hunter2",
    "host=db port=5432 user=u password=hunter2",
    "Host=db;Password=hunter2",
    "jdbc:none://db:1433;user=sa;password=hunter2",
    "redis:6379,token=hunter2",
    "redis://:hunter2",
    "http://joe:12/hunter2@db/health",
    "http://api#X-Api-Key:hunter2",
    "exec:PGPASSWORD=hunter2 psql",
]


@pytest.mark.parametrize("word", REFUSED)
def test_what_may_hold_a_secret_is_refused_without_it(answers: Runs, word: str) -> None:
    """What is no target, and may hold a secret, is refused in one line, and none of it is repeated."""
    for argv, environ in (
        ([word], {}),
        ([], {"UNTILUP_TARGETS": word}),
        (["env:V"], {"V": word}),
        (["--log-format", "json", word], {}),
    ):
        done = answers.run(*argv, "--", "echo", "ran", env=environ)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (USAGE, "", 1)
        assert SECRET not in done.stderr


def test_a_hash_sign_in_an_argument_of_a_command(untilup: Program) -> None:
    """A ' #' inside of quotes belongs to the command, and is not shown."""
    done = untilup.run("exec:test 'part #hunter2' = 'part #hunter2' #timeout=20s")
    assert (done.returncode, SECRET in done.stderr) == (UP, False)


@pytest.mark.parametrize("options", [[], ["--log-format", "json"]], ids=["text", "json"])
def test_a_variable_before_the_command(untilup: Program, up: int, options: list[str]) -> None:
    """NAME=value in the command's place ends with 127, says that no shell is run, and no value."""
    target = f"{LOOPBACK}:{up}"
    done = untilup.run(*options, target, "--", f"PGPASSWORD={SECRET}", "psql")
    assert done.returncode == 127
    assert "PGPASSWORD..." in done.stderr
    assert "no shell is run" in done.stderr
    assert SECRET not in done.stderr
    assert not options or json_log.read(done.stderr)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("256.0.0.1:1", "the host is four numbers, but not an IPv4 address"),
        ("[fe80::1]:5432", "a link-local address needs its zone"),
        ("tcp:db:5432", "in a URL '//' follows the scheme; did you mean 'tcp://db:5432'?"),
        ("http:localhost:80", "in a URL '//' follows the scheme; did you mean http://HOST:PORT?"),
        ("${DB_PORT:-5432}", "it has a '$', and no variable is replaced here"),
        ("::1:5432", "an IPv6 address needs brackets: [::1]:5432"),
        ("db:5432:1", "it has more than one ':'"),
    ],
)
def test_what_is_wrong_is_what_is_told(untilup: Program, word: str, problem: str) -> None:
    """A malformed target is refused for what is wrong with it, and not for its colons."""
    done = untilup.run(word)
    assert done.returncode == USAGE
    assert problem in done.stderr


def test_targets_in_one_argument(untilup: Program, up: int) -> None:
    """Targets in one argument, with spaces between, are as many as there are."""
    with serving(tcp_servers.silent) as another:
        done = untilup.run(f"{LOOPBACK}:{up} {LOOPBACK}:{another}")
    assert done.returncode == UP
    assert done.stderr.count(" is up ") == 2
