"""The termination log: ``kubectl describe pod`` shows its content as the message of a failed container."""

from __future__ import annotations

import os
from stat import S_ISREG

# Kubernetes' default terminationMessagePath; the kubelet mounts a file there for each container.
PATH = "/dev/termination-log"
# What the kubelet reads of it (4,096 bytes in a container).
MAX_BYTES = 4096


def write(summary: str, path: str = PATH) -> None:
    """Write *summary* to the termination log, if there is one.

    That must be a regular file that exists already. No file is created, no link is followed, and opening
    a pipe does not wait for its reader (O_NONBLOCK). Errors are ignored.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if S_ISREG(os.fstat(descriptor).st_mode):
            os.ftruncate(descriptor, 0)
            kept = summary.encode("utf-8", "backslashreplace")[:MAX_BYTES]
            # Without a part of a character at the end.
            os.write(descriptor, kept.decode(errors="ignore").encode())
    except OSError:  # a full disk must not hide the failure of the wait
        pass
    finally:
        os.close(descriptor)
