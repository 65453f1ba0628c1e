"""Which command untilup runs, and what it reports if it cannot (docs/design.md, The command)."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import PATIENCE, Program

SCRIPT = "#!/bin/sh\necho ran "


@pytest.fixture
def target(up: int) -> str:
    """Return a target that is up."""
    return f"127.0.0.1:{up}"


@pytest.fixture
def down(port: int) -> str:
    """Return a target that refuses every connection."""
    return f"127.0.0.1:{port}"


@pytest.fixture(params=["first-attempt", "while-waiting"])
def waited_for(request: pytest.FixtureRequest) -> str:
    """Return a target that is up, or one that never will be: the command is looked up with both."""
    name = "target" if request.param == "first-attempt" else "down"
    word: str = request.getfixturevalue(name)
    return word


def make(path: Path, content: str | bytes = SCRIPT, mode: int = 0o755) -> Path:
    """Write a file, and create its directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def with_another_loader(program: Path) -> bytes:
    """Return a program whose dynamic loader does not exist."""
    content = program.read_bytes()
    loader = re.search(rb"/lib[\w./-]*/ld-[\w.-]+", content)
    if loader is None:
        pytest.skip(f"{program} is linked statically")
    return content.replace(loader[0], b"/" + b"x" * (len(loader[0]) - 1))


