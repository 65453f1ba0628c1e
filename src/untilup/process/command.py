"""Find the command, restore its environment, and say why it cannot be executed."""

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
EXECUTE_BITS = S_IXUSR | S_IXGRP | S_IXOTH
# Enough of a file's head for its first line: the kernel reads as much (BINPRM_BUF_SIZE).
SHEBANG_LIMIT = 256
NO_SHELL = (
    "NAME=value before a command is for a shell, and no shell is run; write env NAME=value COMMAND"
)
# Those that no file in PATH usually has.
BUILTINS = frozenset((
    ".", "alias", "bg", "builtin", "cd", "declare", "eval", "export", "fg", "for", "function",
    "hash", "if", "let", "local", "popd", "pushd", "read", "readonly", "return", "set", "shift",
    "shopt", "source", "trap", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
))  # fmt: skip


def which(word: str) -> str:
    """Return the first path that execvp(3) would try for *word*.

    Raise CommandNotFound or CannotExecute if there is none.
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
    for directory in path.split(os.pathsep):
        candidate = os.path.join(directory or os.curdir, word)
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
    raise _not_found(word, f" in PATH ({printable(path)})" if path else "; PATH is empty")


def is_assignment(word: str) -> bool:
    """Tell whether a shell would take *word* for ``NAME=value``."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isascii() and name.isidentifier()


def _not_found(word: str, where: str = "") -> CommandNotFound:
    return CommandNotFound(f"{program(word)}: command not found{_likely_cause(word) or where}")


def _likely_cause(word: str) -> str:
    """Return why there is no program called *word*, if its spelling shows that, or nothing."""
    if is_assignment(word):
        return f"; {NO_SHELL}"
    if len(word.split()) > 1:
        return (
            "; its name has a space: pass each word as an argument of its own, or use sh -c '...'"
        )
    if word == "exec":
        return (
            "; it is built into the shell, and untilup executes the command anyway: leave out exec"
        )
    if word in BUILTINS:
        return f"; it is built into the shell: use sh -c '{word} ...'"
    if word.endswith("\r"):
        return "; its name ends with a carriage return (\\r): convert the line ends of the script to LF"
    return ""


def _raise_if_not_executable(path: str, word: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise exec_failure(word, path, error) from None
    if S_ISDIR(mode):
        raise CannotExecute(f"{program(path)}: is a directory, not a program")
    if not mode & EXECUTE_BITS or not (_is_accessible(path, os.X_OK) or _cannot_tell()):
        raise _forbidden(path)


def _is_accessible(path: str, mode: int) -> bool:
    # By the user and group that exec goes by. If they are the real ones, the older system call is
    # used: if a seccomp filter rejects faccessat2 (Docker before 20.10), no file would be executable.
    is_setuid = os.geteuid() != os.getuid() or os.getegid() != os.getgid()
    by_effective = is_setuid and os.access in os.supports_effective_ids
    return os.access(path, mode, effective_ids=by_effective)


def _cannot_tell() -> bool:
    """Tell whether access(2) is of no use: it says that not even the root directory is there."""
    return not _is_accessible("/", os.F_OK)


def _forbidden(path: str) -> CannotExecute:
    """Return the error for a file that is there and that this user may not execute."""
    try:
        is_on_noexec = os.statvfs(path).f_flag & os.ST_NOEXEC
        mode = os.stat(path).st_mode
    except OSError:
        is_on_noexec = mode = 0
    if is_on_noexec:
        return CannotExecute(f"{program(path)}: it is on a file system that is mounted noexec")
    if mode & EXECUTE_BITS:
        why = (
            "its owner, mode or access control list (ls -l, getfacl) allow that to other users only"
        )
    else:
        why = "make it executable: chmod +x"
    return CannotExecute(f"{program(path)}: not executable by this user (permission denied); {why}")


def exec_failure(word: str, path: str, error: OSError) -> UntilupError:
    """Return the error for a command that could not be executed, or examined, because of *error*."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if not os.path.exists(path):
            return _not_found(word)
        return CommandNotFound(f"{program(path)}: {_missing_interpreter(path)}")
    if error.errno == errno.EACCES:
        return _forbidden(path)
    if error.errno == errno.ENOEXEC:
        return CannotExecute(
            f"{program(path)}: not an executable for this machine, and no '#!' line; "
            "the first line of a script is, for example, #!/bin/sh"
        )
    return CannotExecute(
        f"{program(path)}: cannot be executed: {os.strerror(error.errno or 0).lower()}"
    )


def raise_if_no_interpreter(path: str) -> None:
    """Raise CommandNotFound if *path* is a script, and the file that its first line names does not exist.

    It opens the file, which may hang as exec itself may. So call it only just before exec.
    """
    line = _first_line(path)
    name = line[2:].replace(b"\t", b" ").strip(b" ").partition(b" ")[0]
    if line.startswith(b"#!") and name and len(line) < SHEBANG_LIMIT:
        try:
            os.stat(name)
        except FileNotFoundError:
            raise CommandNotFound(f"{program(path)}: {_missing_interpreter(path)}") from None
        except (OSError, ValueError):  # exec decides
            pass


def _first_line(path: str) -> bytes:
    """Return the first line of the file at *path*, as far as the kernel reads it, or nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:  # it may be executed, but not read
        return b""
    try:
        return os.read(descriptor, SHEBANG_LIMIT).split(b"\n", 1)[0]
    except OSError:  # it is a FIFO, or the like
        return b""
    finally:
        os.close(descriptor)


def _missing_interpreter(path: str) -> str:
    """Say what the kernel missed when it executed a file that is there."""
    first_line = _first_line(path)
    if first_line.startswith(b"#!"):
        interpreter = printable(first_line[2:].strip(b" \t").decode(errors="replace"))
        ends = ""
        if first_line.endswith(b"\r"):
            ends = "; its lines end with \\r as on Windows: sed -i 's/\\r$//' removes it"
        return f"exists, but its interpreter was not found: {interpreter}{ends}"
    return "exists, but its dynamic loader was not found: it was built for another C library"


def restore_environment() -> None:
    """Restore LC_CTYPE, which CPython may have changed, in the environment of the C library.

    exec passes that on entry for entry, even duplicate entries and entries without a name. For the
    main thread.
    """
    if "LC_CTYPE" not in os.environ:
        return  # it would be there if CPython had set it
    inherited = _inherited_lc_ctype()
    if inherited is None:
        os.unsetenv("LC_CTYPE")
    else:
        os.putenv(b"LC_CTYPE", inherited)


def _inherited_lc_ctype() -> bytes | None:
    """Return the LC_CTYPE that untilup was started with, None if it was not set.

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
