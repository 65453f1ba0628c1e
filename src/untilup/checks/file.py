"""file:// - ready when there is a file, a folder or anything else at the path."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG
from time import monotonic

from untilup.errors import ALIVE, DOWN, InvalidTarget, NotReady
from untilup.targets.path import fsencode, path_failure
from untilup.targets.syntax import TargetSyntax
from untilup.values import DURATION, FLAG, ValueType, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

FILE, FOLDER = "a file", "a folder"
TYPE = ValueType("file|dir", "file or dir", one_of({"file": FILE, "dir": FOLDER}))

SYNTAX = TargetSyntax(
    "file:///run/app/ready",
    "file:///data/dump.sql#nonempty&stable=2s",
    "file:///run/app/lock#absent",
    host=False,
    options={
        "type": (TYPE, "it must be a file, or a folder"),
        "nonempty": (FLAG, "it must hold a byte or, as a folder, an entry"),
        "stable": (
            DURATION,
            "its size, or a folder's number of entries, has not changed for so long",
        ),
        "absent": (FLAG, "there must be nothing at the path, instead"),
    },
)

# path_resolution(7): PATH_MAX counts the NUL at the end. NAME_MAX is that of every common file system.
LONGEST_PATH = 4095
LONGEST_NAME = 255
# In an attempt's memory: the size at the last attempt, and since when (seconds of the monotonic clock).
SIZE = "size"


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that no file can have, and for options that contradict each other."""
    path = fsencode(target.path)
    if len(path) > LONGEST_PATH or max(map(len, path.split(b"/"))) > LONGEST_NAME:
        raise InvalidTarget(
            f"a path has at most {LONGEST_PATH} bytes, and {LONGEST_NAME} between two slashes; this one has more"
        )
    wanted = [name for name in ("type", "nonempty", "stable") if target.options.get(name)]
    if target.options.get("absent") and wanted:
        raise InvalidTarget(f"what is absent has no '{wanted[0]}'; leave one of the two out")


def check(attempt: Attempt) -> None:
    """Return when what is at the path, or that nothing is, is as the options of the target say."""
    attempt.enter("asking")
    try:
        _check(attempt)
    except NotReady as failure:
        if failure.reason != "changing":
            attempt.memory.pop(SIZE, None)  # what comes next is something else
        raise


def _check(attempt: Attempt) -> None:
    target, options = attempt.target, attempt.target.options
    try:
        status = os.stat(target.path)
    except OSError as error:
        failure = path_failure(target.path, error)
        if failure.reason == "absent" and options.get("absent"):
            return
        raise failure from error
    if options.get("absent"):
        raise NotReady(
            "present",
            f"there is {_what(status.st_mode)}, which has not been removed yet",
            "is whoever removes it still at work, or did it end without removing it?",
            cheap=True,
            evidence=DOWN,
        )
    if _what(status.st_mode) != options.get("type", _what(status.st_mode)):
        raise NotReady(
            "wrong-type",
            f"there is {_what(status.st_mode)}, and {options['type']} is waited for",
            "a folder in a file's place is what Docker makes where the source of a bind mount was missing",
            cheap=True,
            evidence=DOWN,
        )
    if not (options.get("nonempty") or options.get("stable")):
        return
    size = _size(target.path, status)
    if options.get("nonempty") and not size:
        raise NotReady(
            "empty",
            f"there is {_what(status.st_mode)}, with nothing in it",
            "is whoever fills it still at work?",
            cheap=True,
            evidence=DOWN,
        )
    if options.get("stable"):
        _raise_if_changing(attempt, size)


def _what(mode: int) -> str:
    if S_ISREG(mode):
        return FILE
    return FOLDER if S_ISDIR(mode) else "a socket, a pipe or a device"


def _size(path: str, status: os.stat_result) -> int:
    """Return how many bytes a file has, or entries a directory."""
    if not S_ISDIR(status.st_mode):
        return status.st_size
    try:
        return len(os.listdir(path))
    except OSError as error:
        raise path_failure(path, error) from error


def _raise_if_changing(attempt: Attempt, size: int) -> None:
    """Raise NotReady where the *size* has been another within the time that is asked for."""
    now = monotonic()
    known, since = attempt.memory.get(SIZE, (None, now))
    if known != size:
        since = now
    attempt.memory[SIZE] = (size, since)
    wanted: float = attempt.target.options["stable"]
    if now - since < wanted:
        raise NotReady(
            "changing",
            f"its size has been {size} for {now - since:.1f}s, and must not change for {wanted:g}s",
            "is whoever writes it still at work? One look alone (--once) cannot tell",
            cheap=True,
            evidence=ALIVE,
        )
