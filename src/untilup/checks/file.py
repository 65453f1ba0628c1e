"""file:// - up when a file, a directory or anything else exists at the path; with contains=, when the file has that text."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG
from time import monotonic

from untilup import display
from untilup.errors import ALIVE, DOWN, INCONCLUSIVE, InvalidTarget, NeverReady, NotReady
from untilup.net.failures import OPENING
from untilup.targets.path import fsencode, path_failure
from untilup.targets.syntax import TargetSyntax
from untilup.values import DURATION, FLAG, PATH, TEXT, ValueType, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

FILE, DIRECTORY = "a file", "a directory"
TYPE = ValueType("file|dir", "file or dir", one_of({"file": FILE, "dir": DIRECTORY}))

SYNTAX = TargetSyntax(
    "file:///run/app/ready",
    "file:///data/dump.sql#nonempty&stable=2s",
    "file:///run/app/lock#absent",
    "file:///var/log/app.log#contains=ready&failed=/run/app/failed",
    host=False,
    options={
        "type": (TYPE, "it must be a file, or a directory"),
        "nonempty": (FLAG, "it must contain a byte or, if it is a directory, an entry"),
        "stable": (
            DURATION,
            "its size, or a directory's number of entries, must not have changed for this long",
        ),
        "absent": (FLAG, "nothing may exist at the path"),
        "contains": (TEXT, "it must be a file that contains this text, such as a line of a log"),
        "failed": (PATH, "if anything exists at this path, the target can never be up"),
    },
)

# path_resolution(7): PATH_MAX counts the NUL at the end. NAME_MAX is that of every common file
# system.
MAX_PATH = 4095
MAX_NAME = 255
# An attempt reads so much of a file, in such pieces; the next one continues.
MAX_READ = 1024 * 1024
PIECE = 64 * 1024
# The last bytes that were read: if they have changed, the file was written anew.
MIN_KEPT = 64
# In an attempt's memory: the last size, and since when (seconds of the monotonic clock).
SIZE = "size"
# In an attempt's memory: the device and number of the file, how far it has been read, the last bytes of
# that, and whether the text was found.
READ = "read"

_REMOVES = "Check that the process that removes it is still running."
_FILLS = "Check that the process that fills it is still running."
_WRITES = "Check the log of the process that writes it. The text is case-sensitive."
_MOUNT = (
    "Check the bind mounts: Docker creates a directory if the source of a bind mount is missing."
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that is too long, and for options that contradict each other."""
    options = target.options
    _validate_path(target.path)
    _validate_path(options.get("failed", ""))
    names = ("type", "nonempty", "stable", "contains")
    wanted = [name for name in names if options.get(name)]
    if options.get("absent") and wanted:
        raise InvalidTarget(f"'absent' and '{wanted[0]}' contradict each other; remove one of them")
    if options.get("type") == DIRECTORY and "contains" in options:
        raise InvalidTarget("'type=dir' and 'contains' contradict each other; remove one of them")


def _validate_path(text: str) -> None:
    path = fsencode(text)
    if len(path) > MAX_PATH or max(map(len, path.split(b"/"))) > MAX_NAME:
        raise InvalidTarget(
            f"a path has at most {MAX_PATH} bytes, and {MAX_NAME} between two slashes; this one is longer"
        )


def check(attempt: Attempt) -> None:
    """Return when the path is as the options of the target require.

    Raise NeverReady if there is anything at the path of ``failed=``.
    """
    if failed := attempt.target.options.get("failed"):
        attempt.enter(f"{OPENING}{display.path(failed)}")
        _raise_if_failed(failed)
    attempt.enter(f"{OPENING}{display.path(attempt.target.path)}")
    try:
        _check(attempt)
    except NotReady as failure:
        if failure.reason != "changing":
            attempt.memory.pop(SIZE, None)  # the next file is another one
        raise


def _raise_if_failed(path: str) -> None:
    """Raise NeverReady if there is anything at *path*, and NotReady if that cannot be told."""
    try:
        os.stat(path)
    except OSError as error:
        failure = path_failure(path, error)
        if failure.reason == "absent":
            return
        failure.detail = f"{display.path(path)} (failed=): {failure.detail}"
        raise failure from error
    detail = f"{display.path(path)} (failed=) exists: the step before has given up"
    raise NeverReady("present", detail, "Look at the log of the step that creates it.")