# --- 126 and 127 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("echo ran", id="script-without-shebang"),
        pytest.param("", id="empty"),
        pytest.param(b"\x7fELF", id="cut-off-program"),
    ],
)
def test_126_for_what_the_kernel_does_not_know(
    untilup: Program, target: str, tmp_path: Path, content: str | bytes
) -> None:
    """A file that no loader takes is not given to a shell; the status is 126."""
    make(tmp_path / "tool", content)
    done = untilup.run(target, "--", "./tool", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (126, "")
    assert "./tool: not an executable for this machine, and no '#!' line" in done.stderr


def test_the_status_stands_without_a_reader_of_the_failure(
    untilup: Program, target: str, tmp_path: Path
) -> None:
    """That the command cannot be executed is the status too where stderr has no reader any more."""
    make(tmp_path / "tool", "echo ran")
    reader, writer = os.pipe()
    os.close(reader)
    process = untilup.start(target, "--", "./tool", cwd=tmp_path, stderr=writer)
    os.close(writer)
    assert process.wait(PATIENCE) == 126


def test_a_command_that_is_missing_is_not_said_to_run(untilup: Program, target: str) -> None:
    """The exec is announced only for a command that was found."""
    done = untilup.run(target, "--", "untilup-no-such-command")
    assert done.returncode == 127
    assert "running" not in done.stderr


def test_126_for_what_is_not_executable(untilup: Program, waited_for: str, tmp_path: Path) -> None:
    """A missing ``chmod +x`` is found out with the first failed attempt, not at the end."""
    make(tmp_path / "tool", mode=0o644)
    done = untilup.run(waited_for, "--", "./tool", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (126, "")
    assert "./tool: not executable by this user" in done.stderr
    assert "chmod +x" in done.stderr


def test_126_for_a_directory(untilup: Program, waited_for: str, tmp_path: Path) -> None:
    """A directory is not a command."""
    (tmp_path / "directory").mkdir()
    done = untilup.run(waited_for, "--", "./directory", cwd=tmp_path)
    assert done.returncode == 126
    assert "./directory: is a directory" in done.stderr


@pytest.mark.parametrize("word", ["no-such-tool", "./no-such-tool", "/no/such/tool", "tool/x"])
def test_127_for_what_is_not_there(
    untilup: Program, waited_for: str, tmp_path: Path, word: str
) -> None:
    """A command that does not exist is named; the status is 127."""
    make(tmp_path / "tool")
    done = untilup.run(waited_for, "--", word, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (127, "")
    assert f"{word}: command not found" in done.stderr
    assert "Traceback" not in done.stderr


def test_127_says_where_it_looked(untilup: Program, target: str) -> None:
    """If no directory of PATH has the command, PATH is in the message."""
    done = untilup.run(target, "--", "tool", env={"PATH": "/nowhere:/elsewhere"})
    assert "tool: command not found in PATH (/nowhere:/elsewhere)" in done.stderr


@pytest.mark.parametrize(
    "first_line",
    ["#!/no/such/interpreter", "#! /no/such/interpreter -x", "#!/no/such/interpreter\r"],
)
def test_127_names_a_missing_interpreter(
    untilup: Program, target: str, tmp_path: Path, first_line: str
) -> None:
    """A script whose interpreter is missing is there, so the interpreter is what is named."""
    make(tmp_path / "tool", f"{first_line}\necho ran\n")
    done = untilup.run(target, "--", "./tool", cwd=tmp_path)
    assert done.returncode == 127
    assert "interpreter was not found: /no/such/interpreter" in done.stderr
    assert "running" not in done.stderr


def test_127_names_a_missing_loader(untilup: Program, target: str, tmp_path: Path) -> None:
    """A program for another C library fails for its loader, which is what is named."""
    make(tmp_path / "tool", with_another_loader(Path("/bin/cat")))
    done = untilup.run(target, "--", "./tool", cwd=tmp_path)
    assert done.returncode == 127
    assert "its dynamic loader was not found" in done.stderr


def test_a_typing_error_costs_no_time_out(untilup: Program, down: str) -> None:
    """The command is looked up after the first failed attempt, and what is wrong is said at once."""
    done = untilup.run("-t", "0", down, "--", "gunicron", "app:app")
    assert done.returncode == 127
    assert "gunicron: command not found" in done.stderr
    assert "timed out" not in done.stderr


def test_the_command_may_go_away_while_waiting(untilup: Program, port: int, tmp_path: Path) -> None:
    """The command is looked up again when its time has come."""
    path = make(tmp_path / "tool")
    process = untilup.start("-v", f"127.0.0.1:{port}", "--", str(path), bufsize=0)
    assert process.stderr is not None
    # By the second attempt it has been looked up for the first time.
    assert any(b"(attempt 2," in line for line in process.stderr)
    path.unlink()
    with tcp_servers.serving(tcp_servers.silent, port=port):
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 127
    assert b"command not found" in err


def test_only_the_name_is_shown(untilup: Program, waited_for: str) -> None:
    """The command's arguments may hold secrets, and are not shown."""
    done = untilup.run("-v", waited_for, "--", "no-such-tool", "--password=hunter2")
    assert done.returncode == 127
    assert "hunter2" not in done.stderr


# --- PATH -----------------------------------------------------------------------------------------


def directories(root: Path, names: str) -> str:
    """Return a PATH of directories of *root*; a dash stands for an empty entry."""
    return ":".join("" if name == "-" else str(root / name) for name in names.split())


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param("one two", "one", id="the-first"),
        pytest.param("two one", "two", id="the-first-of-others"),
        pytest.param("missing one", "one", id="a-directory-that-is-missing"),
        pytest.param("empty one", "one", id="a-directory-without-it"),
        pytest.param("one/tool two", "two", id="a-file-among-the-directories"),
        pytest.param("plain two", "two", id="not-executable"),
        pytest.param("nested two", "two", id="a-directory-of-that-name"),
        pytest.param("dangling two", "two", id="a-link-to-nowhere"),
        pytest.param("linked two", "one", id="a-link"),
        pytest.param("- two", "here", id="an-empty-entry-is-this-directory"),
        pytest.param("empty -", "here", id="an-empty-entry-at-the-end"),
        pytest.param("empty - two", "here", id="an-empty-entry-in-the-middle"),
    ],
)
def test_the_command_is_found_as_by_execvp(
    untilup: Program, waited_for: str, tmp_path: Path, path: str, answer: str
) -> None:
    """The first directory of PATH that has an executable file of that name decides."""
    for name in ("one", "two", "here"):
        make(tmp_path / name / "tool", SCRIPT + name)
    make(tmp_path / "plain" / "tool", mode=0o644)
    make(tmp_path / "nested" / "tool" / "x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").mkdir()
    (tmp_path / "dangling" / "tool").symlink_to("/no/such/tool")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "tool").symlink_to(tmp_path / "one" / "tool")
    env = {"PATH": directories(tmp_path, path)}
    words = ["-t", "200ms", "--no-strict", waited_for, "--", "tool"]
    done = untilup.run(*words, env=env, cwd=tmp_path / "here")
    assert (done.returncode, done.stdout) == (0, f"ran {answer}\n"), done.stderr


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("plain empty", 126, id="not-executable"),
        pytest.param("empty plain", 126, id="not-executable-later"),
        pytest.param("nested", 126, id="a-directory-of-that-name"),
        pytest.param("empty missing", 127, id="nowhere"),
    ],
)
def test_what_is_found_and_cannot_be_executed_is_126(
    untilup: Program, waited_for: str, tmp_path: Path, path: str, status: int
) -> None:
    """If PATH has the name, but not as an executable file, the status is 126 and not 127."""
    make(tmp_path / "plain" / "tool", mode=0o644)
    make(tmp_path / "nested" / "tool" / "x")
    (tmp_path / "empty").mkdir()
    done = untilup.run(waited_for, "--", "tool", env={"PATH": directories(tmp_path, path)})
    assert done.returncode == status


