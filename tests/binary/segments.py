"""What an executable asks the kernel to map (elf(5))."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# What a segment is, and what may be done with its memory.
PT_LOAD, PT_INTERP, PT_GNU_STACK = 1, 3, 0x6474E551
EXECUTE, WRITE = 1, 2


class Segment(NamedTuple):
    """A row of the table, in its order."""

    kind: int
    rights: int
    offset: int
    address: int
    physical_address: int
    size_in_file: int
    size: int
    alignment: int


def segments(executable: Path) -> Iterator[Segment]:
    """Yield the segments of an *executable* of 64 bits."""
    content = executable.read_bytes()
    (start,) = struct.unpack_from("<Q", content, 32)
    size, number = struct.unpack_from("<HH", content, 54)
    for index in range(number):
        yield Segment(*struct.unpack_from("<IIQQQQQQ", content, start + index * size))
