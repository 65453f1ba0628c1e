"""PID 1 of a container, and `docker stop` (docs/design.md, The command)."""

from __future__ import annotations

import re
import signal

import pyte
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
    eventually(lambda: "refused" in waiting.output())
    waiting.get_wrapped_container().kill(signum.name)
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (128 + signum, "")
    assert re.search(rf"ended by {signum.name} after \S+; 1 of 1 targets not up\n", done.stderr)


def test_a_terminal_of_the_engine(containers: Containers, eventually: Eventually) -> None:
    """With `docker run -t` the live display appears, and PID 1 leaves no trace of it."""
    waiting = containers.untilup("-t", "0", "--color", "never", "localhost:1", tty=True)
    eventually(lambda: b" down    tcp://localhost:1 " in waiting.get_logs()[0])
    waiting.get_wrapped_container().kill("SIGINT")
    done = waiting.ended()
    assert done.returncode == 128 + signal.SIGINT
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(done.stdout + done.stderr)
    shown = "\n".join(screen.display)
    assert "ended by SIGINT" in shown
    assert " down    tcp://" not in shown


@each_init
def test_docker_stop_while_waiting(
    containers: Containers, eventually: Eventually, init: dict[str, bool]
) -> None:
    """`docker stop` ends the wait, and need not kill."""
    waiting = containers.untilup("nobody:1", "--", "echo", "ran", **init)
    eventually(lambda: "not up" in waiting.output())
    assert waiting.stopped().returncode == 128 + signal.SIGTERM


@each_init
def test_docker_stop_after_the_hand_over(
    containers: Containers, eventually: Eventually, init: dict[str, bool]
) -> None:
    """Once it has become the command, `docker stop` reaches the command itself."""
    containers.dependency(80, name="web")
    command = containers.untilup("web:80", "--", "python3", "-c", ENDS_BY_7, **init)
    eventually(lambda: "ready" in command.output())
    assert command.stopped().returncode == 7


def test_the_command_is_all_that_is_left(containers: Containers, eventually: Eventually) -> None:
    """After the exec one process runs in the container: the command, as PID 1."""
    containers.dependency(80, name="web")
    command = containers.untilup("web:80", "--", "python3", "-c", ENDS_BY_7)
    eventually(lambda: "ready" in command.output())
    processes = command.get_wrapped_container().top(ps_args="-o pid,args")["Processes"]
    assert [words.split()[0] for _, words in processes] == ["python3"]


def test_the_command_is_pid_1_with_every_default(containers: Containers) -> None:
    """The command is PID 1, with no signal ignored or blocked."""
    containers.dependency(80, name="web")
    done = containers.untilup("web:80", "--", "cat", "/proc/self/status").ended()
    fields = status_fields(done.stdout)
    assert fields["Pid"] == "1"
    assert [int(fields[mask], 16) for mask in ("SigBlk", "SigIgn")] == [0, 0]