def _check(attempt: Attempt) -> None:
    target, options = attempt.target, attempt.target.options
    try:
        status = os.stat(target.path)
    except OSError as error:
        failure = path_failure(target.path, error)
        if failure.reason == "absent" and options.get("absent"):
            return
        raise failure from error
    found = _type(status.st_mode)
    if options.get("absent"):
        raise _mismatch("present", f"{found} is still there", _REMOVES)
    if found != options.get("type", found):
        raise _mismatch("wrong-type", f"it is {found}; expected {options['type']}", _MOUNT)
    if options.get("nonempty") or options.get("stable"):
        size = _size(target.path, status)
        if options.get("nonempty") and not size:
            raise _mismatch("empty", f"{found} exists, but is empty", _FILLS)
        if options.get("stable"):
            _raise_if_changing(attempt, size)
    if "contains" in options:
        if found != FILE:  # to open a pipe could block a process, or wake one up
            raise _mismatch("wrong-type", f"it is {found}; contains= needs a file", _MOUNT)
        _find(attempt, options["contains"].encode("utf-8", "surrogateescape"))


def _mismatch(reason: str, detail: str, hint: str) -> NotReady:
    return NotReady(reason, detail, hint, cheap=True, evidence=DOWN)


def _type(mode: int) -> str:
    if S_ISREG(mode):
        return FILE
    return DIRECTORY if S_ISDIR(mode) else "a socket, a pipe or a device"


def _size(path: str, status: os.stat_result) -> int:
    """Return the number of bytes of a file, or of entries of a directory."""
    if not S_ISDIR(status.st_mode):
        return status.st_size
    try:
        return len(os.listdir(path))
    except OSError as error:
        raise path_failure(path, error) from error


def _find(attempt: Attempt, text: bytes) -> None:
    """Return if the file has the *text*; read on from where the last attempt has stopped."""
    path = attempt.target.path
    try:
        # Non-blocking, because another kind of file could be there by now.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            is_found, is_end = _read_on(attempt, file, text)
        finally:
            os.close(file)
    except OSError as error:
        raise path_failure(path, error) from error
    if is_found:
        return
    if is_end:
        raise _mismatch("missing-text", "it does not contain the text of contains=", _WRITES)
    raise NotReady(
        "missing-text",
        f"it is longer than {MAX_READ // 1024} KiB, and is not read to its end yet",
        "Wait for further attempts: each reads on.",
        cheap=True,
        evidence=INCONCLUSIVE,
    )


def _read_on(attempt: Attempt, file: int, text: bytes) -> tuple[bool, bool]:
    """Return whether *file* has the *text*, and whether all of it has been read.

    Begin anew with another file at the path (rotation), and if what was read has changed (truncation).
    """
    status = os.fstat(file)
    identity = (status.st_dev, status.st_ino)
    known, offset, tail, found = attempt.memory.get(READ, (identity, 0, b"", False))
    changed = os.pread(file, len(tail), offset - len(tail)) != tail
    if known != identity or changed:
        offset, tail, found = 0, b"", False
    left = MAX_READ
    while not found and left and (piece := os.pread(file, min(PIECE, left), offset)):
        read = tail + piece
        found = text in read
        tail = read[-max(MIN_KEPT, len(text) - 1) :]
        offset += len(piece)
        left -= len(piece)
    attempt.memory[READ] = (identity, offset, tail, found)
    return found, left > 0


def _raise_if_changing(attempt: Attempt, size: int) -> None:
    """Raise NotReady if the *size* has changed within the time that ``stable=`` requires."""
    now = monotonic()
    last, since = attempt.memory.get(SIZE, (None, now))
    if last != size:
        since = now
    attempt.memory[SIZE] = (size, since)
    wanted: float = attempt.target.options["stable"]
    if now - since < wanted:
        raise NotReady(
            "changing",
            f"its size has been {size} for {now - since:.1f}s; it must not change for {wanted:g}s",
            "Wait for the process that writes it. A single attempt (--once) cannot tell whether the size changes.",
            cheap=True,
            evidence=ALIVE,
        )
