"""The value of a variable in a file: ``NAME_FILE=/run/secrets/x``, as Docker's images have it."""

from __future__ import annotations

import _thread
import os
from stat import S_ISDIR, S_ISREG

from untilup import display
from untilup.errors import InvalidTarget, ResourceLimitReached
from untilup.os_errors import describe_errno, limit_reached, no_more_threads
from untilup.process import handover, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

# A URL, or a list of a thousand of them.
MAX_SIZE = 64 * 1024
# In seconds. Secrets are in memory; a file system that takes longer hangs.
MAX_READ_TIME = 1.0
# Files that were not read in that time. In a list a word may be read several times, and they are not.
_given_up: set[str] = set()


def read(variable: str, path: str, timeout: float) -> str:
    """Return the content of the file at *path*, which *variable* names, without one final newline.

    Raise InvalidTarget if there is no such regular file, or if it cannot be a value. A file system that
    hangs is given up, after the *timeout* (in seconds) at the latest, if that is not 0.
    """
    named = f"the file of {display.printable(variable)}"
    if path.startswith("/"):
        named += f" ({display.path(path)})"
    content = _read_in_a_thread(path, min(timeout or MAX_READ_TIME, MAX_READ_TIME))
    if isinstance(content, OSError):
        if limit := limit_reached(content):
            raise limit
        raise InvalidTarget(f"{named} cannot be read: {describe_errno(content)}")
    if isinstance(content, str):
        raise InvalidTarget(f"{named} {content}")
    if len(content) > MAX_SIZE:
        raise InvalidTarget(f"{named} has more than {MAX_SIZE // 1024} KiB; a value has less")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise InvalidTarget(f"{named} is not UTF-8; write the value as text") from None
    if "\0" in text:
        raise InvalidTarget(f"{named} has a NUL character; write the value as text")
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _read_in_a_thread(path: str, longest: float) -> bytes | str | OSError:
    """Return the content of the file at *path*, what it is instead of a file, or the kernel's error.

    The kernel may block in a file system that hangs, so a thread asks it. Meanwhile a termination signal
    ends the process at once.
    """
    found: list[bytes | str | OSError] = []
    ended = _thread.allocate_lock()
    ended.acquire()

    def ask() -> None:
        handover.block_termination_signals()
        try:
            found.append(_content(path))
        except OSError as error:
            found.append(error)
        except ValueError:  # a NUL character, which no variable can have
            found.append("has no valid path")
        finally:
            ended.release()

    handlers = {signum: signal.getsignal(signum) for signum in signals.TERMINATION_SIGNALS}
    signals.end_at_once()
    try:
        if path not in _given_up:
            _start(ask)
            if not ended.acquire(timeout=longest):
                _given_up.add(path)
    finally:
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
    return found[0] if found else "cannot be read: its file system does not answer"


def _start(function: Callable[[], None]) -> None:
    try:
        _thread.start_new_thread(function, ())
    except (RuntimeError, MemoryError):
        raise ResourceLimitReached(no_more_threads()) from None


def _content(path: str) -> bytes | str:
    """Return the first bytes of the file at *path*, one more than are accepted, or what it is instead."""
    if problem := _not_a_file(os.stat(path).st_mode):  # to open a device may have an effect
        return problem
    # A FIFO without a writer would block otherwise.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if problem := _not_a_file(os.fstat(descriptor).st_mode):
            return problem
        content = b""
        while len(content) <= MAX_SIZE:
            piece = os.read(descriptor, MAX_SIZE + 1 - len(content))
            if not piece:
                break
            content += piece
        return content
    finally:
        os.close(descriptor)


def _not_a_file(mode: int) -> str:
    if S_ISREG(mode):
        return ""
    return "is a directory" if S_ISDIR(mode) else "is not a regular file"
