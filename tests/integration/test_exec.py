"""exec: - the processes of an attempt: what they inherit, and that none of them outlives it."""

from __future__ import annotations

import itertools
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import json_log, requirements
from tests.support.eventually import Eventually
from tests.support.scripted_clock import Clock
from tests.support.signals import ENDING, each_signal
from tests.support.untilup_process import LONG, PATIENCE, Program, status_fields

pytestmark = pytest.mark.usefixtures("as_from_a_shell")


PYTHON = [sys.executable, "-I", "-S"]
MASKS = ("ShdPnd", "SigPnd", "SigBlk", "SigIgn", "SigCgt")
RIGHTS = ("Umask", "Uid", "Gid", "Groups", "CapEff", "NoNewPrivs", "Seccomp")
_numbers = itertools.count()

# Prints its children, living or not, and its descriptors but for the one that lists them.
OBSERVE = """
import os, sys
children = open(f"/proc/self/task/{os.getpid()}/children").read()
descriptors = [n for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")]
print(f"children: {children.split()}, descriptors: {sorted(descriptors)}")
"""
OBSERVER = [*PYTHON, "-c", OBSERVE]


@pytest.fixture
def nap() -> str:
    """Return the words of a long sleep that no other process has."""
    return f"sleep 100{os.getpid()}.{next(_numbers)}"


