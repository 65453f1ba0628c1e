"""Writing to stderr without ever waiting for its reader.

The command shares the open file, and so may other processes. O_NONBLOCK would be set for all of them,
so it is never set. Each kind of file has its own way to write without blocking.
"""

from __future__ import annotations

import errno
import os
import select
from stat import S_ISCHR, S_ISFIFO, S_ISSOCK
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DESCRIPTOR = 2
# pipe(7): a write of up to PIPE_BUF bytes goes in whole or not at all.
CHUNK_SIZE = select.PIPE_BUF
# Between two tries to write what must not be dropped yet. poll(2) finds room on a stopped terminal.
ROOM_POLL_DELAY = 0.001

# The rest of a line of which a terminal or a socket has taken a part.
_unfinished = b""


def write(text: str, until: float = 0.0) -> bool:
    """Write *text* to stderr, or drop it if the write fails or would block; tell whether it was taken.

    It waits for room *until* then, in seconds of the monotonic clock; by default, not at all.

    The rest of an unfinished line is written first, so that readers see whole lines. A text of which a
    part was written is taken: the rest follows.
    """
    global _unfinished  # noqa: PLW0603 - there is one stderr, and at most one unfinished line
    if _unfinished:
        _unfinished = _write_all(_unfinished, until)
    if _unfinished:
        return False
    line = text.encode("utf-8", "backslashreplace")
    left = _write_all(line, until)
    taken = left != line or not line
    _unfinished = left if taken else b""
    return taken


def columns() -> int:
    """Return the width of the terminal that stderr is; 0 if it is none."""
    try:
        return os.get_terminal_size(DESCRIPTOR).columns
    except OSError:
        return 0


def _write_all(data: bytes, until: float) -> bytes:
    """Write as much of *data* as there is room for *until* then, and return the rest."""
    try:
        write_some = _writer_for(os.fstat(DESCRIPTOR).st_mode)
        while data:
            try:
                data = data[write_some(data[:CHUNK_SIZE]) :]
            except BlockingIOError:
                if monotonic() >= until:
                    break
                sleep(ROOM_POLL_DELAY)
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
    # Pipes support RWF_NOWAIT since Linux 6.4. Before that, poll reports whether there is room. Another
    # writer can use the room before the write.
    return _write_if_there_is_room(data)


def _write_to_terminal(data: bytes) -> int:
    # poll may report room for one byte, and a stopped terminal (Ctrl-S) takes no more than that. A second
    # open file of the terminal has its own O_NONBLOCK.
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
        raise BlockingIOError(errno.EAGAIN, "stderr is full")
    return os.write(DESCRIPTOR, data)
