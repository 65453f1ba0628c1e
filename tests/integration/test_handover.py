"""The command sees exactly what it would have seen without untilup (docs/design.md, The command).

Most tests run something twice, directly and by untilup, and expect it to see the same. The
environment holds nothing of the test's own, and so these runs are not measured by coverage.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pty
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import tcp_servers
from tests.support.untilup_process import PATIENCE

# None of Python's variables, and no site: the observer is to be disturbed as little as possible.
PYTHON = [sys.executable, "-I", "-S"]
OBSERVER = Path(__file__).parents[1] / "support/process_observer.py"
PATH = {"PATH": os.environ["PATH"]}
# What stands before the command where there is no untilup.
DIRECTLY: list[str] = []
# A late target closes so many connections; the delays between them are about 10, 20 and 40 ms.
LATE = 3
ENVIRONMENT = ["cat", "/proc/self/environ"]
MASKS = ("ShdPnd", "SigPnd", "SigBlk", "SigIgn", "SigCgt")
NOT_UTF_8 = b"\xff\xfe\x80 caf\xe9"


@pytest.fixture(params=["first-attempt", "late"])
def untilup(distribution: str, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Return the words that put untilup before a command; its target is up at once, or late."""
    hang_ups = LATE if request.param == "late" else 0
    results = itertools.cycle(
        [tcp_servers.close_at_once] * hang_ups + [tcp_servers.greet_and_close]
    )

    def behave(client: socket.socket) -> None:
        next(results)(client)

    with tcp_servers.serving(behave) as port:
        # So long a settling sees every hang-up, however busy the machine is; a greeting ends it.
        yield [distribution, "--settle", "4s", f"127.0.0.1:{port}", "--"]


def run(words: Sequence[str | bytes], **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run *words* to their end; *options* are Popen's."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    options = {"env": PATH, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(words, timeout=PATIENCE, check=False, **options)


def output(words: Sequence[str | bytes], **options: Any) -> bytes:
    """Run *words*, which must succeed, and return what they wrote to stdout."""
    done = run(words, **options)
    assert done.returncode == 0, done.stderr
    out: bytes = done.stdout
    return out


def observed(words: Sequence[str | bytes], sheet: Path, **options: Any) -> dict[str, Any]:
    """Run *words*, which have the observer write to *sheet*, and return what it saw."""
    options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": PATH, **options}
    with subprocess.Popen(words, **options) as process:
        try:
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    seen: dict[str, Any] = json.loads(sheet.read_text())
    sheet.unlink()
    assert seen.pop("pid") == process.pid
    return {name: "its pid" if value == process.pid else value for name, value in seen.items()}


def seen(
    untilup: Sequence[str],
    directory: Path,
    *argv: str | bytes,
    launcher: Sequence[str] = (),
    **options: Any,
) -> dict[str, Any]:
    """Return what the observer sees directly and, as is asserted here, just so by untilup."""
    sheet = directory / "seen.json"
    command = [*PYTHON, str(OBSERVER), str(sheet), *argv]
    directly = observed([*launcher, *command], sheet, **options)
    assert observed([*launcher, *untilup, *command], sheet, **options) == directly
    return directly


def through_shell(script: str) -> list[str]:
    """Return the words of a shell that does *script* to itself and becomes the words after it."""
    return ["sh", "-c", f'{script}; exec "$@"', "sh"]


def through_python(statement: str) -> list[str]:
    """Return the words of a Python that does *statement* and becomes the words after it.

    Before that it gives every signal its default, whatever the tests themselves were started with.
    """
    script = (
        "import os, signal, sys",
        "for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:",
        "    signal.signal(each, signal.SIG_DFL)",
        "signal.pthread_sigmask(signal.SIG_SETMASK, [])",
        statement,
        "os.execvp(sys.argv[1], sys.argv[1:])",
    )
    return [*PYTHON, "-c", "\n".join(script)]


def test_a_late_target_is_late_and_another_is_not(
    untilup: list[str], request: pytest.FixtureRequest
) -> None:
    """Every rule here holds after the first attempt and after a wait, which leaves more behind."""
    late = request.node.callspec.params["untilup"] == "late"
    attempts = f"after {LATE + 1} attempts" if late else "at the first attempt"
    assert f"is up {attempts}" in run([*untilup, "true"]).stderr.decode()


# --- process --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("launcher", "options"),
    [
        pytest.param([], {}, id="nothing-special"),
        pytest.param(
            [*through_shell("ulimit -n 99; ulimit -S -s 4096"), "nice", "-n", "3"],
            {"cwd": "/", "umask": 0o027, "start_new_session": True},
            id="directory-umask-session-limits-niceness",
        ),
        pytest.param(
            through_shell("mkdir gone && cd gone && rmdir ../gone"),
            {"umask": 0, "process_group": 0},
            id="directory-that-is-gone-and-process-group",
        ),
    ],
)
def test_the_same_process(
    untilup: list[str], tmp_path: Path, launcher: list[str], options: dict[str, Any]
) -> None:
    """The command has the PID, directory, umask, group, session, limits and privileges of untilup.

    It has stdin, stdout and stderr, and no other descriptor.
    """
    told = seen(untilup, tmp_path, launcher=launcher, **{"cwd": tmp_path, **options})
    assert told["parent"] == os.getpid()
    assert told["descriptors"].keys() == {"0", "1", "2"}


