"""Whoever builds the executable of this source gets the same bytes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import LONGEST_BUILD, needs_of_a_build
from tests.support import requirements
from tests.support.untilup_process import BINARY, FOR_AARCH64, FROZEN_FOR_AARCH64, PATIENCE

CHECKOUT = BINARY.parents[1]
NAMES = {"untilup-linux-x86_64", "untilup-linux-x86_64-frozen"}
# Python that does something, and becomes the program that is named after it.
BECOMES = "; import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
# Not every sh leaves them blocked.
BLOCKS = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())" + BECOMES
LISTENS = """
import socket, subprocess
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = socket.create_server(("127.0.0.1", 1), backlog=100)
server.set_inheritable(True)
""" + BECOMES.removeprefix("; ")
IGNORES = ["sh", "-c", 'trap "" HUP INT QUIT TERM ALRM USR1; exec "$@"', "sh"]
OF_A_CONTAINER = ["unshare", "--pid", "--fork"]


def digest(file: Path) -> str:
    """Return the hash of a *file*: where two differ, nobody wants to see them."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.timeout(LONGEST_BUILD)
def test_two_builds_are_the_same() -> None:
    """Built in another folder, environment, time zone and umask, both executables are the same."""
    needs_of_a_build()
    requirements.programs("a comparison", "cmp", required="UNTILUP_REQUIRE_BINARY")
    # `make binary-reproducible` builds CPython twice, too.
    done = subprocess.run(
        [CHECKOUT / "binary" / "reproducible", "quick"],
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split()[1] for line in done.stdout.splitlines()} == NAMES


@pytest.mark.timeout(LONGEST_BUILD)
@pytest.mark.parametrize(
    "starter",
    [
        pytest.param(IGNORES, id="ignored-signals"),
        pytest.param([sys.executable, "-c", BLOCKS, "bash"], id="blocked-signals"),
        pytest.param(OF_A_CONTAINER, id="small-pids"),
    ],
)
def test_who_builds_it_leaves_no_trace(tmp_path: Path, starter: list[str]) -> None:
    """Built in the background, with signals held back, or in a container, it is the same."""
    if starter is OF_A_CONTAINER:
        requirements.namespaces(starter)
    checkout = probe.copy_checkout(tmp_path)
    probe.build_in(checkout, "snapshot", *starter)
    assert digest(checkout / "dist" / BINARY.name) == digest(BINARY)


@pytest.mark.timeout(LONGEST_BUILD)
def test_it_can_be_built_while_it_runs(tmp_path: Path) -> None:
    """A build takes the place of an executable that runs, and disturbs it in nothing."""
    checkout = probe.copy_checkout(tmp_path)
    executable = checkout / "dist" / BINARY.name
    executable.parent.mkdir()
    shutil.copy(BINARY, executable)
    before = executable.stat().st_ino
    with subprocess.Popen([executable, "127.0.0.1:1"], stderr=subprocess.DEVNULL) as process:
        try:
            probe.build_in(checkout, "snapshot")
            assert process.poll() is None
        finally:
            process.kill()
    assert executable.stat().st_ino != before
    assert sorted(file.name for file in executable.parent.iterdir()) == ["SHA256SUMS", BINARY.name]


@pytest.mark.timeout(LONGEST_BUILD)
def test_no_snapshot_of_something_else(tmp_path: Path) -> None:
    """Where somebody listens where the runs before the snapshot need nobody, the build says so and fails."""
    alone = ["unshare", "--net"]
    requirements.namespaces(alone)
    requirements.programs("a loopback of one's own", "ip", required="UNTILUP_REQUIRE_NETNS")
    with pytest.raises(AssertionError, match="was to end otherwise"):
        probe.build_in(
            probe.copy_checkout(tmp_path), "snapshot", *alone, sys.executable, "-c", LISTENS
        )


def test_the_sums_are_those_of_the_executables() -> None:
    """SHA256SUMS beside the executables has the sum of each that is there."""
    folder = BINARY.parent
    subprocess.run(
        ["sha256sum", "--strict", "--check", "SHA256SUMS"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    listed = {line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    names = {*NAMES, FOR_AARCH64.name, FROZEN_FOR_AARCH64.name}
    assert listed == {name for name in names if (folder / name).exists()}
