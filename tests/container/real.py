"""A real server in a container, as tests drive it: each of its programs started, and looked into."""

from __future__ import annotations

import shlex
import subprocess

from tests.container.containers import Container, Containers
from tests.support import json_log
from tests.support.eventually import eventually


def run(container: Container, *words: str) -> str:
    """Run a program in the container, and return what it says; it has to succeed."""
    result = container.exec(list(words))
    text = result.output.decode(errors="replace")
    assert result.exit_code == 0, f"{shlex.join(words)}: {text}"
    return text


def start(container: Container, *words: str, log: str = "/tmp/log") -> None:
    """Start a program in the container that goes on, and writes what it says to the file *log*."""
    run(container, "sh", "-c", f"{shlex.join(words)} >>{log} 2>&1 & echo $! >/tmp/pid")


def stop(container: Container) -> None:
    """Ask what was started last to end."""
    run(container, "sh", "-c", "kill $(cat /tmp/pid)")


def ended(container: Container) -> bool:
    """Tell whether the process that was started last has ended; it may be a zombie."""
    state = container.exec(["sh", "-c", "cut -d' ' -f3 /proc/$(cat /tmp/pid)/stat"])
    return state.exit_code != 0 or state.output.strip() == b"Z"


def log(container: Container, file: str = "/tmp/log") -> str:
    """Return what a program has written to its log."""
    return run(container, "cat", file)


def phases(text: str) -> list[str]:
    """Return the reasons of untilup's events so far, in JSON, each as often as it was new."""
    events = [json_log.read_line(line) for line in text.splitlines() if line.startswith("{")]
    return [event["reason"] for event in events if event["reason"]]


def started_and_stopped(
    containers: Containers, machine: Container, waiting: Container, target: str, *words: str
) -> subprocess.CompletedProcess[str]:
    """Start the server that *waiting* waits for, then stop it; return how the wait and its client ended.

    Its port refuses before, the client has to succeed, and then the *target* has to go down.
    """
    eventually(waiting.has_said("connection refused"))
    start(machine, *words)
    done = waiting.ended()
    assert done.returncode == 0, done.stderr
    gone = containers.untilup("--down", target)
    eventually(gone.has_said("it is still up"))
    stop(machine)
    assert gone.ended().returncode == 0
    eventually(lambda: ended(machine))
    return done
