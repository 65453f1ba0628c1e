"""PID 1 of a container, and `docker stop` (docs/design.md, The command)."""

from __future__ import annotations

import signal

import pytest

from tests.container.containers import Containers
from tests.support.eventually import Eventually
from tests.support.signals import each_signal
from tests.support.untilup_process import status_fields

pytestmark = pytest.mark.container

each_init = pytest.mark.parametrize("init", [{}, {"init": True}], ids=["PID 1", "under an init"])
# A command that ends by a status of its own when it is asked to.
ENDS_BY_7 = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", file=sys.stderr)
signal.pause()
"""


@each_signal
def test_a_signal_ends_the_wait(
    containers: Containers, eventually: Eventually, signum: signal.Signals
) -> None:
    """A signal ends PID 1 while it waits, with the status by which shells tell of that signal."""
    waiting = containers.untilup("localhost:1", "--", "echo", "ran")
    eventually(lambda: "refused" in waiting.said())
    waiting.get_wrapped_container().kill(signum.name)
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (128 + signum, "")
    assert f"ended by {signum.name}: 1 target is not up\n" in done.stderr


@each_init
def test_docker_stop_while_waiting(
    containers: Containers, eventually: Eventually, init: dict[str, bool]
) -> None:
    """`docker stop` ends the wait, and need not kill."""
    waiting = containers.untilup("nobody:1", "--", "echo", "ran", **init)
    eventually(lambda: "not up" in waiting.said())
    assert waiting.stopped().returncode == 128 + signal.SIGTERM


@each_init
def test_docker_stop_after_the_hand_over(
    containers: Containers, eventually: Eventually, init: dict[str, bool]
) -> None:
    """Once it has become the command, `docker stop` reaches the command itself."""
    containers.dependency(80, name="web")
    command = containers.untilup("web:80", "--", "python3", "-c", ENDS_BY_7, **init)
    eventually(lambda: "ready" in command.said())
    assert command.stopped().returncode == 7


def test_the_command_is_all_that_is_left(containers: Containers, eventually: Eventually) -> None:
    """After the hand-over one process runs in the container: the command, as PID 1."""
    containers.dependency(80, name="web")
    command = containers.untilup("web:80", "--", "python3", "-c", ENDS_BY_7)
    eventually(lambda: "ready" in command.said())
    processes = command.get_wrapped_container().top(ps_args="-o pid,args")["Processes"]
    assert [words.split()[0] for _, words in processes] == ["python3"]


def test_the_command_is_pid_1_with_every_default(containers: Containers) -> None:
    """The command is PID 1, with no signal ignored or blocked."""
    containers.dependency(80, name="web")
    done = containers.untilup("web:80", "--", "cat", "/proc/self/status").ended()
    fields = status_fields(done.stdout)
    assert fields["Pid"] == "1"
    assert [int(fields[mask], 16) for mask in ("SigBlk", "SigIgn")] == [0, 0]
