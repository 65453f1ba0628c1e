"""Paths as targets: what cannot be one, and what it says where one leads to nothing."""

from __future__ import annotations

import errno
import os

from untilup.errors import ABSENT, DOWN, NOTHING, Malformed, NotReady
from untilup.net.failures import limit_reached, unforeseen

_MADE_HERE = "is whoever makes it started, and does it make it at this very path?"
_MOUNTED = "is the volume that holds it mounted in this container, and at this path?"
_RIGHTS = (
    "as which user does this run, and may that user enter every folder of the path and use what "
    "is at its end (ls -ld, namei -l)?"
)


def encoded(path: str) -> bytes:
    """Return the bytes that the kernel knows *path* by; raise Malformed where there are none."""
    if "\0" in path:
        raise Malformed("the path has a NUL character, which ends every path")
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        raise Malformed("the path has characters that this locale (LC_ALL) cannot write") from None


def path_failure(path: str, error: OSError) -> NotReady:
    """Return the reason for a *path* of which the kernel has said *error*.

    Raise LimitReached where not the path but this process is in trouble.
    """
    if limit := limit_reached(error):
        raise limit
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _absent(path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotReady("forbidden", "permission denied: this user may not use it", _RIGHTS)
    return NotReady("failed", unforeseen(error))


def _absent(path: str) -> NotReady:
    """Say what is missing of *path*.

    A folder is to a file what a host is to a port: where it is there, the file is known to be
    down; where it is not, a typing error would look just like that.
    """
    if os.path.islink(path):
        detail = "there is a symbolic link, which leads to nothing"
        return NotReady("absent", detail, _MADE_HERE, says=DOWN)
    if os.path.isdir(os.path.dirname(path.rstrip("/"))):
        detail = "not there: nobody has made it yet, or it has been removed"
        return NotReady("absent", detail, _MADE_HERE, says=DOWN)
    return NotReady(
        "absent", "not there, nor is the folder that it would be in", _MOUNTED, says=ABSENT
    )


def out_of_place(what: str, hint: str = "") -> NotReady:
    """Return the reason for a path that leads to *what*, which is not what is waited for."""
    return NotReady("wrong-type", f"there is {what}", hint, says=NOTHING)
