"""exec: - commands: how they are written, what counts, and what is reported of them."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.checks import exec  # noqa: A004 - named as its scheme
from untilup.cli import targets
from untilup.errors import (
    DOWN,
    INCONCLUSIVE,
    NeverReady,
    NotReady,
    ResourceLimitReached,
    UsageError,
)
from untilup.process import child, proc
from untilup.targets.attempt import Attempt
from untilup.values import ranges_of

# Far beyond what any of these commands takes.
PATIENT = 20.0


def failure_of(text: str, timeout: float = PATIENT, *, free: bool = False) -> NotReady:
    """Return why the target is not up."""
    with pytest.raises(NotReady) as caught:
        exec.check(Attempt(targets.parse_target(text, 0.0, {}), timeout))
    assert caught.value.cheap == free, "a process costs somebody work"
    return caught.value


def output_of(text: str) -> list[str]:
    """Return the output of an attempt at the target, which is up."""
    attempt = Attempt(targets.parse_target(text, 0.0, {}), PATIENT)
    exec.check(attempt)
    return attempt.output


@pytest.mark.parametrize(
    ("command", "reason", "detail", "says"),
    [
        (
            "exec:sh -c 'exit 3'",
            "exit-status",
            "it exited with status 3, and printed nothing",
            DOWN,
        ),
        (
            "exec:true #status=1-255",
            "exit-status",
            "it exited with status 0, and printed nothing",
            DOWN,
        ),
        ("exec:sh -c 'echo; exit 1' #status=0,2-5", "exit-status", "it exited with status 1", DOWN),
        ("exec:sh -c 'kill -9 $$'", "killed", "it was killed by signal 9 (killed)", INCONCLUSIVE),
        (
            "exec:sh -c 'kill -9 $$' #status=0-255",
            "killed",
            "it was killed by signal 9 (killed)",
            INCONCLUSIVE,
        ),
    ],
)
def test_what_is_not_ready(command: str, reason: str, detail: str, says: str) -> None:
    """A status that does not count proves down; a signal proves nothing, not even with status=."""
    failure = failure_of(command)
    assert (failure.reason, failure.detail, failure.evidence) == (reason, detail, says)


def test_the_hint_names_verbose_if_there_is_something_to_show() -> None:
    """The hint of a command that fails mentions its output only if there is some."""
    assert "--verbose" in failure_of("exec:sh -c 'echo no >&2; exit 1'").hint
    assert "--verbose" not in failure_of("exec:false").hint


@pytest.mark.parametrize(
    "command",
    [
        "exec:true",
        "exec: true ",
        "exec:sh -c 'exit 4' #status=0,2-5",
        "exec:test a = \"a\"'' #status=0",
        'exec:sh -c \'test "$1" = "*"\' x *',
        "exec:test #timeout=1m&status=1",
    ],
)
def test_what_is_ready(command: str) -> None:
    """A command is split as by a shell, and nothing in it is expanded."""
    output_of(command)


def test_too_slow() -> None:
    """A command that has not ended by the attempt's deadline tells nothing, and says what to do."""
    failure = failure_of("exec:sleep 1000", timeout=0.1)
    assert (failure.reason, failure.evidence) == ("too-slow", INCONCLUSIVE)
    assert "--attempt-timeout" in failure.hint


@pytest.mark.parametrize(
    ("command", "reason", "words"),
    [
        ("exec:no-such-program hunter2", "command-not-found", "no-such-program: command not found"),
        ("exec:./missing hunter2", "command-not-found", "./missing: command not found"),
        ("exec:/ hunter2", "cannot-execute", "is a directory"),
        ("exec:/etc/passwd hunter2", "cannot-execute", "chmod"),
        (
            "exec:'curl -H hunter2'",
            "command-not-found",
            "check the quotes",
        ),
        ("exec:user:hunter2@db", "command-not-found", "has a space or an '@'"),
        ("exec:/etc/passwd/x hunter2", "command-not-found", "command not found"),
    ],
)
def test_what_can_never_be(command: str, reason: str, words: str) -> None:
    """A command that cannot be executed ends the wait, and only its name is reported."""
    with pytest.raises(NeverReady) as caught:
        exec.check(Attempt(targets.parse_target(command, 0.0, {}), PATIENT))
    assert caught.value.reason == reason
    assert words in caught.value.detail
    assert "hunter2" not in caught.value.detail


def test_its_name() -> None:
    """A command is told by its first word, and not even by that where it may hold a password."""
    assert str(targets.parse_target("exec:pg_isready -h hunter2", 0.0, {})) == "exec:pg_isready"
    assert str(targets.parse_target("exec:user:hunter2@db x", 0.0, {})) == "exec:(not shown)"


