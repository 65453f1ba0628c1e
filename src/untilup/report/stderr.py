"""Writing to stderr without ever waiting for its reader.

The descriptor is shared with the command, and perhaps with a whole pipeline, so O_NONBLOCK, which
would be set for all of them, is never set on it. Each kind of file has another way not to wait.
"""

from __future__ import annotations

import errno
import os
import select
from stat import S_ISCHR, S_ISFIFO, S_ISSOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DESCRIPTOR = 2
# pipe(7): a write of up to PIPE_BUF bytes goes in whole or not at all.
CHUNK_SIZE = select.PIPE_BUF

# What is left of a line that was begun: a terminal, or a socket, may take a part of it.
_unfinished = b""


def write(text: str) -> None:
    """Write *text* to stderr, or drop it where that fails or would block.

    A line that has been begun is finished first, so that no reader sees a piece of one.
    """
    global _unfinished  # noqa: PLW0603 - there is one stderr, and one line of it that is under way
    if _unfinished:
        _unfinished = _write_all(_unfinished)
    if not _unfinished:
        line = text.encode("utf-8", "backslashreplace")
        left = _write_all(line)
        _unfinished = b"" if left == line else left


def _write_all(data: bytes) -> bytes:
    """Write *data* as far as it goes, and return what is left."""
    try:
        write_some = _writer_for(os.fstat(DESCRIPTOR).st_mode)
        while data:
            data = data[write_some(data[:CHUNK_SIZE]) :]
    except OSError:
        pass
    return data


def _writer_for(mode: int) -> Callable[[bytes], int]:
    if S_ISFIFO(mode) or S_ISSOCK(mode):
        return _write_to_pipe
    if S_ISCHR(mode) and os.isatty(DESCRIPTOR):
        return _write_to_terminal
    return _write_plainly


def _write_plainly(data: bytes) -> int:
    return os.write(DESCRIPTOR, data)


def _write_to_pipe(data: bytes) -> int:
    try:
        return os.pwritev(DESCRIPTOR, [data], -1, os.RWF_NOWAIT)
    except (AttributeError, NotImplementedError):
        pass  # a C library without pwritev2: musl before 1.2.5
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS):
            raise
    # Pipes know RWF_NOWAIT since Linux 6.4. Before, poll tells whether there is room; a writer
    # that shares the pipe could take it in between.
    return _write_if_there_is_room(data)


def _write_to_terminal(data: bytes) -> int:
    # poll may promise room for one byte, and a stopped terminal (Ctrl-S) takes no more than that.
    # An opening of one's own has an O_NONBLOCK of its own.
    try:
        own = os.open(
            f"/proc/self/fd/{DESCRIPTOR}",
            os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY,
        )
    except OSError:  # no /proc, or the terminal is another user's
        return _write_if_there_is_room(data)
    try:
        return os.write(own, data)
    finally:
        os.close(own)


def _write_if_there_is_room(data: bytes) -> int:
    poll = select.poll()
    poll.register(DESCRIPTOR, select.POLLOUT)
    if not poll.poll(0):
        raise BlockingIOError(errno.EAGAIN, "nobody reads stderr")
    return os.write(DESCRIPTOR, data)
