"""Where the command is, its environment, and why it cannot be executed, in words."""

from __future__ import annotations

import errno
import os
import sys
from stat import S_ISDIR, S_IXGRP, S_IXOTH, S_IXUSR

from untilup.display import printable, program
from untilup.errors import CannotExecute, CommandNotFound, UntilupError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Without any of these not even root may execute a file.
ANYBODY_MAY_EXECUTE = S_IXUSR | S_IXGRP | S_IXOTH
# Enough of a file's head for its first line: the kernel reads as much (BINPRM_BUF_SIZE).
SHEBANG_LIMIT = 256
NO_SHELL = (
    "no shell is run, so that NAME=value before a command sets nothing: give env NAME=value COMMAND"
)


def which(word: str) -> str:
    """Return the first path that execvp(3) would try for *word*.

    Raise CommandNotFound or CannotExecute where there is none.
    """
    return next(candidates(word))


def candidates(word: str) -> Iterator[str]:
    """Yield one path after the other that execvp(3) would try for *word*; raise as *which* does.

    There are several only for exec to decide: it may refuse what seemed to be executable.
    """
    if "/" in word:
        _raise_if_not_executable(word, word)
        yield word
        return
    forbidden: CannotExecute | None = None
    some = False
    path = os.environ.get("PATH", os.defpath)
    for folder in path.split(os.pathsep):
        candidate = os.path.join(folder or os.curdir, word)
        try:
            _raise_if_not_executable(candidate, word)
        except CommandNotFound:
            continue
        except CannotExecute as error:  # a later directory may have one that can be executed
            forbidden = forbidden or error
            continue
        some = True
        yield candidate
    if some:
        return
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
        raise exec_failure(word, path, error) from None
    if S_ISDIR(mode):
        raise CannotExecute(f"{program(path)}: is a directory, not a program")
    if not mode & ANYBODY_MAY_EXECUTE or not (_is_accessible(path, os.X_OK) or _cannot_tell()):
        raise _forbidden(path)


def _is_accessible(path: str, mode: int) -> bool:
    # For the user and group that exec goes by. If they are the real ones the older system call is
    # asked: where a seccomp filter refuses faccessat2 (Docker before 20.10), no file would be
    # executable.
    is_somebody_else = os.geteuid() != os.getuid() or os.getegid() != os.getgid()
    by_effective = is_somebody_else and os.access in os.supports_effective_ids
    return os.access(path, mode, effective_ids=by_effective)


def _cannot_tell() -> bool:
    """Tell whether the kernel was not to be asked: not even its root is there, it seems."""
    return not _is_accessible("/", os.F_OK)


def _forbidden(path: str) -> CannotExecute:
    """Return the error for a file that is there and that this user may not execute."""
    try:
        is_on_noexec = os.statvfs(path).f_flag & os.ST_NOEXEC
        mode = os.stat(path).st_mode
    except OSError:
        is_on_noexec = mode = 0
    if is_on_noexec:
        return CannotExecute(
            f"{program(path)}: it is on a file system that is mounted noexec, from which nothing can be executed"
        )
    if mode & ANYBODY_MAY_EXECUTE:
        why = "its owner, mode and access control list (ls -l, getfacl) allow it to others"
    else:
        why = "is it chmod +x?"
    return CannotExecute(f"{program(path)}: not executable by this user (permission denied); {why}")


def exec_failure(word: str, path: str, error: OSError) -> UntilupError:
    """Return the error for a command that could not be executed, or looked at, because of *error*."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if not os.path.exists(path):
            return _not_found(word)
        return CommandNotFound(f"{program(path)}: {_missing_interpreter(path)}")
    if error.errno == errno.EACCES:
        return _forbidden(path)
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
            head = file.read(SHEBANG_LIMIT)
    except OSError:
        head = b""
    first_line = head.split(b"\n", 1)[0]
    if first_line.startswith(b"#!"):
        interpreter = printable(first_line[2:].strip(b" \t").decode(errors="replace"))
        ends = ""
        if first_line.endswith(b"\r"):
            ends = (
                "; its lines end as in Windows, and the \\r counts: sed -i 's/\\r$//' removes that"
            )
        return f"exists, but its interpreter was not found: {interpreter}{ends}"
    return "exists, but its dynamic loader was not found: it was built for another C library"


def restore_environment() -> None:
    """Take back what CPython may have made of LC_CTYPE in the environment, as C has it.

    exec passes that on entry for entry, also what no mapping can hold: entries that are there twice,
    or have no name. For the main thread.
    """
    if "LC_CTYPE" not in os.environ:
        return  # it would be there if CPython had set it
    given = _given_lc_ctype()
    if given is None:
        os.unsetenv("LC_CTYPE")
    else:
        os.putenv(b"LC_CTYPE", given)


def _given_lc_ctype() -> bytes | None:
    """Return LC_CTYPE as untilup was given it, None where it was not.

    In the C locale CPython sets it (PEP 538); the kernel's copy of the environment is older.
    """
    try:
        with open("/proc/self/environ", "rb", buffering=0) as file:
            entries = file.readall().split(b"\0")
    except OSError:  # no /proc
        return _before_coercion() if _was_coerced() else os.environb.get(b"LC_CTYPE")
    found = [entry for entry in entries if entry.startswith(b"LC_CTYPE=")]
    return found[0].partition(b"=")[2] if found else None


def _was_coerced() -> bool:
    """Tell whether CPython has set LC_CTYPE: in the C locale, in which UTF-8 mode is on (PEP 540).

    Where that mode is asked for, or the default (from 3.15 on), it tells nothing. The executable,
    which has no prefix, is always in that mode, and changes no locale.
    """
    by_locale = "PYTHONUTF8" not in os.environ and sys.version_info < (3, 15) and sys.prefix
    return bool(sys.flags.utf8_mode and by_locale) and not os.environ.get("LC_ALL")


def _before_coercion() -> bytes | None:
    """Return what LC_CTYPE was before CPython set it: new variables stand at the end."""
    return None if list(os.environb)[-1] == b"LC_CTYPE" else b"C"
