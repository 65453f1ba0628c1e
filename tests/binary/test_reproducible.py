"""A build of this source gives the same bytes, whatever it runs in."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import LONGEST_BUILD
from tests.support import requirements
from tests.support.untilup_process import BINARY, PATIENCE

EXEC = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
# A build in the background, in a container, by a user who shows no files to others. Some shells
# unblock all signals, bash leaves them as they are.
DISPOSITIONS = f"""
import signal
for each in {{signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1}}:
    signal.signal(each, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
{EXEC}
"""
OF_A_CONTAINER = ["unshare", "--pid", "--fork"]
ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C.UTF-8",
    "USER": "another",
    "LOGNAME": "another",
    "PYTHONHASHSEED": "1",
    "SOME_VARIABLE": "anything",
}
NETWORK_OF_ITS_OWN = ["unshare", "--net"]
LISTEN = f"""
import socket, subprocess
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = socket.create_server(("127.0.0.1", 1), backlog=100)
server.set_inheritable(True)
{EXEC}
"""


def digest(file: Path) -> str:
    """Return the hash of a *file*: pytest would show the difference of two files in full."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.release
@pytest.mark.timeout(LONGEST_BUILD)
def test_a_build_under_other_conditions_gives_the_same_bytes(tmp_path: Path) -> None:
    """Directory, environment, time zone, umask, small PIDs and signals that are ignored or blocked leave no trace.

    The build replaces an executable that runs, and does not disturb it.
    """
    requirements.namespaces(OF_A_CONTAINER)
    checkout = probe.copy_checkout(tmp_path / "another" / "directory")
    executable = checkout / "dist" / BINARY.name
    executable.parent.mkdir()
    shutil.copy(BINARY, executable)
    before = executable.stat().st_ino
    with subprocess.Popen(
        [executable, "-t", "0", "127.0.0.1:1"], stderr=subprocess.DEVNULL
    ) as process:
        try:
            starter = [*OF_A_CONTAINER, sys.executable, "-c", DISPOSITIONS, "bash"]
            probe.build_in(checkout, "snapshot", *starter, env=ELSEWHERE, umask=0o077)
            assert process.poll() is None
        finally:
            process.kill()
    assert executable.stat().st_ino != before
    assert sorted(file.name for file in executable.parent.iterdir()) == ["SHA256SUMS", BINARY.name]
    assert digest(executable) == digest(BINARY)


@pytest.mark.release
@pytest.mark.timeout(LONGEST_BUILD)
def test_no_snapshot_of_something_else(tmp_path: Path) -> None:
    """The build fails, and says why, if a server listens where untilup must be refused before the snapshot."""
    requirements.namespaces(NETWORK_OF_ITS_OWN)
    requirements.programs("a loopback of its own", "ip", required="UNTILUP_REQUIRE_NETNS")
    starter = [*NETWORK_OF_ITS_OWN, sys.executable, "-c", LISTEN]
    with pytest.raises(AssertionError, match="ended in unexpected ways"):
        probe.build_in(probe.copy_checkout(tmp_path), "snapshot", *starter)


def test_the_sums_are_those_of_all_files() -> None:
    """SHA256SUMS has the sum of each file in dist/, including what make dist made before."""
    directory = BINARY.parent
    subprocess.run(
        ["sha256sum", "--strict", "--check", "SHA256SUMS"],
        cwd=directory,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    listed = {line.split()[1] for line in (directory / "SHA256SUMS").read_text().splitlines()}
    files = {file.name for file in directory.iterdir() if file.is_file()}
    assert listed == {name for name in files if not name.startswith("SHA256SUMS")}