# --- argv -----------------------------------------------------------------------------------------

ODD_WORDS = [
    *(b"a", b"b c", b"", b"", b"x", b"", b"\n", b"a\nb", b"\t\r\x1b[31m"),
    *(b"--", b"-t", b"1", b"--", b"--help", b"-", b"$HOME", b"*", b"'\"\\"),
    *(NOT_UTF_8, b"\xed\xb3\xbf", "ü€𐍈".encode(), "e\u0301".encode(), b""),
]
MANY_WORDS = [b"x" * 100_000, *(b"%d" % number for number in range(5_000))]


@pytest.mark.parametrize(
    ("argv", "locale"),
    [
        # By the locale Python decodes argv.
        pytest.param(ODD_WORDS, {}, id="no-locale"),
        pytest.param(ODD_WORDS, {"LC_ALL": "C"}, id="LC_ALL=C"),
        pytest.param(ODD_WORDS, {"LC_ALL": "C.UTF-8"}, id="UTF-8"),
        pytest.param(ODD_WORDS, {"LC_ALL": "C", "PYTHONUTF8": "0"}, id="no-UTF-8-mode"),
        pytest.param(MANY_WORDS, {}, id="long-and-many"),
    ],
)
def test_argv_is_passed_on_byte_for_byte(
    untilup: list[str], tmp_path: Path, argv: list[bytes], locale: dict[str, str]
) -> None:
    """Every word after the first ``--`` reaches the command as the bytes that it is, in every locale."""
    told = seen(untilup, tmp_path, *argv, env=PATH | locale)
    words = bytes.fromhex(told["argv"]).split(b"\0")
    assert words[-len(argv) - 1 :] == [*argv, b""]


def test_argv_0_is_the_word_that_was_given(untilup: list[str], tmp_path: Path) -> None:
    """The command's own name is what stands after ``--``, not the path at which it was found."""
    (tmp_path / "kitten").symlink_to("/bin/cat")
    for name, directories in (("kitten", str(tmp_path)), ("./kitten", "/nowhere")):
        words = [*untilup, name, "/proc/self/cmdline"]
        out = output(words, cwd=tmp_path, env={"PATH": directories})
        assert out == f"{name}\0/proc/self/cmdline\0".encode()


# --- environment ----------------------------------------------------------------------------------

