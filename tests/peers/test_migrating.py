"""What docs/migrating.md says that other tools do otherwise, seen on those that are installed.

Each test has both: what the other does, and what untilup does in its place.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.migration_guide import section
from tests.support.untilup_process import Program

SCRIPT = "/usr/bin/wait-for-it"
OF_PYPI = str(Path(sys.executable).with_name("wait-for-it"))
WAIT4X = shutil.which("wait4x") or "wait4x"
# Their words for a timeout of one second, before the target.
ONE_SECOND = {
    SCRIPT: ["-t", "1"],
    OF_PYPI: ["-t", "1", "-s"],
    WAIT4X: ["tcp", "-t", "1s"],
}
# What the page calls them, and what they have a help of: itself, or each of its checks.
HELPS = [
    ("wait-for-it.sh", SCRIPT, ""),
    ("wait-for-it of PyPI", OF_PYPI, ""),
    *(
        ("wait4x", WAIT4X, check)
        for check in (
            *("tcp", "http", "exec", "kafka", "mongodb", "mysql", "postgresql", "rabbitmq"),
            *("dns A", "dns AAAA", "dns CNAME", "dns MX", "dns NS", "dns TXT"),
        )
    ),
]
FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]*")
RAN = ["--", "echo", "ran"]
PARENT = ["--", "sh", "-c", "echo $PPID"]

Peer = Callable[[str], Program]


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Return what gives another tool by its path, or skips where it is not."""
    programs = []

    def installed(path: str) -> Program:
        if shutil.which(path) is None:
            pytest.skip(f"no {path} (apt-get install {Path(path).name})")
        programs.append(Program([path]))
        return programs[-1]

    yield installed
    for program in programs:
        program.end()


