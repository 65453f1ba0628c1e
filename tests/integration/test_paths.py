"""unix:// and file:// - paths that come, go and change while they are waited for."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import json_log
from tests.support.eventually import Eventually
from tests.support.untilup_process import LONG, PATIENCE, Program

Log = list[dict[str, object]]


class Waiting:
    """untilup, waiting, and what it has said so far."""

    def __init__(self, untilup: Program, log: Path, *argv: str) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self.process: subprocess.Popen[bytes] = untilup.start(
                "-t", LONG, "--log-format", "json", *argv, stderr=stderr
            )

    def reasons(self) -> list[object]:
        """Return the reasons of all changes so far; of a line under way nothing."""
        text = self._log.read_text()
        lines = json_log.read(text[: text.rfind("\n") + 1])
        return [line["reason"] for line in lines if line["event"] == "attempt-failed"]

    def end(self) -> int:
        """Return the exit status, once there is one."""
        return self.process.wait(PATIENCE)


@pytest.fixture
def waiting(untilup: Program, tmp_path: Path) -> Callable[..., Waiting]:
    """Return what starts to wait."""
    return lambda *argv: Waiting(untilup, tmp_path / "log", *argv)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a stream socket that has a path, and does not listen yet."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "late"))
        (tmp_path / "late").rename(tmp_path / "hidden")
        yield server


def test_a_socket_that_comes_late(
    waiting: Callable[..., Waiting],
    tmp_path: Path,
    listener: socket.socket,
    eventually: Eventually,
) -> None:
    """A socket that does not exist, that has no listener, and that accepts: each state is reported."""
    run = waiting(f"unix://{tmp_path}/socket")
    eventually(lambda: run.reasons() == ["absent"])
    (tmp_path / "hidden").rename(tmp_path / "socket")
    eventually(lambda: run.reasons() == ["absent", "refused"])
    listener.listen()
    assert run.end() == 0


def test_a_socket_that_goes(
    waiting: Callable[..., Waiting],
    tmp_path: Path,
    listener: socket.socket,
    eventually: Eventually,
) -> None:
    """With --down a socket without a listener is down."""
    listener.listen()
    run = waiting("--down", f"unix://{tmp_path}/hidden")
    eventually(lambda: run.reasons() == ["up"])
    listener.close()
    assert run.end() == 0


@pytest.mark.parametrize("scheme", ["unix", "file"])
def test_what_proves_down(untilup: Program, tmp_path: Path, scheme: str) -> None:
    """A path that does not exist is down; without its directory it may be misspelled."""
    assert untilup.run("--down", f"{scheme}://{tmp_path}/missing").returncode == 0
    done = untilup.run("--once", "--down", f"{scheme}://{tmp_path}/no-directory/missing")
    assert done.returncode == 124
    assert "proves nothing" in done.stderr


def test_a_file_that_comes_grows_and_stays(
    waiting: Callable[..., Waiting], tmp_path: Path, eventually: Eventually
) -> None:
    """A file has to be there, hold something, and then stay as large as it is."""
    run = waiting(f"file://{tmp_path}/dump#nonempty&stable=300ms", "--", "true")
    eventually(lambda: run.reasons() == ["absent"])
    (tmp_path / "dump").touch()
    eventually(lambda: run.reasons() == ["absent", "empty"])
    (tmp_path / "dump").write_text("x")
    eventually(lambda: run.reasons() == ["absent", "empty", "changing"])
    assert run.end() == 0


def test_a_file_that_goes(
    waiting: Callable[..., Waiting], tmp_path: Path, eventually: Eventually
) -> None:
    """With absent a file has to go."""
    (tmp_path / "lock").touch()
    run = waiting(f"file://{tmp_path}/lock#absent")
    eventually(lambda: run.reasons() == ["present"])
    (tmp_path / "lock").unlink()
    assert run.end() == 0


def test_both_are_told_once(untilup: Program, tmp_path: Path) -> None:
    """--once tells of a path what was seen and what it means."""
    done = untilup.run("--once", f"file://{tmp_path}", f"file://{tmp_path}/x", f"unix://{tmp_path}")
    assert done.returncode == 124
    assert "file does not exist" in done.stderr
    assert "a directory instead of the socket" in done.stderr
    assert "1 up" in done.stderr
