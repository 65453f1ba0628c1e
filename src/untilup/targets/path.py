"""Paths as targets: what cannot be one, and what it says where one leads to nothing."""

from __future__ import annotations

import errno
import os

from untilup.errors import ABSENT, DOWN, InvalidTarget, NotReady
from untilup.os_errors import describe_errno, limit_reached
from untilup.values import PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target
    from untilup.values import OptionTypes

_MADE_HERE = "is whoever makes it started, and does it make it at this very path?"
_MOUNTED = "is the volume that holds it mounted in this container, and at this path?"
_RIGHTS = (
    "as which user does this run, and may that user enter every folder of the path and use what "
    "is at its end (ls -ld, namei -l)?"
)


def fsencode(path: str) -> bytes:
    """Return the bytes that the kernel knows *path* by; raise InvalidTarget where there are none."""
    if "\0" in path:
        raise InvalidTarget("the path has a NUL character, which ends every path")
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        raise InvalidTarget(
            "the path has characters that this locale (LC_ALL) cannot write"
        ) from None


def path_failure(path: str, error: OSError) -> NotReady:
    """Return the reason for a *path* of which the kernel has said *error*.

    Raise ResourceLimitReached where not the path but this process is in trouble.
    """
    if limit := limit_reached(error):
        raise limit
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _absent(path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotReady(
            "forbidden", "permission denied: this user may not use it", _RIGHTS, cheap=True
        )
    return NotReady("failed", describe_errno(error), cheap=True)


def _absent(path: str) -> NotReady:
    """Say what is missing of *path*.

    If the directory is there, the file is known to be down. If it is not, the path may be misspelled:
    the directory is to the file what the host is to the port.
    """
    if os.path.islink(path):
        detail = "there is a symbolic link, which leads to nothing"
        return NotReady("absent", detail, _MADE_HERE, cheap=True, evidence=DOWN)
    if os.path.isdir(os.path.dirname(path.rstrip("/"))):
        detail = "not there: nobody has made it yet, or it has been removed"
        return NotReady("absent", detail, _MADE_HERE, cheap=True, evidence=DOWN)
    return NotReady(
        "absent",
        "not there, nor is the folder that it would be in",
        _MOUNTED,
        cheap=True,
        evidence=ABSENT,
    )


def wrong_type(what: str, hint: str = "") -> NotReady:
    """Return the reason for a path that leads to *what*, which is not what is waited for."""
    return NotReady("wrong-type", f"there is {what}", hint, cheap=True)


# unix(7): sun_path has 108 bytes, the last of which is a NUL.
LONGEST_PATH = 107


def validate_socket_path(path: str) -> None:
    """Raise InvalidTarget where *path* is none that a socket can have."""
    if len(fsencode(path)) > LONGEST_PATH:
        raise InvalidTarget(f"a socket's path has at most {LONGEST_PATH} bytes; this one is longer")


UNIX_OPTION: OptionTypes = {
    "unix": (PATH, "connect to this socket in the file system instead of the host")
}


def validate_socket_option(target: Target) -> None:
    """Raise InvalidTarget for a socket, the option ``unix``, that cannot be."""
    if path := target.options.get("unix"):
        validate_socket_path(path)