@pytest.mark.parametrize(
    ("content", "words"),
    [("#!/no/such/interpreter\n", "/no/such/interpreter"), ("echo hi\n", "'#!'")],
)
def test_scripts_that_can_never_be(tmp_path: Path, content: str, words: str) -> None:
    """A script without an interpreter is reported as untilup's own command would be."""
    script = tmp_path / "script"
    script.write_text(content)
    script.chmod(0o755)
    with pytest.raises(NeverReady, match=words):
        exec.check(Attempt(targets.parse_target(f"exec:{script}", 0.0, {}), PATIENT))


def test_a_script_that_is_being_written(tmp_path: Path) -> None:
    """A program that is still being written may be executed later."""
    program = tmp_path / "program"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o755)
    with program.open("ab"):
        failure = failure_of(f"exec:{program}", free=True)
    assert "ETXTBSY" in failure.detail
    output_of(f"exec:{program}")


@pytest.mark.parametrize(
    ("number", "limit"),
    [(errno.EAGAIN, "no more processes"), (errno.ENOMEM, "memory"), (errno.EMFILE, "ulimit -n")],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, number: int, limit: str) -> None:
    """Running out of processes or descriptors ends the wait and names the limit."""

    def none_left(*_: object, **__: object) -> None:
        raise OSError(number, "too many")

    monkeypatch.setattr(subprocess, "_fork_exec", none_left)
    with pytest.raises(ResourceLimitReached, match=limit):
        exec.check(Attempt(targets.parse_target("exec:true", 0.0, {}), PATIENT))


def test_roots_without_dev_null(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is nothing to be stdin, that is the reason, and not that there is no command."""
    monkeypatch.setattr(os, "devnull", "/missing/null")
    with pytest.raises(NeverReady, match="/missing/null"):
        exec.check(Attempt(targets.parse_target("exec:true", 0.0, {}), PATIENT))


def test_kernels_without_pidfds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pidfd, untilup polls for the exit of a process."""
    monkeypatch.delattr(os, "pidfd_open")
    output_of("exec:true")
    assert output_of("exec:sh -c 'echo a; exit 1' #status=1") == ["a"]
    assert failure_of("exec:sleep 1000", timeout=0.1).reason == "too-slow"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("exec:", "the command is missing"),
        ("exec:  ", "the command is missing"),
        ("exec:''", "the command is missing"),
        ("exec:'' hunter2", "the command is missing"),
        ("exec:\u2003", "the command is missing"),
        ("exec: #status=1", "the command is missing"),
        ("exec:sh -c 'hunter2", "cannot be split as a shell would: no closing quotation"),
        ("exec:sh hunter2\\", "cannot be split as a shell would: no escaped character"),
        ("exec:a hunter2\0", "NUL"),
        ("exec:a #status=256", "'256' is not accepted; write exit statuses from 0 to 255"),
        ("exec:a #status=5-2", "'5-2'"),
        ("exec:a #status=", "''"),
        ("exec:a #status=1,", "'1,'"),
        ("exec:a #status=-1", "'-1'"),
        ("exec:a #status=\u0661", "option 'status'"),
        ("exec:a #type=file", "unknown option 'type'"),
    ],
)
def test_malformed(text: str, problem: str) -> None:
    """What is no command is refused before any attempt, and its arguments are never told."""
    with pytest.raises(UsageError) as caught:
        targets.parse_target(text, 0.0, {})
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(st.lists(st.integers(0, 255), min_size=1).map(sorted))
def test_statuses(wanted: list[int]) -> None:
    """A list of statuses and ranges holds these and no others."""
    text = ",".join(f"{status}-{status}" if status % 2 else str(status) for status in wanted)
    ranges = ranges_of(exec.STATUSES)(text)
    assert {status for each in ranges for status in each} == set(wanted)


@given(st.text())
def test_any_text_is_a_list_of_statuses_or_none(text: str) -> None:
    """Any text is a list of statuses from 0 to 255, or is refused."""
    try:
        ranges = ranges_of(exec.STATUSES)(text)
    except ValueError:
        return
    assert all(0 <= each.start < each.stop <= 256 for each in ranges)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_a_command_or_none(text: str) -> None:
    """Any text is a command with a name that can be printed, or is refused in one line."""
    try:
        printed = str(targets.parse_target(f"exec:{text}", 0.0, {}))
    except UsageError as error:
        printed = str(error)
    assert printed.isprintable()


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0#", exclude_categories=["Cs"])), min_size=1
    )
)
def test_words_that_a_shell_would_have(words: list[str]) -> None:
    """What is quoted as for a shell comes apart into just these words."""
    try:
        waited_for = targets.parse_target(f"exec:{shlex.join(['x', *words])}", 0.0, {})
    except UsageError:
        pytest.fail("refused")
    assert shlex.split(waited_for.path) == ["x", *words]