def alive(words: str) -> list[int]:
    """Return the processes, zombies left out, whose command line is *words*."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if (directory / "cmdline").read_bytes().split(b"\0")[:-1] == words.encode().split():
                found.append(int(directory.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def quoted(*words: str) -> str:
    """Return the target that is this command."""
    return f"exec:{shlex.join(words)}"


# --- what becomes of its processes ----------------------------------------------------------------


def test_the_group_is_killed_at_the_attempts_deadline(
    untilup: Program, nap: str, eventually: Eventually
) -> None:
    """At its deadline a command is killed with its children and theirs, and started again."""
    family = quoted("sh", "-c", f"sh -c '{nap} & {nap}' & {nap}")
    words = ("-v", "-t", "0", "--attempt-timeout", "200ms", "--log-format", "json", family)
    process = untilup.start(*words, bufsize=0)
    assert process.stderr
    for number in (1, 2):
        while (line := json_log.read_line(process.stderr.readline()))["attempts"] != number:
            pass
        assert (line["target"], line["reason"]) == ("exec:sh", "too-slow")
    process.terminate()
    process.communicate(timeout=PATIENCE)
    eventually(lambda: alive(nap) == [])


def test_what_a_command_leaves_in_its_group_is_killed(
    untilup: Program, nap: str, eventually: Eventually
) -> None:
    """A command that ends has its attempt end, and leaves nothing behind."""
    done = untilup.run(quoted("sh", "-c", f"{nap} & exit 0"), "--", "true")
    assert done.returncode == 0
    eventually(lambda: alive(nap) == [])


@pytest.mark.parametrize("timeout", ["1ms", "20ms", "40ms", "60ms", "80ms", "95ms", "200ms"])
def test_the_command_finds_no_child(
    untilup: Program, nap: str, timeout: str, eventually: Eventually
) -> None:
    """At the exec no child, zombie or descriptor is left to the command."""
    family = quoted("sh", "-c", f"{nap} & {nap}")
    done = untilup.run("-t", timeout, "--no-strict", family, family + " ", "--", *OBSERVER)
    assert done.stdout == "children: [], descriptors: ['0', '1', '2']\n"
    eventually(lambda: alive(nap) == [])


@each_signal
def test_a_signal_ends_it_too(
    untilup: Program, nap: str, signum: signal.Signals, eventually: Eventually
) -> None:
    """A signal that ends untilup ends what it has started."""
    process = untilup.start(quoted(*nap.split()), "--", "true")
    eventually(lambda: alive(nap))
    process.send_signal(signum)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signum
    eventually(lambda: alive(nap) == [])


def test_a_time_out_ends_it_too(untilup: Program, nap: str, eventually: Eventually) -> None:
    """Nothing is left if untilup exits without an exec."""
    assert untilup.run("-t", "90ms", quoted(*nap.split())).returncode == 124
    eventually(lambda: alive(nap) == [])


def test_its_end_is_not_polled_for(untilup: Program, nap: str, eventually: Eventually) -> None:
    """The kernel tells when a command ends, by a descriptor (pidfd_open(2))."""
    process = untilup.start(quoted(*nap.split()))
    eventually(lambda: alive(nap))
    descriptors = Path(f"/proc/{process.pid}/fd")
    eventually(lambda: any("pidfd" in str(each.readlink()) for each in descriptors.iterdir()))


def test_a_command_that_stops_itself(untilup: Program, nap: str, eventually: Eventually) -> None:
    """A command that is stopped, or deaf to signals, is killed all the same."""
    deaf = quoted("sh", "-c", f"trap '' TERM INT HUP; {nap} & kill -STOP $$")
    assert untilup.run("-t", "1s", "--attempt-timeout", "200ms", deaf).returncode == 124
    eventually(lambda: alive(nap) == [])


def test_children_of_others_are_left_to_them(untilup: Program) -> None:
    """A child that untilup has from before its start can still be waited for by the command."""
    first = "import os, sys\nif not os.fork(): os._exit(7)\nos.execv(sys.argv[1], sys.argv[1:])"
    then = "import os; print(os.waitstatus_to_exitcode(os.wait()[1]))"
    untilup.words[:0] = [*PYTHON, "-c", first]
    assert untilup.run("exec:true", "--", *PYTHON, "-c", then).stdout == "7\n"


# --- what it is given -----------------------------------------------------------------------------


def launched(statement: str) -> list[str]:
    """Return the words of a Python that does *statement* and becomes the words after it."""
    script = (
        "import os, signal, sys",
        "for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:",
        "    signal.signal(each, signal.SIG_DFL)",
        "signal.pthread_sigmask(signal.SIG_SETMASK, [])",
        statement,
        "os.execvp(sys.argv[1], sys.argv[1:])",
    )
    return [*PYTHON, "-c", "\n".join(script)]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("pass", id="defaults"),
        pytest.param(
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])",
            id="blocked",
        ),
        pytest.param(
            "[signal.signal(each, signal.SIG_IGN) for each in (signal.SIGHUP, signal.SIGUSR2)]",
            id="ignored",
        ),
        pytest.param("os.umask(0o027); os.nice(3)", id="umask and niceness"),
    ],
)
def test_it_sees_the_process_that_the_command_sees(
    untilup: Program, tmp_path: Path, statement: str
) -> None:
    """The command of an attempt has the signals, privileges and limits that untilup was started with."""
    seen: dict[str, dict[str, object]] = {}
    for way in ("directly", "as a check"):
        sheet = tmp_path / way.replace(" ", "-")
        words = ["cp", "--no-preserve=mode", "/proc/self/status", str(sheet)]
        start = [*untilup.words, quoted(*words)] if way == "as a check" else words
        subprocess.run([*launched(statement), *start], check=True, timeout=PATIENCE)
        fields = status_fields(sheet.read_text())
        seen[way] = {name: fields[name] for name in RIGHTS} | {
            # Without 32 and 33, which glibc has for itself: what posix_spawn starts ignores them.
            name: int(fields[name], 16) & ~(0b11 << 31)
            for name in MASKS
        }
    assert seen["as a check"] == seen["directly"]


@pytest.mark.parametrize(
    "locale", [{}, {"LC_ALL": "C"}, {"LC_CTYPE": "POSIX"}, {"LANG": "C.UTF-8"}]
)
def test_it_sees_the_environment_that_the_command_sees(
    untilup: Program, tmp_path: Path, locale: dict[str, str]
) -> None:
    """The command of an attempt has the environment that untilup was started with, and nothing else."""
    sheet = tmp_path / "environ"
    environment = {b"PATH": os.environb[b"PATH"], b"A": b"\xff=\n", b"EMPTY": b""}
    environment |= {name.encode(): value.encode() for name, value in locale.items()}
    words = [*untilup.words, quoted("cp", "/proc/self/environ", str(sheet))]
    subprocess.run(words, env=environment, check=True, timeout=PATIENCE, stderr=subprocess.DEVNULL)
    entries = dict(entry.split(b"=", 1) for entry in sheet.read_bytes().split(b"\0")[:-1])
    assert entries == environment


# Calls execve(2) with entries that no mapping can hold.
ENTRIES = [b"A=1", b"no equals sign", b"=", b"", b"A=2", b"\xff\xfe", b"PATH=/usr/bin:/bin"]
EXECVE = """
import ctypes, os, sys
def array(items):
    return (ctypes.c_char_p * (len(items) + 1))(*items, None)
