"""A real server in a container, as tests drive it: each of its programs started, and looked into."""

from __future__ import annotations

import json
import shlex

from tests.container.containers import Container


def run(container: Container, *words: str) -> str:
    """Run a program in the container, and return what it says; it has to succeed."""
    result = container.exec(list(words))
    said = result.output.decode(errors="replace")
    assert result.exit_code == 0, f"{shlex.join(words)}: {said}"
    return said


def start(container: Container, *words: str, log: str = "/tmp/log") -> None:
    """Start a program in the container that goes on, and writes what it says to the file *log*."""
    run(container, "sh", "-c", f"{shlex.join(words)} >>{log} 2>&1 & echo $! >/tmp/pid")


def stop(container: Container) -> None:
    """Ask what was started last to end."""
    run(container, "sh", "-c", "kill $(cat /tmp/pid)")


def ended(container: Container) -> bool:
    """Tell whether what was started last has ended; there may be nobody to reap it."""
    state = container.exec(["sh", "-c", "cut -d' ' -f3 /proc/$(cat /tmp/pid)/stat"])
    return state.exit_code != 0 or state.output.strip() == b"Z"


def log(container: Container, file: str = "/tmp/log") -> str:
    """Return what a program has written to its log."""
    return run(container, "cat", file)


def phases(said: str) -> list[str]:
    """Return the reasons of untilup's events so far, in JSON, each as often as it was new."""
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [event["reason"] for event in events if event.get("reason")]
