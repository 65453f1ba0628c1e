"""A file system that stops answering: hung_file_system.py DIRECTORY MODE, to be run as root.

It is mounted in a mount namespace of its own, by FUSE (linux/fuse.h). On stdout it says when it is,
and when a process waits for an answer that does not come. Its only file may be executed by all. MODE
is what it does not answer:

- lookup: which files there are
- open: the opening of the file, after the lookup
- open-taken: the same, but it takes the request, so that not even SIGKILL interrupts the process
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import struct
import sys
from stat import S_IFDIR, S_IFREG
from typing import NoReturn

DEVICE = "/dev/fuse"
PROGRAM = "program"
READY = "mounted"
ASKED = "asked"

CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
LOOKUP, GETATTR, OPEN, INIT, ACCESS = 1, 3, 14, 26, 34
NEVER_ANSWERED = {2, 36, 42}  # FORGET, INTERRUPT, BATCH_FORGET
REQUEST = struct.Struct("=IIQQIIII")
ANSWER = struct.Struct("=IiQ")
# Version 7.31, and no feature.
INITIALIZED = struct.pack("=IIIIHHIIHH32x", 7, 31, 0, 0, 1, 1, 4096, 1, 1, 0)
ROOT, FILE = 1, 2
VALID = 3600


def attributes(node: int) -> bytes:
    """Return a struct fuse_attr: the root, or the program."""
    mode = (S_IFDIR if node == ROOT else S_IFREG) | 0o755
    return struct.pack("=6Q10I", node, 4096, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def serve(device: int, mode: str) -> NoReturn:
    """Answer until it is time not to, and then wait to be killed."""
    last = {"lookup": INIT, "open": ACCESS, "open-taken": OPEN}[mode]
    operation = 0
    while operation != last:
        request = os.read(device, 1 << 17)
        _, operation, unique, node, *_ = REQUEST.unpack_from(request)
        if operation not in NEVER_ANSWERED | {OPEN}:
            error, content = answer(operation, node, request[REQUEST.size :])
            os.write(device, ANSWER.pack(ANSWER.size + len(content), -error, unique) + content)
        if operation == INIT:
            os.write(1, f"{READY}\n".encode())
    if mode != "open-taken":
        pending = select.poll()
        pending.register(device, select.POLLIN)
        pending.poll()
    os.write(1, f"{ASKED}\n".encode())
    while True:
        signal.pause()


def answer(operation: int, node: int, arguments: bytes) -> tuple[int, bytes]:
    """Return the error, or 0 and what is answered."""
    if operation == INIT:
        return 0, INITIALIZED
    if operation == GETATTR:
        return 0, struct.pack("=QII", VALID, 0, 0) + attributes(node)
    if operation == LOOKUP and arguments == PROGRAM.encode() + b"\0":
        return 0, struct.pack("=QQQQII", FILE, 0, VALID, VALID, 0, 0) + attributes(FILE)
    return (errno.ENOENT if operation == LOOKUP else errno.ENOSYS), b""


def mount(device: int, directory: str) -> None:
    """Mount it where no other process sees it, but those that enter this namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
    for failed in (
        libc.unshare(CLONE_NEWNS),
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
        libc.mount(b"hung", os.fsencode(directory), b"fuse", 0, options.encode()),
    ):
        if failed:
            sys.exit(os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    fuse = os.open(DEVICE, os.O_RDWR)
    mount(fuse, sys.argv[1])
    serve(fuse, sys.argv[2])