words = [os.fsencode(word) for word in sys.argv[2:]]
entries = [bytes.fromhex(entry) for entry in sys.argv[1].split(",")]
ctypes.CDLL(None).execve(words[0], array(words), array(entries))
"""


def test_it_sees_the_environment_entry_for_entry(untilup: Program, tmp_path: Path) -> None:
    """Entries that are there twice, or have no name, are passed on to an attempt's command, too."""
    sheet = tmp_path / "environ"
    block = ",".join(entry.hex() for entry in ENTRIES)
    words = [*untilup.words, quoted("cp", "/proc/self/environ", str(sheet))]
    subprocess.run([*PYTHON, "-c", EXECVE, block, *words], check=True, timeout=PATIENCE)
    assert sheet.read_bytes().split(b"\0") == [*ENTRIES, b""]


def test_its_descriptors(untilup: Program, up: int) -> None:
    """An attempt's command has three descriptors; nothing can be read from stdin."""
    script = "import os; print(os.read(0, 9), os.readlink('/proc/self/fd/0'), os.getpgrp() == os.getpid())"
    watched = quoted(*PYTHON, "-c", OBSERVE + script)
    done = untilup.run("-v", watched, f"127.0.0.1:{up}", stdin=subprocess.PIPE)
    assert "says: children: [], descriptors: ['0', '1', '2']\n" in done.stderr
    assert "says: b'' /dev/null True\n" in done.stderr


def test_closed_descriptors(untilup: Program) -> None:
    """If untilup has no stdin, stdout and stderr, the command of an attempt still has them."""
    untilup.words[:0] = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    assert untilup.run(quoted(*PYTHON, "-c", "print(input)")).returncode == 0


