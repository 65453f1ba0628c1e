"""``--copy-to``: the executable copies itself; a Python package says what to use instead."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.eventually import eventually
from tests.support.untilup_process import BINARY, PATIENCE, WHEEL, Program

LIMIT = 1 << 20


def names(directory: Path) -> list[str]:
    """Return what is in *directory*."""
    return [entry.name for entry in directory.iterdir()]


@pytest.fixture
def executable() -> Iterator[Program]:
    """Return the executable, ready to be run."""
    requirements.binary()
    program = Program([str(BINARY)])
    yield program
    program.end()


def test_a_copy_is_the_whole_executable(executable: Program, tmp_path: Path) -> None:
    """The copy has the same bytes, mode 0755 whatever the umask is, and no other file is left."""
    path = tmp_path / "copy"
    copied = executable.run("--copy-to", str(path), umask=0o077)
    assert (copied.returncode, copied.stdout, copied.stderr) == (0, "", "")
    assert path.read_bytes() == BINARY.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert names(tmp_path) == ["copy"]
    said = subprocess.check_output([path, "--version"], text=True, timeout=PATIENCE)
    assert said.startswith("untilup ")


def test_into_a_directory_and_another_file_system(executable: Program, tmp_path: Path) -> None:
    """A directory gets a file called untilup, on whatever file system it is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as in_memory:
        for directory in (tmp_path, Path(in_memory)):
            copied = executable.run("--copy-to", f"{directory}/")
            assert copied.returncode == 0, copied.stderr
            assert names(directory) == ["untilup"]


def test_over_a_copy_that_runs(executable: Program, tmp_path: Path, port: int) -> None:
    """A container that is restarted copies over the file that another one executes."""
    path = tmp_path / "untilup"
    assert executable.run("--copy-to", str(path)).returncode == 0
    running = Program([str(path)])
    try:
        process = running.start(f"127.0.0.1:{port}")
        assert executable.run("--copy-to", str(tmp_path)).returncode == 0
        assert process.poll() is None
        # The copy copies itself, too, also onto its own path.
        assert Program([str(path)]).run("--copy-to", str(path)).returncode == 0
    finally:
        running.end()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("{tmp}/none/untilup", "there is no directory {tmp}/none"),
        ("{tmp}/none/", "there is no directory {tmp}/none"),
        ("{tmp}/file/", "{tmp}/file is a file, or is below one"),
        ("{tmp}/file/none/untilup", "{tmp}/file/none is a file, or is below one"),
        ("{tmp}/loop/untilup", "(ELOOP)"),
        ("{tmp}/{long}", "(ENAMETOOLONG)"),
        ("/dev/null", "it exists and is not a regular file"),
        ("{tmp}/full", "it exists and is not a regular file"),
        ("/proc", "no such file or directory (ENOENT)"),
    ],
)
def test_where_it_cannot(executable: Program, tmp_path: Path, path: str, said: str) -> None:
    """One line says why there is no copy."""
    (tmp_path / "full" / "untilup").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    copied = executable.run("--copy-to", path.format(tmp=tmp_path, long=256 * "x"))
    assert copied.returncode == 1
    assert copied.stderr.count("\n") == 1
    assert "untilup: cannot copy to " in copied.stderr
    assert copied.stderr.endswith(f" {said.format(tmp=tmp_path)}\n")
    assert sorted(names(tmp_path)) == ["file", "full", "loop"]


def test_half_a_copy_is_removed(executable: Program, tmp_path: Path) -> None:
    """If the file system takes only a part, what was there before is left as it was."""
    path = tmp_path / "untilup"
    path.write_text("before")
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    copied = executable.run("--copy-to", str(path), preexec_fn=limit)
    assert copied.returncode == 1
    assert "file too large (EFBIG)" in copied.stderr
    assert path.read_text() == "before"
    assert names(tmp_path) == ["untilup"]


@pytest.mark.usefixtures("nobody")
def test_without_a_permission(executable: Program, public: Path) -> None:
    """The error of a directory that this user may not write to, or not search, names it and the errno."""
    copied = executable.run("--copy-to", "/")
    assert copied.returncode == 1
    assert "cannot copy to /untilup: permission denied (EACCES)" in copied.stderr
    closed = public / "closed"
    (closed / "directory").mkdir(parents=True)
    closed.chmod(0)
    copied = executable.run("--copy-to", f"{closed}/directory")
    assert copied.returncode == 1
    assert "/closed/directory: permission denied (EACCES)" in copied.stderr
    copied = executable.run("--copy-to", f"{closed}/directory/untilup")
    assert f"/untilup: {closed}/directory: permission denied (EACCES)" in copied.stderr


def test_the_longest_name(executable: Program, tmp_path: Path) -> None:
    """A file may have any name that the file system takes."""
    path = tmp_path / (255 * "x")
    copied = executable.run("--copy-to", str(path))
    assert (copied.returncode, copied.stderr) == (0, "")
    assert path.stat().st_size == BINARY.stat().st_size


