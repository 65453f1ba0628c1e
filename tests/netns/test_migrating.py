"""Every command of docs/migrating.md does what the page says, beside the tool that it replaces."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.namespaces import Namespace, two_on_a_wire
from tests.support import http_server, tcp_servers
from tests.support.migration_guide import COMMANDS, PAIRS
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.netns

NAMES = ("db", "cache", "api")
# By the first word of their commands: those that package registries have.
PEERS = {
    "wait-for-it.sh": "/usr/bin/wait-for-it",
    "wait-for-it": str(Path(sys.executable).with_name("wait-for-it")),
    "wait4x": shutil.which("wait4x"),
}
BEFORE = [before for before, _ in PAIRS if before.split()[0] in PEERS]
START = "#!/bin/sh\necho started, $# words\n"


@pytest.fixture(scope="module")
def project() -> Iterator[Namespace]:
    """Make a network in which everything that the page's commands wait for is up."""
    with two_on_a_wire() as (network, _), contextlib.ExitStack() as stack:
        network.hosts(*(f"{tcp_servers.LOOPBACK} {name}" for name in NAMES))
        with network.inside():
            stack.enter_context(tcp_servers.serving(tcp_servers.silent, 5432))
            stack.enter_context(tcp_servers.serving(tcp_servers.silent, 6379))
            stack.enter_context(tcp_servers.serving(http_server.answering(200), 8080))
        yield network


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory with what the page's commands start."""
    for name in ("start", "dockerize"):
        (tmp_path / name).write_text(START)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def run(command: str, network: Namespace, directory: Path) -> str:
    """Run *command* in *directory*, in which its programs are, and return what it writes to stdout."""
    done = subprocess.run(
        [*network.words, "sh", "-c", command],
        env={"PATH": f"{directory}:{os.environ['PATH']}"},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_our_command_starts_what_it_is_to_start(
    command: str, project: Namespace, directory: Path, distribution: str
) -> None:
    """What a tool's command becomes waits for its targets, and then is the command."""
    (directory / "untilup").symlink_to(distribution)
    assert run(command, project, directory).startswith("started, ")


@pytest.mark.parametrize("command", BEFORE)
def test_so_does_theirs(command: str, project: Namespace, directory: Path) -> None:
    """The command that it stands beside is one that the tool understands, and does the same."""
    name = command.split(maxsplit=1)[0]
    peer = PEERS[name]
    if peer is None or not Path(peer).exists():
        pytest.skip(f"no {name} (apt-get install {name.removesuffix('.sh')})")
    (directory / name).symlink_to(peer)
    assert "started, 0 words\n" in run(command, project, directory)