def test_sigchld_may_be_ignored(untilup: Program, tmp_path: Path) -> None:
    """If the kernel is to forget children, their status is known; the command finds it so."""
    sheet = tmp_path / "status"
    untilup.words[:0] = launched("signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
    done = untilup.run(
        quoted("sh", "-c", "exit 3") + " #status=3", "--", "cp", "/proc/self/status", str(sheet)
    )
    assert done.returncode == 0
    ignored = int(status_fields(sheet.read_text())["SigIgn"], 16)
    assert ignored & 1 << (signal.SIGCHLD - 1)


IGNORED = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
SENT = "os.kill(os.getpid(), signal.SIGCHLD)"
# A child that has ended, and whose signal has been taken.
ZOMBIE = """
if not os.fork(): os._exit(0)
signal.sigwait([signal.SIGCHLD])"""
# A child that lives until it is killed; its number is in the file that is put in here.
SLEEPER = """
child = os.fork()
if not child: os.execvp("sleep", ["sleep", "1000"])
open({!r}, "w").write(str(child))"""


@pytest.mark.parametrize(
    ("before", "is_pending"),
    [
        pytest.param(["pass"], False, id="none"),
        pytest.param([IGNORED], False, id="ignored"),
        pytest.param([SENT], True, id="pending"),
        pytest.param([IGNORED, SENT], True, id="ignored and pending"),
        pytest.param([ZOMBIE], False, id="child that had ended"),
        pytest.param([SLEEPER], True, id="child that ends during the wait"),
    ],
)
def test_a_blocked_sigchld_is_pending_as_without_untilup(
    untilup: Program, tmp_path: Path, before: list[str], *, is_pending: bool
) -> None:
    """The command finds no SIGCHLD of a command that an attempt has run, and each of its own children."""
    number = tmp_path / "number"
    number.write_text("0")
    statement = "\n".join(["signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])", *before])
    untilup.words[:0] = launched(statement.format(str(number)))
    state = f"grep -q State:.Z /proc/$(cat {number})/status"
    end = f"test $(cat {number}) -eq 0 || {{ kill $(cat {number}); until {state}; do :; done; }}"
    done = untilup.run(quoted("sh", "-c", end), "--", "cat", "/proc/self/status")
    pending = int(status_fields(done.stdout)["ShdPnd"], 16)
    assert pending == is_pending << (signal.SIGCHLD - 1)


# --- what is reported ---------------------------------------------------------------------------------


def test_its_output_is_shown_with_verbose_alone(untilup: Program, clock: Clock) -> None:
    """What a command writes is shown only with --verbose, and never on stdout."""
    speaking = quoted("sh", "-c", "echo out; echo err >&2; exit 1")
    quiet = clock.outlast("is not up", "-t", "1h", speaking)
    assert quiet.stdout == ""
    assert "exec:sh says" not in quiet.stderr
    for loud in (
        clock.outlast("says: err", "-t", "1h", "-v", speaking),
        untilup.run("--once", "-v", speaking),
    ):
        assert loud.stdout == ""
        assert "exec:sh says: out\n" in loud.stderr
        assert "exec:sh says: err\n" in loud.stderr


@pytest.mark.parametrize("options", [(), ("-v",), ("--once",), ("--log-format", "json", "-v")])
@pytest.mark.parametrize(
    "word",
    [
        *(
            quoted("env", "PASSWORD=hunter2", "sh", "-c", script, "x", "hunter2")
            for script in ("exit 1", "exec sleep 1000", "exec no-such-program")
        ),
        quoted("no-such-program", "hunter2"),
        "exec:sh 'hunter2",
    ],
    ids=["fails", "is slow", "is not found by env", "is not found", "cannot be split"],
)
def test_arguments_are_never_told(untilup: Program, options: Sequence[str], word: str) -> None:
    """An argument may be a password."""
    done = untilup.run("-t", "300ms", *options, word)
    assert done.returncode in {124, 125, 2}
    assert "hunter2" not in done.stdout + done.stderr


def test_a_command_that_is_not_there_ends_the_wait(untilup: Program) -> None:
    """A command that is not found will not be, and no timeout is waited for."""
    done = untilup.run("-t", "0", "exec:no-such-program", "--", "true")
    assert done.returncode == 125
    assert "no-such-program: command not found" in done.stderr


def test_not_from_the_environment(untilup: Program) -> None:
    """Only argv can have a command executed."""
    for env in ({"UNTILUP_TARGETS": "exec:true"}, {"UNTILUP_TARGETS": "env:X", "X": "exec:true"}):
        assert untilup.run(env=env).returncode == 2


def test_it_comes_late(untilup: Program, tmp_path: Path) -> None:
    """A command is asked again until it says yes."""
    process = untilup.start(
        "-t", LONG, quoted("test", "-e", str(tmp_path / "x")), "--", "echo", "ran"
    )
    assert process.stderr
    while b"exited with status 1" not in process.stderr.readline():
        pass
    (tmp_path / "x").touch()
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"ran\n")


# --- as PID 1 -------------------------------------------------------------------------------------

NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


@pytest.fixture
def init(untilup: Program) -> Program:
    """Return untilup as PID 1 of a namespace."""
    requirements.namespaces(NAMESPACE)
    untilup.words[:0] = NAMESPACE
    return untilup


@pytest.mark.parametrize("ending", ["exit 0", "exec sleep 1000"])
def test_pid_1_leaves_no_zombie(init: Program, nap: str, ending: str) -> None:
    """PID 1 inherits what a command leaves; of its group nothing is left to be reaped later."""
    family = quoted("sh", "-c", f"sh -c '{nap} & {nap} &'; {nap} & {ending}")
    done = init.run("-t", "300ms", "--no-strict", family, "--", *OBSERVER)
    assert done.stdout == "children: [], descriptors: ['0', '1', '2']\n"


def test_pid_1_leaves_others_zombies_alone(init: Program) -> None:
    """A zombie of another group is not PID 1's to reap while it is untilup."""
    then = "import os; print(os.waitstatus_to_exitcode(os.wait()[1]))"
    init.words[len(NAMESPACE) : len(NAMESPACE)] = ["sh", "-c", '(exit 7) & exec "$@"', "sh"]
    assert init.run("exec:true", "--", *PYTHON, "-c", then).stdout == "7\n"


@pytest.mark.parametrize("signum", ENDING, ids=[each.name for each in ENDING])
def test_pid_1_is_ended_by_a_signal(init: Program, signum: signal.Signals) -> None:
    """While the command of an attempt runs, a signal ends PID 1 as always."""
    script = f"kill -{signum.value} 1; exec sleep 1000"
    done = init.run("-t", LONG, quoted("sh", "-c", script))
    assert done.returncode == 128 + signum
