"""A resource that has run out is named, and another attempt does not help: exit status 125 (docs/design.md, Results of an attempt; The command)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support import requirements, tcp_servers
from tests.support.untilup_process import LONG, PATIENCE, Program
from untilup.net import descriptors

PYTHON = [sys.executable, "-I", "-S"]
NOBODY = "65534"
# Enough for any Python to start with. stdin, stdout and stderr take three, the pipe of the inbox two.
DESCRIPTORS = 12
FREE = DESCRIPTORS - 5
# So long that all connections of a first attempt are open at the same time.
SETTLE = ["--settle", f"{PATIENCE}s", "--attempt-timeout", f"{PATIENCE + 1}s", "-t", "0"]


# Coverage opens files.
pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.fixture
def few_descriptors(untilup: Program) -> Program:
    """Return untilup as a process that may have few descriptors."""
    untilup.words[:0] = ["sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh"]
    return untilup


@pytest.fixture
def up_everywhere() -> Iterator[list[str]]:
    """Return targets, more than there are descriptors, that are all up."""
    with tcp_servers.serving(tcp_servers.silent, host="0.0.0.0") as port:
        yield [f"127.0.0.{number}:{port}" for number in range(1, 2 * DESCRIPTORS)]


def says_that_descriptors_ran_out(done: subprocess.CompletedProcess[str]) -> bool:
    """Tell whether the exit status and the reason are those of too many open files."""
    named = "limit reached: this process may open no more files (ulimit -n)" in done.stderr
    return named and (done.returncode, done.stdout) == (125, "") and "Traceback" not in done.stderr


def test_125_where_descriptors_run_out(few_descriptors: Program, up_everywhere: list[str]) -> None:
    """If more connections are needed than ulimit -n allows, that is the reason."""
    done = few_descriptors.run(*SETTLE, *up_everywhere, "--", "echo", "ran")
    assert says_that_descriptors_ran_out(done), done


def test_commands_take_turns_where_descriptors_are_few(untilup: Program) -> None:
    """Commands that together need more descriptors than there are wait for each other."""
    untilup.words[:0] = ["sh", "-c", 'ulimit -n 32; exec "$@"', "sh"]
    targets = [f"exec:sh -c 'sleep 0.2' {number}" for number in range(20)]
    done = untilup.run("-t", LONG, "--attempt-timeout", LONG, *targets)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_every_descriptor_can_be_used(few_descriptors: Program) -> None:
    """As many targets as there are free descriptors are attempted at the same time."""
    clients: list[socket.socket] = []

    def greet_when_all_have_come(client: socket.socket) -> None:
        clients.append(client)
        for each in clients if len(clients) == FREE else ():
            each.sendall(b"welcome")

    with tcp_servers.serving(greet_when_all_have_come, host="0.0.0.0") as port:
        targets = [f"127.0.0.{number}:{port}" for number in range(1, FREE + 1)]
        # Without a greeting, none of them would be up in time.
        done = few_descriptors.run(*SETTLE, *targets, "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr


def test_125_where_descriptors_run_out_for_a_name(
    few_descriptors: Program, up_everywhere: list[str]
) -> None:
    """A name that cannot be looked up for want of a descriptor is not called unknown."""
    names = [f"localhost:{port}" for port in range(1, 4)]
    done = few_descriptors.run(*SETTLE, *up_everywhere[:FREE], *names)
    assert says_that_descriptors_ran_out(done), done


def test_125_where_descriptors_run_out_for_the_next_look(
    few_descriptors: Program, up_everywhere: list[str], port: int
) -> None:
    """That a failed attempt needs descriptors, for what it imports, is no bug with a traceback."""
    targets = [f"127.0.0.1:{port}", *up_everywhere[:FREE]]
    for _ in range(8):  # each time it is something else that comes too late
        done = few_descriptors.run(*SETTLE, *targets)
        assert says_that_descriptors_ran_out(done), done


@pytest.mark.parametrize(
    ("limit", "hosts", "share"),
    [
        (1024, 1, 64),
        (1024, 10, 64),
        (1024, 100, 6),
        (1024, 400, 1),
        (1024, 5000, 1),
        (1_048_576, 1000, 64),
        (-1, 1000, 64),
    ],
)
def test_descriptors_are_shared(
    monkeypatch: pytest.MonkeyPatch, limit: int, hosts: int, share: int
) -> None:
    """Each target may have 64 sockets, or its part of what the process may have, and one at least."""
    monkeypatch.setattr(descriptors, "max_sockets", descriptors.MAX_SOCKETS)
    monkeypatch.setattr("os.sysconf", lambda _name: limit)
    descriptors.share(hosts)
    assert descriptors.max_sockets == share


def test_targets_that_do_not_answer_need_a_descriptor_each(
    few_descriptors: Program, port: int
) -> None:
    """If packets are dropped, fresh SYNs never take the descriptor that another target needs."""
    with tcp_servers.unanswering() as full:
        unanswered = [f"127.0.0.1:{full}#timeout={number}h" for number in range(1, FREE - 1)]
        words = ("-v", "--any", "--attempt-timeout", "1h", "--max-delay", "50ms")
        process = few_descriptors.start(*words, f"127.0.0.1:{port}", *unanswered, bufsize=0)
        assert process.stderr
        # With delays of at most 50 ms that takes a second: a fresh SYN is sent every 500 ms.
        assert any(b"(attempt 30, " in line for line in process.stderr)
        with tcp_servers.serving(tcp_servers.silent, port):
            _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


# --- threads --------------------------------------------------------------------------------------


def as_another_user() -> list[str]:
    """Return the words that start a process as a user other than root, to whom ulimit -u applies."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("ulimit -u does not bind root, and there is no setpriv to become another user")
    # Python may be installed in a directory that only root may enter.
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    for rights in (reading, []):
        words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *rights]
        trial = [*words, "--", *PYTHON, "-c", ""]
        if not subprocess.run(trial, capture_output=True, check=False, timeout=PATIENCE).returncode:
            return [*words, "--"]
    return pytest.skip("ulimit -u does not apply to root, and no other user may run this Python")


@pytest.mark.parametrize("most", [1, 3])
def test_125_where_threads_run_out(untilup: Program, port: int, most: int) -> None:
    """If ulimit -u, or a container's limit on pids, allows too few threads, that is the reason."""
    # Not by sh: dash and bash call this limit by different letters.
    lower = (
        "import os, resource, sys",
        f"resource.setrlimit(resource.RLIMIT_NPROC, ({most}, {most}))",
        "os.execv(sys.argv[1], sys.argv[1:])",
    )
    untilup.words[:0] = [*as_another_user(), *PYTHON, "-c", "\n".join(lower)]
    targets = [f"127.0.0.{number}:{port}" for number in range(1, 11)]
    done = untilup.run(*targets, "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (125, "")
    assert "limit reached: no more threads (ulimit -u" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pid_namespace_for_children_alone(untilup: Program, up: int) -> None:
    """Outside of the PID namespace that its children would be in a process has no threads."""
    requirements.namespaces(["unshare", "--pid", "--fork"])
    untilup.words[:0] = ["unshare", "--pid", "--"]
    done = untilup.run(f"127.0.0.1:{up}", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (125, "")
    assert "limit reached: no threads in this process" in done.stderr
    assert "add --fork to unshare --pid" in done.stderr
