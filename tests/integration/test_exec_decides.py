"""Exec decides whether the command can be executed, and untilup reports the cause (docs/design.md, The command)."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.untilup_process import LONG, Program

SCRIPT = "#!/bin/sh\necho ran "
# A seccomp filter (seccomp(2)) that answers some system calls by EPERM, as that of Docker before
# 20.10 answers those that it does not know; then exec.
REFUSING = """
import ctypes, os, struct, sys
EPERM = 1
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
refused, command = [int(number) for number in sys.argv[1].split(",")], sys.argv[2:]
program = [struct.pack("HBBI", LOAD_NUMBER, 0, 0, 0)]
for number in refused:
    program.append(struct.pack("HBBI", JUMP_IF_EQUAL, 0, 1, number))
    program.append(struct.pack("HBBI", RETURN, 0, 0, ERRNO | EPERM))
program.append(struct.pack("HBBI", RETURN, 0, 0, ALLOW))
code = ctypes.create_string_buffer(b"".join(program))
described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) == 0
os.execv(command[0], command)
"""
# On x86-64.
ACCESS, FACCESSAT, FACCESSAT2 = 21, 269, 439

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the system calls are those of x86-64"
)


@pytest.fixture(params=["first-attempt", "while-waiting"])
def waited_for(request: pytest.FixtureRequest, up: int, port: int) -> str:
    """Return a target that is up, or one that never will be: the command is looked up with both."""
    return f"127.0.0.1:{up if request.param == 'first-attempt' else port}"


def make(path: Path, content: str = SCRIPT, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, newline="")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param([FACCESSAT2], id="faccessat2"),
        pytest.param([ACCESS, FACCESSAT, FACCESSAT2], id="all-that-ask"),
    ],
)
def test_a_kernel_that_does_not_tell_is_not_asked(
    untilup: Program, waited_for: str, tmp_path: Path, refused: list[int]
) -> None:
    """If the system calls that tell whether a file is executable are refused, it is executed."""
    make(tmp_path / "plain" / "tool", mode=0o644)
    make(tmp_path / "good" / "tool", SCRIPT + "good")
    numbers = ",".join(map(str, refused))
    untilup.words[:0] = [sys.executable, "-I", "-S", "-c", REFUSING, numbers]
    argv = ["-t", "200ms", "--no-strict", waited_for, "--", "tool"]
    path = f"{tmp_path}/plain:{tmp_path}/good:{os.environ['PATH']}"
    done = untilup.run(*argv, env={"PATH": path})
    assert (done.returncode, done.stdout) == (0, "ran good\n"), done.stderr


@pytest.fixture
def noexec(untilup: Program, tmp_path: Path) -> Program:
    """Return untilup with a file system in *tmp_path* that is mounted noexec and holds a script."""
    requirements.namespaces(["unshare", "--mount"])
    tool = make(tmp_path / "tool", SCRIPT + "other")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    script = 'mount -t tmpfs -o noexec none "$0" && cp "$1" "$0" && shift && exec "$@"'
    untilup.words[:0] = ["unshare", "--mount", "sh", "-c", script, str(mounted), str(tool)]
    return untilup


def test_a_noexec_mount_is_named(noexec: Program, waited_for: str, tmp_path: Path) -> None:
    """A program on a file system that is mounted noexec is refused for that, not for its mode."""
    done = noexec.run("-t", LONG, waited_for, "--", "./mounted/tool", cwd=tmp_path)
    assert done.returncode == 126
    assert "./mounted/tool: it is on a file system that is mounted noexec" in done.stderr
    assert "chmod" not in done.stderr


def test_a_noexec_mount_in_path_is_passed_over(
    noexec: Program, waited_for: str, tmp_path: Path
) -> None:
    """If PATH leads to such a file system first, the next directory has the program."""
    path = f"{tmp_path}/mounted:{tmp_path}:{os.environ['PATH']}"
    argv = ["-t", "200ms", "--no-strict", waited_for, "--", "tool"]
    done = noexec.run(*argv, env={"PATH": path})
    assert (done.returncode, done.stdout) == (0, "ran other\n"), done.stderr


@pytest.mark.parametrize("first_line", ["#!/bin/sh", "#!/usr/bin/no-such-shell -e"])
def test_windows_line_ends_are_named(
    untilup: Program, up: int, tmp_path: Path, first_line: str
) -> None:
    r"""A script whose lines end with CR LF has an interpreter with a CR in its name: that is shown."""
    make(tmp_path / "tool", f"{first_line}\r\necho ran\r\n")
    done = untilup.run(f"127.0.0.1:{up}", "--", "./tool", cwd=tmp_path)
    assert done.returncode == 127
    assert f"interpreter was not found: {first_line[2:]}\\r; " in done.stderr
    assert "sed -i 's/\\r$//'" in done.stderr
