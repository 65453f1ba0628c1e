"""``--copy-to PATH``: the executable, copied by itself into an image or a volume that has no ``cp``."""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import os
import stat
from contextlib import suppress

from untilup.display import printable
from untilup.errors import UntilupError, UsageError
from untilup.os_errors import describe_errno
from untilup.outcomes import Interrupted
from untilup.process.signals import TERMINATION_SIGNALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

NAME = "untilup"
# proc(5): the file that this process executes, even if it was renamed or removed.
EXECUTABLE = "/proc/self/exe"
MODE = 0o755
PIECE = 1 << 20


def copy_to(path: str) -> None:
    """Copy the executable to *path*, or into it if it is a directory, as a whole or not at all.

    Raise UsageError in a Python package, which is no single file, and UntilupError if the copy fails.
    """
    if "__file__" in globals():
        raise UsageError(
            "--copy-to copies the executable, and this untilup is a Python package;"
            " use the image, or pip install untilup-bin"
        )
    if not path:
        raise UsageError("--copy-to: '' is not accepted; write a file or a directory")
    destination = os.path.join(path, NAME) if os.path.isdir(path) else path
    _end_on_signals()
    try:
        source = os.open(EXECUTABLE, os.O_RDONLY)
    except OSError as error:
        raise UntilupError(f"cannot read {EXECUTABLE}: {describe_errno(error)}") from None
    try:
        _copy(source, destination)
    except OSError as error:
        raise _cannot(destination, describe_errno(error)) from None
    finally:
        os.close(source)


def _copy(source: int, destination: str) -> None:
    """Write a copy into the directory of *destination*, then rename it, so that no reader sees half of it."""
    directory = _open_directory(destination)
    try:
        _raise_if_not_replaceable(directory, destination)
        _copy_into(directory, source, destination)
    finally:
        os.close(directory)


def _open_directory(destination: str) -> int:
    """Return a descriptor of the directory of *destination*; raise UntilupError if there is none."""
    directory = os.path.dirname(destination) or "."
    try:
        # O_PATH needs no permission to read the directory.
        return os.open(directory, os.O_PATH | os.O_DIRECTORY)
    except FileNotFoundError:
        why = f"there is no directory {printable(directory)}"
    except NotADirectoryError:
        why = f"{printable(directory)} is a file, or is below one"
    except OSError as error:
        why = f"{printable(directory)}: {describe_errno(error)}"
    raise _cannot(destination, why)


def _copy_into(directory: int, source: int, destination: str) -> None:
    # Of a length of its own, so that it is valid wherever the destination is. A container's PID is
    # always 1, so the name needs something else that differs.
    partial = f"{NAME}.{os.urandom(4).hex()}"
    # Opened for writing alone, and closed before the rename: a file that a process can still write to
    # cannot be executed (ETXTBSY).
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    target = os.open(partial, flags, 0o700, dir_fd=directory)
    try:
        try:
            while piece := os.read(source, PIECE):
                _write(target, piece)
            _make_executable(target, destination)
        finally:
            os.close(target)
        name = os.path.basename(destination)
        os.rename(partial, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with suppress(FileNotFoundError):  # a signal came just after the rename
            os.unlink(partial, dir_fd=directory)
        raise


def _cannot(destination: str, why: str) -> UntilupError:
    return UntilupError(f"cannot copy to {printable(destination)}: {why}")


def _raise_if_not_replaceable(directory: int, destination: str) -> None:
    """Raise UntilupError if a rename would replace something other than a file: as root, a device."""
    name = os.path.basename(destination)
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise _cannot(destination, "it exists and is not a regular file")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _make_executable(descriptor: int, destination: str) -> None:
    """Set the mode; raise UntilupError where the file system has no modes, as FAT, and no better one.

    Some of these refuse, others ignore it. The mode that they have may be good enough.
    """
    with suppress(OSError):
        os.fchmod(descriptor, MODE)
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & 0o111 != 0o111:  # noqa: PLR2004 - executable by all
        why = f"its file system gives it the mode {mode:04o}, with which not every user can execute it"
        raise _cannot(destination, why)


def _end_on_signals() -> None:
    """Have the signals that end a wait end the copy, which then removes its partial file."""

    def interrupt(signum: int, _frame: object) -> NoReturn:
        # A second signal must not interrupt the removal of the partial file.
        for each in TERMINATION_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signum, [])

    for signum in TERMINATION_SIGNALS:
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, interrupt)
