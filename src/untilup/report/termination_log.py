"""The termination message: what ``kubectl describe pod`` shows of a container that has failed."""

from __future__ import annotations

import os
from stat import S_ISREG

# Kubernetes' default terminationMessagePath; the kubelet mounts a file there for each container.
PATH = "/dev/termination-log"
# What the kubelet reads of it (4,096 bytes in a container).
LONGEST = 4096


def write(summary: str, path: str = PATH) -> None:
    """Write *summary* to the termination log, where there is one.

    Only into a regular file that exists already: nothing is created, no link followed, and a pipe
    without a reader (O_NONBLOCK) not waited for.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if S_ISREG(os.fstat(descriptor).st_mode):
            os.ftruncate(descriptor, 0)
            kept = summary.encode("utf-8", "backslashreplace")[:LONGEST]
            # Not cut inside of a character.
            os.write(descriptor, kept.decode(errors="ignore").encode())
    except OSError:  # a full disk must not hide the failure itself
        pass
    finally:
        os.close(descriptor)