ODD_ENTRIES = {
    b"A": NOT_UTF_8,
    NOT_UTF_8: b"1",
    b"B": b"",
    b"C": b"1\n2",
    b"D e": b"=x=",
    b"LANG": b"C",
    b"UNTILUP_QUIET": b"1",
    b"UNTILUP_PORT": b"tcp://",
    b"F": b"x" * 100_000,
    **{b"N%d" % number: b"%d" % number for number in range(2_000)},
}
ENVIRONMENTS = [
    pytest.param({}, id="empty"),
    pytest.param(ODD_ENTRIES, id="odd-long-and-many"),
    pytest.param({"Z": "1", "LC_CTYPE": "C", "A": "2"}, id="LC_CTYPE=C"),
    pytest.param({"Z": "1", "LC_CTYPE": "POSIX", "A": "2"}, id="LC_CTYPE=POSIX"),
    pytest.param({"Z": "1", "LC_CTYPE": "", "A": "2"}, id="LC_CTYPE-empty"),
    pytest.param({"Z": "1", "LC_CTYPE": "C.UTF-8", "A": "2"}, id="LC_CTYPE=C.UTF-8"),
    pytest.param({"LC_CTYPE": "no_SUCH.locale", "A": "2"}, id="LC_CTYPE-unknown"),
    pytest.param({b"LC_CTYPE": NOT_UTF_8, b"A": b"2"}, id="LC_CTYPE-not-UTF-8"),
    pytest.param({"LC_ALL": "C"}, id="LC_ALL=C"),
    pytest.param({"LC_ALL": "", "LANG": "C"}, id="LC_ALL-empty"),
    pytest.param({"LC_ALL": "C.UTF-8", "LC_CTYPE": "C"}, id="LC_ALL=C.UTF-8"),
    pytest.param({"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="Python's"),
]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_environment_is_passed_on_byte_for_byte(
    untilup: list[str], env: dict[str, str] | dict[bytes, bytes]
) -> None:
    """The environment has the entries that untilup was given, in their order, and no other."""
    entries = [os.fsencode(name) + b"=" + os.fsencode(value) for name, value in env.items()]
    assert output([*untilup, *ENVIRONMENT], env=env) == b"".join(b"%s\0" % one for one in entries)


# Calls execve(2) with what no mapping can hold: argv[1] has the entries, in hexadecimal.
EXECVE = """
import ctypes, os, sys
def array(items):
    return (ctypes.c_char_p * (len(items) + 1))(*items, None)
words = [os.fsencode(word) for word in sys.argv[2:]]
entries = [bytes.fromhex(entry) for entry in sys.argv[1].split(",")]
ctypes.CDLL(None, use_errno=True).execve(words[0], array(words), array(entries))
sys.exit(f"execve: {os.strerror(ctypes.get_errno())}")
"""
ODD_BLOCK = [
    *(b"A=1", b"B=2", b"A=3", b"A=1", b"A", b"no equals sign", b"A=2", b"=", b"=x", b"=C:=D"),
    *(b"", b"", b"LC_CTYPE_=1", b"LC_CTYPES=2", b"XLC_CTYPE=3", b"PATH=/bin", b"PATH=/no"),
    *(b"LANG=C", b"LANG=C.UTF-8", NOT_UTF_8, NOT_UTF_8 + b"=" + NOT_UTF_8),
]


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(ODD_BLOCK, id="duplicates-and-what-is-no-entry"),
        pytest.param([b"LC_CTYPE=C", b"A=1", b"LC_CTYPE=C.UTF-8"], id="LC_CTYPE-twice"),
        pytest.param([b"LC_CTYPE=C", b"A=1", b"LC_CTYPE=C"], id="LC_CTYPE-twice-the-same"),
        pytest.param([b"LC_CTYPE", b"A=1"], id="LC_CTYPE-without-equals-sign"),
        pytest.param([b"LC_CTYPE", b"A=1", b"LC_CTYPE=C"], id="LC_CTYPE-with-and-without"),
    ],
)
def test_the_environment_is_passed_on_entry_for_entry(
    untilup: list[str], entries: list[bytes]
) -> None:
    """Entries that Python's os.environ cannot hold, duplicates and others, are passed on too."""
    block = ",".join(entry.hex() for entry in entries)
    done = output([*PYTHON, "-c", EXECVE, block, *untilup, *ENVIRONMENT])
    assert done.split(b"\0") == [*entries, b""]