def test_without_path_there_is_a_default(target: str, untilup: Program) -> None:
    """If PATH is unset, /bin and /usr/bin are searched, as execvp does."""
    unset = Program(["env", "-u", "PATH", *untilup.words])
    try:
        assert unset.run(target, "--", "sh", "-c", "echo ran").stdout == "ran\n"
        assert unset.run(target, "--", "no-such-tool").returncode == 127
    finally:
        unset.end()


def test_a_path_is_not_searched_for(untilup: Program, waited_for: str, tmp_path: Path) -> None:
    """A command with a slash is a path, from the directory that untilup was started in."""
    make(tmp_path / "bin" / "tool", SCRIPT + "found")
    make(tmp_path / "bin" / "bin" / "tool", SCRIPT + "searched")
    words = ["-t", "200ms", "--no-strict", waited_for, "--", "bin/tool"]
    done = untilup.run(*words, cwd=tmp_path, env={"PATH": str(tmp_path / "bin")})
    assert done.stdout == "ran found\n"


# --- the command's end ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 2, 124, 125, 126, 127, 137, 255])
def test_the_commands_status_is_not_changed(untilup: Program, target: str, status: int) -> None:
    """The parent of untilup sees the exit status of the command."""
    assert untilup.run(target, "--", "sh", "-c", f"exit {status}").returncode == status


@pytest.mark.usefixtures("as_from_a_shell")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
def test_the_commands_death_by_a_signal_is_seen(
    untilup: Program, target: str, signum: signal.Signals
) -> None:
    """The parent sees that the command died of a signal, because no process is in between."""
    done = untilup.run(target, "--", "sh", "-c", f"kill -{signum.value} $$")
    assert done.returncode == -signum


def test_no_strict_runs_the_command_after_a_timeout(clock: Clock, down: str) -> None:
    """With --no-strict the command runs though a target is not up, and the report says so."""
    words = ("--no-strict", "-t", "1h", down, "--", "sh", "-c", "echo ran; exit 7")
    done = clock.outlast("is not up", *words)
    assert (done.returncode, done.stdout) == (7, "ran\n")
    assert "timed out" in done.stderr
    assert f"tcp://{down}: connection refused" in done.stderr


def test_no_strict_without_a_command_is_0(untilup: Program, down: str) -> None:
    """With --no-strict and no command a timeout is no failure."""
    done = untilup.run("--no-strict", "-t", "200ms", down)
    assert done.returncode == 0
    assert "timed out" in done.stderr


def test_strict_does_not_run_the_command(untilup: Program, down: str) -> None:
    """A flag wins over the variable: --strict fails although UNTILUP_STRICT is off."""
    env = {"UNTILUP_STRICT": "no"}
    words = ["-t", "200ms", down, "--", "echo", "ran"]
    assert untilup.run(*words, env=env).stdout == "ran\n"
    done = untilup.run("--strict", *words, env=env)
    assert (done.returncode, done.stdout) == (124, "")
