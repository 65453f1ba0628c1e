"""exec: - up when the command exits with status 0; it is split as by a shell, but run without one."""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
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
from untilup.os_errors import describe_errno, raise_if_limit
from untilup.process import command
from untilup.process.child import MAX_OUTPUT, Child, others_run, prepare
from untilup.targets.path import fsencode
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType, format_duration, ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

STATUSES = range(256)
SUCCESS = (range(1),)
# How many lines of the output are shown.
MAX_LINES = 40

# The start of a child needs five descriptors for a moment, and one for as long as it runs.
DESCRIPTORS_DELAY = 0.010

# Longer ones first.
OPERATORS = ("||", "|&", "|", "&&", "&", ";", ">>", ">", "<")

_BY_HAND = "Run it by hand in this container."
_OUTPUT = "untilup --verbose shows what it prints."

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
    """Raise InvalidTarget if the command is missing, or cannot be split into words.

    For the main thread, before the first attempt.
    """
    if target.path.startswith("//"):
        raise InvalidTarget("no '//' follows exec:; write exec:COMMAND")
    words = _words(target)
    if not (words and words[0] and target.path.split()):
        raise InvalidTarget("the command is missing; write exec:COMMAND")
    if command.is_assignment(words[0]):
        raise InvalidTarget(f"{command.NO_SHELL}, or exec:sh -c '...'")
    if operator := _shell_operator(target.path):
        raise InvalidTarget(
            f"'{operator}' is for a shell, and no shell is run; write exec:sh -c '...', or quote it if it is an argument"
        )
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


def _shell_operator(text: str) -> str:
    """Return the first operator of a shell in *text* that is not quoted, or nothing."""
    import shlex

    try:
        tokens = shlex.split(text, posix=False)  # it keeps the quotes and backslashes
    except ValueError:  # an escaped quote
        return ""
    for token in tokens:
        redirects = token.lstrip("0123456789")[:1] in {"<", ">"}
        begins = next((each for each in OPERATORS if token.startswith(each)), "")
        if redirects or begins:
            return begins or token.lstrip("0123456789")[:1]
        if token.endswith(";") and not token.endswith("\\;"):
            return ";"
    return ""


def check(attempt: Attempt) -> None:
    """Return when the command exits with an accepted status; kill it at the end of the timeout.

    The attempt's output is what it wrote. Raise NeverReady if it cannot be executed.
    """
    target, memory = attempt.target, attempt.memory
    deadline = monotonic() + attempt.timeout
    attempt.enter("executing")
    if STUCK in memory and not memory[STUCK].end():
        raise NotReady(
            "too-slow",
            "it was killed in an earlier attempt and has not ended: it hangs in the kernel (a network file system?), or runs as another user",
        )
    memory.pop(STUCK, None)
    child = _start(_words(target), deadline)
    attempt.enter("running")
    try:
        in_time = child.wait(deadline)
    finally:
        if not child.end():
            memory[STUCK] = child
        attempt.output = _lines(child.output)
    if not in_time:
        end = "has survived SIGKILL" if STUCK in memory else "was killed"
        detail = f"it had not ended after {format_duration(attempt.timeout)}, and {end}"
        raise NotReady("too-slow", detail)
    if child.status is None:
        raise NotReady("failed", "its exit status is not known")
    _judge(child.status, target.options.get("status", SUCCESS), has_printed=bool(child.output))


def _start(words: list[str], deadline: float) -> Child:
    path = words[0]
    try:
        path = command.which(words[0])
        return _child(path, words, deadline)
    except OSError as error:
        raise_if_limit(error)
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
    """Start a child; without a free descriptor, try again while other children run and can free some."""
    while True:
        try:
            return Child(path, words)
        except OSError as error:
            if error.errno != errno.EMFILE or monotonic() >= deadline or not others_run():
                raise
        sleep(DESCRIPTORS_DELAY)


def _never(word: str, error: UntilupError) -> NeverReady:
    """Return the failure of a command that can never be executed. Its arguments may be secret, and are not shown."""
    detail = str(error)
    if len(word.split()) > 1 or "@" in word:
        detail = "command not found, or not executable (its name has a space or an '@', and is not shown); check the quotes"
    return NeverReady(error.reason, detail)


def _judge(status: int, accepted: tuple[range, ...], *, has_printed: bool) -> None:
    """Raise NotReady for a *status* that does not count."""
    if status < 0:
        name = signal.strsignal(-status) or "unknown"
        raise NotReady(
            "killed",
            f"it was killed by signal {-status} ({name.lower()})",
            "Check whether it crashes, or whether the container has too little memory.",
        )
    if not any(status in each for each in accepted):
        detail = f"it exited with status {status}" + (
            "" if has_printed else ", and printed nothing"
        )
        hint = f"{_BY_HAND} {_OUTPUT}" if has_printed else _BY_HAND
        raise NotReady("exit-status", detail, hint, evidence=DOWN)


def _lines(output: bytes) -> list[str]:
    """Return *output* as printable lines, cut to what is shown."""
    text = output[:MAX_OUTPUT].decode(errors="replace")
    lines = [printable(line) for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES or len(output) > MAX_OUTPUT:
        lines[MAX_LINES:] = ["..."]
    return lines
