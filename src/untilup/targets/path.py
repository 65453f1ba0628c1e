"""Paths as targets: validation, and the failures of paths."""

from __future__ import annotations

import errno
import os

from untilup.errors import ABSENT, DOWN, InvalidTarget, NotReady
from untilup.os_errors import describe_errno, raise_if_limit
from untilup.values import PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target
    from untilup.values import OptionTypes

_MADE_HERE = "Check that the process that creates it is running, and that it uses this path."
_MOUNTED = "Check that its volume is mounted in this container, at this path."
_PERMISSIONS = "Check that this user may enter every directory of the path, and use the file (ls -ld, namei -l)."


def fsencode(path: str) -> bytes:
    """Return *path* as bytes; raise InvalidTarget if it cannot be encoded."""
    if "\0" in path:
        raise InvalidTarget("the path has a NUL character, which ends every path")
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        raise InvalidTarget(
            "the path has characters that this locale (LC_ALL) cannot write"
        ) from None


def path_failure(path: str, error: OSError) -> NotReady:
    """Return the failure of a *path* for which the kernel has returned *error*.

    Raise ResourceLimitReached if this process, not the path, is the cause.
    """
    raise_if_limit(error)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _absent(path)
    if error.errno in (errno.EACCES, errno.EPERM):
        detail = "permission denied: this user may not use it"
        return NotReady("forbidden", detail, _PERMISSIONS, cheap=True)
    return NotReady("failed", describe_errno(error), cheap=True)


def _absent(path: str) -> NotReady:
    """Return the failure of a *path* that does not exist.

    If its directory exists, the file is down. If not, the path may be misspelled: the directory is to
    the file what the host is to the port.
    """
    if os.path.islink(path):
        detail, hint, evidence = "the path is a symbolic link to nothing", _MADE_HERE, DOWN
    elif os.path.isdir(os.path.dirname(path.rstrip("/"))):
        detail, hint, evidence = "file does not exist", _MADE_HERE, DOWN
    else:
        detail, hint, evidence = "neither the file nor its directory exists", _MOUNTED, ABSENT
    return NotReady("absent", detail, hint, cheap=True, evidence=evidence)


def wrong_type(what: str, hint: str = "") -> NotReady:
    """Return the failure of a path at which there is *what*, of another type than the target's."""
    return NotReady("wrong-type", f"it is {what}", hint, cheap=True)


# unix(7): sun_path has 108 bytes, the last of which is a NUL.
MAX_SOCKET_PATH = 107


def validate_socket_path(path: str) -> None:
    """Raise InvalidTarget if *path* is too long for a socket."""
    if len(fsencode(path)) > MAX_SOCKET_PATH:
        raise InvalidTarget(
            f"a socket's path has at most {MAX_SOCKET_PATH} bytes; this one is longer"
        )


UNIX_OPTION: OptionTypes = {
    "unix": (PATH, "connect to this socket in the file system instead of the host")
}


def validate_socket_option(target: Target) -> None:
    """Raise InvalidTarget if the path of the option ``unix`` is too long for a socket."""
    if path := target.options.get("unix"):
        validate_socket_path(path)
