"""A real server in a container, as tests drive it: each of its programs started, and looked into."""

from __future__ import annotations

import shlex

from tests.container.containers import Container
from tests.support import json_log


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