def test_the_output() -> None:
    """Stdout and stderr are kept together, line by line, fit to print, blank lines left out."""
    received = output_of("exec:sh -c 'echo one; echo >&2; printf \"t\\033[31mwo\\377\\n\" >&2'")
    assert received == ["one", "t\\x1b[31mwo\ufffd"]


def test_an_attempt_forgets_the_output_of_the_last_one(tmp_path: Path) -> None:
    """The output is that of the latest attempt."""
    (tmp_path / "text").write_text("one")
    assert output_of(f"exec:cat {tmp_path}/text") == ["one"]
    (tmp_path / "text").write_text("")
    assert output_of(f"exec:cat {tmp_path}/text") == []


def test_a_flood_of_output_is_kept_in_part() -> None:
    """Of much output the first lines are kept; the command is not kept from writing the rest."""
    lines = output_of("exec:seq 200000")
    assert lines[:2] == ["1", "2"]
    assert (len(lines), lines[-1]) == (exec.MAX_LINES + 1, "...")
    assert output_of("exec:head -c 1000000 /dev/zero") == ["\\x00" * 29 + "...", "..."]


def test_a_child_that_holds_the_output() -> None:
    """A command has ended when it has, even if a child of its own holds on to its output."""
    assert output_of("exec:sh -c 'echo said; sleep 1000 &'") == ["said"]


def test_a_command_that_cannot_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has not ended although it was killed is not started once more beside itself."""
    attempt = Attempt(targets.parse_target("exec:sleep 1000", 0.0, {}), 0.1)
    with monkeypatch.context() as patched:
        patched.setattr(child.Child, "kill", lambda _: None)
        for detail in ("has survived SIGKILL", "has not ended: it hangs in the kernel"):
            with pytest.raises(NotReady, match=detail) as caught:
                exec.check(attempt)
            assert caught.value.reason == "too-slow"
        assert len(child._running) == 1
    with pytest.raises(NotReady, match="had not ended after"):
        exec.check(attempt)
    assert not child._running


def test_nothing_is_started_after_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the process is about to be another, there are no new children."""
    monkeypatch.setattr(child, "_stopped", False)
    child.stop_children()
    with pytest.raises(NotReady, match="untilup is ending"):
        exec.check(Attempt(targets.parse_target("exec:true", 0.0, {}), PATIENT))


@given(st.binary(max_size=9000))
def test_any_output_can_be_printed(output: bytes) -> None:
    """Whatever a command writes is few short lines that can be printed."""
    lines = exec._lines(output)
    assert len(lines) <= exec.MAX_LINES + 1
    assert all(line.isprintable() and len(line) <= 120 * len("\\U0010ffff") for line in lines)


def test_a_killed_child_gets_its_turn_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the exec a killed child that waits for a processor is waited for: the command has no zombie."""
    monkeypatch.setattr(child, "_stopped", False)
    monkeypatch.setattr(child, "MAX_FINAL_KILL_TIME", 0.0)
    busy = child.Child("/bin/sh", ["sh", "-c", "while :; do :; done"])
    child.stop_children()
    assert not child._running
    assert busy.status == -9
    with pytest.raises(ChildProcessError):
        os.waitpid(busy.pid, os.WNOHANG)
    busy._pipe.close()


@pytest.mark.parametrize("listed", [True, False])
def test_a_thread_that_is_late_to_start_a_child(
    monkeypatch: pytest.MonkeyPatch, *, listed: bool
) -> None:
    """At the exec a thread that is about to start a child is waited for, where it can be seen to have none."""
    patched = {"_stopped": False, "MAX_FINAL_KILL_TIME": 0.0, "_starting": [os.getpid()]}
    for name, value in patched.items():
        monkeypatch.setattr(child, name, value)
    monkeypatch.setattr(proc, "children", lambda _: set())
    monkeypatch.setattr(proc, "lists_children", lambda: listed)
    monkeypatch.setattr(proc, "is_runnable", lambda group: group == os.getpgrp())
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        child._starting.clear()

    monkeypatch.setattr(child, "sleep", sleep)
    child.stop_children()
    assert bool(waits) == listed
