"""exec: - ready when the command exits with status 0; words are split as by a shell, and there is none."""

from __future__ import annotations

import errno
import os
from time import monotonic, sleep

from untilup.display import printable
from untilup.errors import (
    DOWN,
    CannotExecute,
    CommandNotFound,
    InvalidTarget,
    NeverReady,
    NotReady,
    ResourceLimitReached,
    UntilupError,
)
from untilup.os_errors import describe_errno, limit_reached
from untilup.process import command
from untilup.process.child import MOST_HEARD, Child, others_run, prepare
from untilup.targets.path import fsencode
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType, ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal

    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

STATUSES = range(256)
SUCCESS = (range(1),)
# Of what is kept of the output, so many lines are shown.
MOST_LINES = 40

# The start of a child needs five descriptors for a moment, and one for as long as it runs.
DESCRIPTORS_DELAY = 0.010

_BY_HAND = "run it by hand in this container, or add --verbose, to see what it says"

# In an attempt's memory: the child of an earlier attempt that has not ended although it was killed.
STUCK = "stuck"

SYNTAX = TargetSyntax(
    "exec:pg_isready -h db",
    "exec:./manage.py migrate --check #timeout=5m",
    "exec:check-licence #status=0,3-5",
    host=False,
    options={
        "status": (
            ValueType("STATUSES", "exit statuses from 0 to 255, as in 0,2-5", ranges_of(STATUSES)),
            "the exit statuses that count, instead of 0",
        ),
    },
)


def validate(target: Target) -> None:
    """Raise InvalidTarget where there is no command, or none that comes apart into words.

    For the main thread, before the first attempt.
    """
    words = _words(target)
    if not (words and words[0] and target.path.split()):
        raise InvalidTarget("the command is missing; give exec:COMMAND")
    if command.is_assignment(words[0]):
        raise InvalidTarget(f"{command.NO_SHELL}, or exec:sh -c '...'")
    for word in words:
        fsencode(word)
    prepare()


def _words(target: Target) -> list[str]:
    import shlex  # which imports re

    try:
        return shlex.split(target.path)
    except ValueError as problem:
        raise InvalidTarget(
            f"the command cannot be split as a shell would: {str(problem).lower()}"
        ) from None


def check(attempt: Attempt) -> None:
    """Return when the command exits with an accepted status; kill it at the end of the timeout.

    The attempt's output is what it wrote. Raise NeverReady if it cannot be executed.
    """
    target, memory = attempt.target, attempt.memory
    deadline = monotonic() + attempt.timeout
    attempt.enter("executing")
    if STUCK in memory and not memory[STUCK].end():
        raise _too_slow(
            "it was killed some time ago and has not ended: it is stuck in the kernel (a network file system that is gone?), or another user's"
        )
    memory.pop(STUCK, None)
    child = _start(_words(target), deadline)
    attempt.enter("running")
    try:
        in_time = child.wait(deadline)
    finally:
        if not child.end():
            memory[STUCK] = child
        attempt.output = _lines(child.heard)
    if not in_time:
        end = "does not die of SIGKILL" if STUCK in memory else "was killed"
        raise _too_slow(f"it had not ended after {attempt.timeout:.1f}s, and {end}")
    if child.status is None:
        raise NotReady("failed", "its exit status is not known")
    _judge(child.status, target.options.get("status", SUCCESS))


def _start(words: list[str], deadline: float) -> Child:
    path = words[0]
    try:
        path = command.which(words[0])
        return _child(path, words, deadline)
    except OSError as error:
        if limit := limit_reached(error):
            raise limit from error
        if error.errno in (errno.EAGAIN, errno.ENOMEM):
            raise ResourceLimitReached(
                "limit reached: no more processes (ulimit -u, or the container's limit on pids or memory)"
            ) from error
        if not os.path.exists(os.devnull):
            raise NeverReady(
                "cannot-execute", f"there is no {os.devnull} here for stdin"
            ) from error
        if error.errno == errno.ETXTBSY:
            raise NotReady(
                "failed", f"it is being written: {describe_errno(error)}", cheap=True
            ) from error
        raise _never(words[0], command.exec_failure(words[0], path, error)) from error
    except (CannotExecute, CommandNotFound) as error:
        raise _never(words[0], error) from error


def _child(path: str, words: list[str], deadline: float) -> Child:
    """Start a child; if there are too few descriptors, try again as long as others give some back."""
    while True:
        try:
            return Child(path, words)
        except OSError as error:
            if error.errno != errno.EMFILE or monotonic() >= deadline or not others_run():
                raise
        sleep(DESCRIPTORS_DELAY)


def _never(word: str, error: UntilupError) -> NeverReady:
    """Return why the command will never run; its name alone, as an argument may be a secret."""
    detail = str(error)
    if len(word.split()) > 1 or "@" in word:
        detail = "command not found, or not executable: its name, with a space or an '@', is not shown; are the quotes around more than one word?"
    return NeverReady(error.reason, detail)


def _judge(status: int, accepted: tuple[range, ...]) -> None:
    """Raise NotReady for a *status* that does not count."""
    if status < 0:
        name = signal.strsignal(-status) or "unknown"
        raise NotReady(
            "killed",
            f"it was killed by signal {-status} ({name.lower()})",
            "did it crash, or has the container too little memory?",
        )
    if not any(status in each for each in accepted):
        raise NotReady("exit-status", f"it exited with status {status}", _BY_HAND, evidence=DOWN)


def _too_slow(detail: str) -> NotReady:
    return NotReady("too-slow", detail)


def _lines(heard: bytes) -> list[str]:
    """Return what was heard, as lines that are fit to print."""
    text = heard[:MOST_HEARD].decode(errors="replace")
    lines = [printable(line) for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES or len(heard) > MOST_HEARD:
        lines[MOST_LINES:] = ["..."]
    return lines