# --- descriptors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 300_000])
def test_stdin_is_not_read(untilup: list[str], size: int) -> None:
    """All that was written to stdin is there for the command to read."""
    data = random.Random(0).randbytes(size)
    assert output([*untilup, "cat"], input=data) == data


def test_a_file_on_stdin_is_read_from_where_it_was(untilup: list[str], tmp_path: Path) -> None:
    """A file's offset, which is shared by all who have it open, is where it was."""
    (tmp_path / "data").write_bytes(b"0123456789")
    for words in ([*untilup, "cat"], ["cat"]):
        with (tmp_path / "data").open("rb", buffering=0) as file:
            file.seek(4)
            assert output(words, stdin=file) == b"456789"


@contextlib.contextmanager
def closing(descriptor: int) -> Iterator[None]:
    """Close *descriptor* at the end."""
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def pipe() -> Iterator[int]:
    """Open a pipe and yield the end to write to."""
    reader, writer = os.pipe()
    with closing(reader), closing(writer):
        yield writer


@contextlib.contextmanager
def file() -> Iterator[int]:
    """Open a file without a name, for appending, as a shell's ``>>`` does, and yield it."""
    with tempfile.TemporaryFile("ab", buffering=0) as opened:
        yield opened.fileno()


@contextlib.contextmanager
def stream() -> Iterator[int]:
    """Open a pair of sockets, as inetd and ssh do, and yield one."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield theirs.fileno()


@contextlib.contextmanager
def terminal() -> Iterator[int]:
    """Open a terminal, and yield the side of the programs."""
    ours, theirs = pty.openpty()
    with closing(ours), closing(theirs):
        yield theirs


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("kind", [pipe, file, stream, terminal])
def test_stdout_and_stderr_are_not_changed(
    untilup: list[str],
    tmp_path: Path,
    kind: Any,
    blocking: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """O_NONBLOCK, which all who have a file open share, is as it was; so is everything else."""
    with kind() as descriptor:
        os.set_blocking(descriptor, blocking)
        channels = {"stdout": descriptor, "stderr": descriptor}
        sheet = tmp_path / "seen.json"
        command = [*PYTHON, str(OBSERVER), str(sheet)]
        directly, by_untilup = (
            observed([*before, *command], sheet, **channels) for before in (DIRECTLY, untilup)
        )
        for told in (directly, by_untilup):
            for number in ("1", "2"):
                # Of a file the offset has moved: untilup has written to it.
                del told["descriptors"][number]["pos"]
        assert by_untilup == directly
        assert os.get_blocking(descriptor) is blocking
    assert int(directly["descriptors"]["2"]["flags"], 8) & os.O_NONBLOCK == (
        0 if blocking else os.O_NONBLOCK
    )


@pytest.mark.parametrize("shut", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_what_is_closed_is_closed_for_the_command(
    untilup: list[str], tmp_path: Path, shut: str
) -> None:
    """Of stdin, stdout and stderr the command finds those closed that untilup found closed."""
    told = seen(untilup, tmp_path, launcher=through_shell(f"exec {shut}"))
    assert told["descriptors"].keys() == {"0", "1", "2"} - set(re.findall("[012]", shut))


def test_descriptors_are_passed_on(untilup: list[str], tmp_path: Path) -> None:
    """A descriptor that untilup was given is passed on, with its number and its offset."""
    with (tmp_path / "passed").open("w+b", buffering=0) as passed:
        passed.write(b"0123456789")
        told = seen(untilup, tmp_path, pass_fds=[passed.fileno()])["descriptors"]
        assert told.keys() == {"0", "1", "2", str(passed.fileno())}
        assert told[str(passed.fileno())]["to"] == str(tmp_path / "passed")
        assert told[str(passed.fileno())]["pos"] == "10"


def test_stdout_is_the_commands(untilup: list[str]) -> None:
    """Nothing stands on stdout but what the command writes."""
    assert output([*untilup[:1], "-v", *untilup[1:], "echo", "hello"]) == b"hello\n"


# --- signals --------------------------------------------------------------------------------------

SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGCHLD", "SIGTSTP", "SIGWINCH"]
# What is done to the one half is not done to the other.
HALVES = [SIGNALS[::2], [*SIGNALS[1::2], "SIGRTMIN"]]
# glibc has these two for itself, and whatever its posix_spawn starts, as make does, ignores them.
THE_C_LIBRARYS = {32, 33}


def masks(words: Sequence[str]) -> dict[str, set[int]]:
    """Return the signals in each mask of a process that *words* start, which changes none."""
    lines = output([*words, "cat", "/proc/self/status"]).decode().splitlines()
    fields = dict(line.split(":\t") for line in lines if line.startswith(MASKS))
    return {
        name: {number for number in range(1, 65) if int(mask, 16) >> (number - 1) & 1}
        - THE_C_LIBRARYS
        for name, mask in fields.items()
    }


def test_every_signal_has_its_default(untilup: list[str]) -> None:
    """The command starts with no signal ignored, caught or blocked, SIGPIPE and SIGXFSZ included."""
    assert masks([*through_python("pass"), *untilup]) == {name: set() for name in MASKS}


@pytest.mark.parametrize("names", HALVES, ids=",".join)
def test_what_is_ignored_stays_ignored(untilup: list[str], names: list[str]) -> None:
    """A signal that was ignored at start, as by nohup, is ignored in the command."""
    launcher = through_python(
        f"for name in {names}: signal.signal(signal.Signals[name], signal.SIG_IGN)"
    )
    by_untilup = masks([*launcher, *untilup])
    assert by_untilup == masks(launcher)
    assert by_untilup["SigIgn"] == {signal.Signals[name] for name in names}


@pytest.mark.parametrize("names", HALVES, ids=",".join)
def test_what_is_blocked_stays_blocked(untilup: list[str], names: list[str]) -> None:
    """A signal that was blocked at start is blocked in the command, and no other is."""
    launcher = through_python(
        f"signal.pthread_sigmask(signal.SIG_BLOCK, [signal.Signals[name] for name in {names}])"
    )
    by_untilup = masks([*launcher, *untilup])
    assert by_untilup == masks(launcher)
    assert by_untilup["SigBlk"] == {signal.Signals[name] for name in names}


def test_what_is_pending_stays_pending(untilup: list[str]) -> None:
    """A signal that came while it was blocked is left for the command."""
    launcher = through_python(
        "signal.pthread_sigmask(\n"
        "    signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1, signal.SIGRTMIN]\n"
        ")\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\n"
        "os.kill(os.getpid(), signal.SIGRTMIN)"
    )
    by_untilup = masks([*launcher, *untilup])
    assert by_untilup == masks(launcher)
    assert by_untilup["ShdPnd"] == {signal.SIGTERM, signal.SIGUSR1, signal.SIGRTMIN}


def test_a_broken_pipe_ends_the_command_quietly(untilup: list[str]) -> None:
    """A command whose reader goes away dies of SIGPIPE, as everywhere; it gets no EPIPE."""
    script = '{ yes; echo "$?" >&2; } | head -n 1'
    done = run([*through_python("pass"), *untilup, "sh", "-c", script])
    assert done.stdout == b"y\n"
    assert done.stderr.splitlines()[-1:] == [str(128 + signal.SIGPIPE).encode()]
