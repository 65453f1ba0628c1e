"""A command that writes down, as JSON, what it sees of its own process: process_observer.py FILE [ARG]...

To be run by ``python -I -S``. What CPython changes while it starts is not told here: its signal
dispositions (ask ``grep Sig /proc/self/status``). The environment is the kernel's copy, and so
what exec was given.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PROCESS = Path("/proc/self")
STDIN = 0
# The lines of /proc/self/status that do not differ from one run to the next.
STATUS = (
    *("Umask", "Uid", "Gid", "Groups", "Threads", "SigPnd", "ShdPnd", "SigBlk"),
    *("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"),
)


def observe() -> dict[str, object]:
    """Return everything that is seen, stdin's content last, because reading it changes things."""
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "group": os.getpgrp(),
        "session": os.getsid(0),
        "nice": os.nice(0),
        "argv": (PROCESS / "cmdline").read_bytes().hex(),
        "environment": (PROCESS / "environ").read_bytes().hex(),
        "cwd": str(PROCESS.joinpath("cwd").readlink()),
        "limits": (PROCESS / "limits").read_text().splitlines(),
        "status": status(),
        "descriptors": descriptors(),
        "stdin": stdin(),
    }


def status() -> dict[str, str]:
    """Return what the kernel tells about capabilities, masks and limits."""
    lines = (PROCESS / "status").read_text().splitlines()
    fields = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {name: fields[name] for name in STATUS if name in fields}


def descriptors() -> dict[str, dict[str, str]]:
    """Return what each open descriptor leads to, its offset, and its flags in octal."""
    targets = {}
    for link in list((PROCESS / "fd").iterdir()):
        try:
            targets[link.name] = str(link.readlink())
        except FileNotFoundError:  # the listing's own descriptor
            continue
    return {number: {"to": to, **position_and_flags(number)} for number, to in targets.items()}


def position_and_flags(number: str) -> dict[str, str]:
    """Return what fdinfo says of an open descriptor, but for what only names the file again."""
    lines = (PROCESS / "fdinfo" / number).read_text().splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {name: fields[name] for name in ("pos", "flags")}


def stdin() -> str | None:
    """Return all that can be read from stdin, in hexadecimal; None if nothing can."""
    content = b""
    try:
        while piece := os.read(STDIN, 65536):
            content += piece
    except OSError:
        return None
    return content.hex()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(observe()), encoding="utf-8")
