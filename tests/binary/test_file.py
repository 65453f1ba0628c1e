"""The executable, as a file."""

from __future__ import annotations

import getpass
import platform
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from program import BINARY

# elf(5): what a segment is, and what may be done with its memory.
PT_LOAD, PT_INTERP, PT_GNU_STACK = 1, 3, 0x6474E551
EXECUTE, WRITE = 1, 2
CHECKOUT = BINARY.parents[1]
LARGEST = 12_000_000


def segments() -> Iterator[tuple[int, int]]:
    """Yield the type and the rights of each segment."""
    content = BINARY.read_bytes()
    (start,) = struct.unpack_from("<Q", content, 32)
    size, number = struct.unpack_from("<HH", content, 54)
    for index in range(number):
        kind, rights = struct.unpack_from("<II", content, start + index * size)
        yield kind, rights


def test_it_is_static() -> None:
    """It asks for no loader, and so for no library."""
    kinds = [kind for kind, _ in segments()]
    assert PT_LOAD in kinds
    assert PT_INTERP not in kinds


def test_nothing_is_both_writable_and_executable() -> None:
    """No segment, nor the stack, may be both written and executed."""
    rights = {(kind, right) for kind, right in segments() if kind in (PT_LOAD, PT_GNU_STACK)}
    assert {kind for kind, _ in rights} == {PT_LOAD, PT_GNU_STACK}
    assert not [kind for kind, right in rights if right & EXECUTE and right & WRITE]


def test_it_is_small() -> None:
    """It takes at most 12 MB."""
    assert BINARY.stat().st_size <= LARGEST


def test_it_tells_nothing_of_where_it_was_built() -> None:
    """No path, user or name of the machine that built it is in it."""
    content = BINARY.read_bytes()
    home = Path.home()
    for text in (f"{CHECKOUT}/", "/.cache/untilup", f"{home}/", "/tmp/tmp.", platform.release()):
        assert text.encode() not in content
    for name in (getpass.getuser(), platform.node()):
        # A word that may stand in a text by chance, but not as what a variable or a path has.
        for text in (f"USER={name}", f"LOGNAME={name}", f"/{name}/", f"{name}@"):
            assert text.encode() not in content


def test_it_tells_nothing_of_when_it_was_built() -> None:
    """Neither its date is in it, as a text, nor that of today."""
    content = BINARY.read_bytes()
    for moment in (BINARY.stat().st_mtime, time.time()):
        for form in ("%Y-%m-%d", "%b %e %Y", "%a %b %e", "%Y%m%d"):
            assert time.strftime(form, time.gmtime(moment)).encode() not in content