@pytest.fixture
def refused(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


@pytest.fixture
def served(up: int) -> str:
    """Return a target that is up."""
    return f"127.0.0.1:{up}"


@pytest.mark.parametrize(("tool", "path", "check"), HELPS)
def test_each_of_their_options_is_on_the_page(peer: Peer, tool: str, path: str, check: str) -> None:
    """Whatever option the tool's own help has stands in its section of the page."""
    done = peer(path).run(*check.split(), "--help")
    # wait4x has examples before them.
    output = (done.stdout + done.stderr).rpartition("\nFlags:\n")[2]
    flags = set(FLAG.findall(output))
    assert flags >= {"--timeout"}
    assert {flag for flag in flags if flag not in section(tool)} == set()


@pytest.mark.parametrize("path", ONE_SECOND, ids=["debian", "pypi", "wait4x"])
def test_a_proxy_without_a_backend(peer: Peer, untilup: Program, path: str) -> None:
    """A port that accepts and closes at once is up for the others, and not for untilup."""
    with tcp_servers.serving(tcp_servers.close_at_once) as port:
        forwarder = f"127.0.0.1:{port}"
        assert peer(path).run(*ONE_SECOND[path], forwarder).returncode == 0
        assert untilup.run("-t", "1", forwarder).returncode == 124


@pytest.mark.parametrize(
    ("path", "status"), [(SCRIPT, 124), (OF_PYPI, 1), (WAIT4X, 124)], ids=["debian", "pypi", "wait4x"]
)  # fmt: skip
def test_the_status_of_a_time_out(
    peer: Peer, untilup: Program, refused: str, path: str, status: int
) -> None:
    """After a timeout PyPI's exits with 1, the others with 124."""
    assert peer(path).run(*ONE_SECOND[path], refused).returncode == status
    assert untilup.run("-t", "1", refused).returncode == 124


def test_after_a_time_out_the_script_runs_the_command(
    peer: Peer, untilup: Program, refused: str
) -> None:
    """Without --strict wait-for-it.sh runs the command after a timeout; untilup with --no-strict."""
    script = peer(SCRIPT)
    assert script.run("-t", "1", refused, *RAN).stdout == "ran\n"
    assert script.run("-t", "1", "--strict", refused, *RAN).stdout == ""
    assert untilup.run("-t", "1", refused, *RAN).stdout == ""
    assert untilup.run("-t", "1", "--no-strict", refused, *RAN).stdout == "ran\n"


def test_the_script_knows_one_target(
    peer: Peer, untilup: Program, refused: str, served: str
) -> None:
    """Of two targets wait-for-it.sh waits for the last alone; untilup for both."""
    assert peer(SCRIPT).run("-t", "1", refused, served).returncode == 0
    assert untilup.run("-t", "1", refused, served).returncode == 124


def test_a_time_out_that_is_none(peer: Peer, untilup: Program, served: str) -> None:
    """A timeout that is no number means none to wait-for-it.sh; to untilup it is a mistake."""
    assert "without a timeout" in peer(SCRIPT).run("-t", "x", served).stderr
    assert untilup.run("-t", "x", served).returncode == 2


@pytest.mark.parametrize("path", [SCRIPT, WAIT4X], ids=["debian", "wait4x"])
def test_a_port_that_cannot_be(peer: Peer, untilup: Program, path: str) -> None:
    """A port 99999 is waited for by wait-for-it.sh and wait4x; to untilup it is a mistake."""
    assert peer(path).run(*ONE_SECOND[path], "127.0.0.1:99999").returncode == 124
    assert untilup.run("-t", "1", "127.0.0.1:99999").returncode == 2


def test_who_is_the_parent_of_the_command(peer: Peer, untilup: Program, served: str) -> None:
    """PyPI's stays as the parent of its command, and writes to its stdout; untilup does neither."""
    theirs = peer(OF_PYPI).start(*ONE_SECOND[OF_PYPI], served, *PARENT)
    output = theirs.communicate()[0].decode().splitlines()
    assert str(theirs.pid) in output
    assert len(output) > 1
    assert untilup.run("-t", "1", served, *PARENT).stdout == f"{os.getpid()}\n"


def test_the_exit_status_through_wait4x(peer: Peer, untilup: Program, served: str) -> None:
    """wait4x ends with 1 where its command ends with 7; untilup is the command."""
    seven = [served, "--", "sh", "-c", "exit 7"]
    assert peer(WAIT4X).run(*ONE_SECOND[WAIT4X], *seven).returncode == 1
    assert untilup.run("-t", "1", *seven).returncode == 7


def test_the_words_through_wait4x(peer: Peer, untilup: Program, served: str) -> None:
    """wait4x replaces variables in the words of its command; untilup leaves them alone."""
    words = [served, "--", "printf", "%s", "$LOOKS"]
    env = {"LOOKS": "like a variable"}
    assert peer(WAIT4X).run(*ONE_SECOND[WAIT4X], *words, env=env).stdout == "like a variable"
    assert untilup.run("-t", "1", *words, env=env).stdout == "$LOOKS"


def test_stdin_through_wait4x(peer: Peer, untilup: Program, served: str, tmp_path: Path) -> None:
    """The command of wait4x has nothing to read; untilup's has all."""
    (tmp_path / "text").write_text("all")
    words = [served, "--", "cat"]
    for program, argv, read in (
        (peer(WAIT4X), ONE_SECOND[WAIT4X], ""),
        (untilup, ["-t", "1"], "all"),
    ):
        with (tmp_path / "text").open() as stdin:
            assert program.run(*argv, *words, stdin=stdin).stdout == read


def test_a_name_that_is_unknown_inverted(peer: Peer, untilup: Program) -> None:
    """A name that is unknown is down at once for wait4x; for untilup it proves nothing."""
    unknown = "untilup.invalid:80"
    assert peer(WAIT4X).run(*ONE_SECOND[WAIT4X], "--invert-check", unknown).returncode == 0
    assert untilup.run("-t", "1", "--down", unknown).returncode == 124