@pytest.mark.parametrize(
    "others", [["db:5432"], ["--quiet"], ["--", "true"], ["--completion", "bash"]]
)
def test_nothing_beside_it(untilup: Program, tmp_path: Path, others: list[str]) -> None:
    """What stands beside --copy-to is not silently ignored."""
    copied = untilup.run("--copy-to", str(tmp_path / "copy"), *others)
    assert copied.returncode == 2
    assert copied.stderr == "untilup: --copy-to takes no other option, no target and no command\n"
    assert names(tmp_path) == []


@pytest.mark.parametrize("option", ["--copy-to", "--completion"])
def test_given_twice(untilup: Program, tmp_path: Path, option: str) -> None:
    """Of two paths none is silently left out."""
    asked = untilup.run(option, str(tmp_path / "one"), f"{option}={tmp_path / 'two'}")
    assert asked.returncode == 2
    assert asked.stderr == f"untilup: {option} is given more than once\n"
    assert names(tmp_path) == []


def test_no_variable(untilup: Program, tmp_path: Path, up: int) -> None:
    """No variable makes a start copy anything: only the command line does."""
    waited = untilup.run(f"127.0.0.1:{up}", env={"UNTILUP_COPY_TO": str(tmp_path / "copy")})
    assert waited.returncode == 0
    assert names(tmp_path) == []


@pytest.mark.parametrize("distribution", [WHEEL], indirect=True)
def test_a_python_package(untilup: Program, tmp_path: Path) -> None:
    """The Python package says that it is no executable, and where there is one."""
    copied = untilup.run("--copy-to", str(tmp_path))
    assert copied.returncode == 2
    assert "pip install untilup-bin" in copied.stderr
    assert names(tmp_path) == []


# Runs the Python program as if it were the executable whose file is argv[1], which coverage sees.
AS_EXECUTABLE = """
import sys
from untilup.cli import copy_to
del copy_to.__file__
copy_to.EXECUTABLE = sys.argv.pop(1)
from untilup.__main__ import main
main()
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a named pipe, from which the copy is read as long as the test writes to it."""
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "pipe"
    os.mkfifo(source)
    return source


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    """Return an empty directory to copy to."""
    (tmp_path / "destination").mkdir()
    return tmp_path / "destination"


@pytest.fixture
def copying(
    source: Path,
    destination: Path,
    as_from_a_shell: None,  # noqa: ARG001 - the copy ends with the signals that it does not ignore
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a copy into the directory, which has read one byte of its source."""
    program = Program([sys.executable, "-c", AS_EXECUTABLE, str(source)])
    process = program.start("--copy-to", str(destination))
    with source.open("wb", buffering=0) as written:
        written.write(b"x")
        eventually(lambda: any(file.stat().st_size for file in destination.iterdir()))
        yield process
    program.end()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_copy(
    copying: subprocess.Popen[bytes], destination: Path, signum: signal.Signals
) -> None:
    """A signal ends the copy at once, and the part that was written is removed."""
    (partial_file,) = names(destination)
    assert partial_file.startswith("untilup.")
    copying.send_signal(signum)
    _, stderr = copying.communicate(timeout=PATIENCE)
    assert copying.returncode == -signum
    assert f"ended by {signum.name}" in stderr.decode()
    assert names(destination) == []


def test_a_reader_sees_no_half(
    copying: subprocess.Popen[bytes], source: Path, destination: Path
) -> None:
    """The file has its name once it is whole."""
    assert not (destination / "untilup").exists()
    with source.open("wb") as written:
        written.write(b"y")
    eventually(lambda: [file.stat().st_size for file in destination.iterdir()] == [2])
    assert not (destination / "untilup").exists()
    assert copying.poll() is None


def test_without_proc(destination: Path) -> None:
    """If /proc is not mounted, the message says what cannot be read."""
    program = Program([sys.executable, "-c", AS_EXECUTABLE, "/nowhere/exe"])
    copied = program.run("--copy-to", str(destination))
    assert copied.returncode == 1
    assert "cannot read /nowhere/exe: no such file or directory (ENOENT)" in copied.stderr
    assert names(destination) == []


def test_every_path_of_a_copy(destination: Path) -> None:
    """A copy from a file into a directory, onto itself, and onto what is no file."""
    program = Program([sys.executable, "-c", AS_EXECUTABLE, sys.executable])
    for path, status in ((destination, 0), (destination / "untilup", 0), ("/dev/null", 1), ("", 2)):
        assert program.run("--copy-to", str(path)).returncode == status
    assert program.run("--copy-to", f"{destination}/none/untilup").returncode == 1
    assert (destination / "untilup").read_bytes() == Path(sys.executable).read_bytes()
    assert names(destination) == ["untilup"]
