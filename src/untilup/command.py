"""Where the command is, what is in its environment, and why it cannot be executed, in words."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR

from untilup.display import printable, program
from untilup.errors import CannotExecute, CommandNotFound, UntilupError

# Enough of a file's head for its first line: the kernel reads as much (BINPRM_BUF_SIZE).
HEAD = 256
NO_SHELL = (
    "no shell is run, so that NAME=value before a command sets nothing: give env NAME=value COMMAND"
)


def find(word: str) -> str:
    """Return the path that execvp(3) would take for *word*.

    Raise CommandNotFound or CannotExecute where there is none.
    """
    if "/" in word:
        _raise_if_not_executable(word, word)
        return word
    forbidden: CannotExecute | None = None
    path = os.environ.get("PATH", os.defpath)
    for folder in path.split(os.pathsep):
        candidate = os.path.join(folder or os.curdir, word)
        try:
            _raise_if_not_executable(candidate, word)
        except CommandNotFound:
            continue
        except CannotExecute as error:  # a later folder may have one that can be executed
            forbidden = forbidden or error
            continue
        return candidate
    if forbidden:
        raise forbidden
    raise _not_found(word, f" in PATH ({printable(path)})")


def is_assignment(word: str) -> bool:
    """Tell whether a shell would take *word* for ``NAME=value``."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isascii() and name.isidentifier()


def _not_found(word: str, where: str = "") -> CommandNotFound:
    why = f"; {NO_SHELL}" if is_assignment(word) else where
    return CommandNotFound(f"{program(word)}: command not found{why}")


def _raise_if_not_executable(path: str, word: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise failure(word, path, error) from None
    if S_ISDIR(mode):
        raise CannotExecute(f"{program(path)}: is a directory, not a program")
    # Not the real user's rights, which access(2) would ask for, but those that exec goes by.
    if not os.access(path, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise CannotExecute(
            f"{program(path)}: not executable by this user (permission denied); is it chmod +x?"
        )


def failure(word: str, path: str, error: OSError) -> UntilupError:
    """Return the error for a command that could not be executed, or looked at, because of *error*."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if not os.path.exists(path):
            return _not_found(word)
        return CommandNotFound(f"{program(path)}: {_missing_interpreter(path)}")
    if error.errno == errno.ENOEXEC:
        return CannotExecute(
            f"{program(path)}: neither a program for this machine nor a script: "
            "a script's first line is '#!' and its interpreter"
        )
    return CannotExecute(
        f"{program(path)}: cannot be executed: {os.strerror(error.errno or 0).lower()}"
    )


def _missing_interpreter(path: str) -> str:
    """Say what the kernel missed when it executed a file that is there."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD)
    except OSError:
        head = b""
    first_line = head.split(b"\n", 1)[0]
    if first_line.startswith(b"#!"):
        interpreter = printable(first_line[2:].strip().decode(errors="replace"))
        return f"exists, but its interpreter was not found: {interpreter}"
    return "exists, but its dynamic loader was not found: it was built for another C library"


def given_lc_ctype() -> bytes | None:
    """Return LC_CTYPE as untilup was given it, None where it was not.

    In the C locale CPython sets it (PEP 538); the kernel's copy of the environment is older.
    """
    try:
        with open("/proc/self/environ", "rb", buffering=0) as file:
            entries = file.readall().split(b"\0")
    except OSError:  # no /proc: nobody knows what was there
        return os.environb.get(b"LC_CTYPE")
    found = [entry for entry in entries if entry.startswith(b"LC_CTYPE=")]
    return found[0].partition(b"=")[2] if found else None
