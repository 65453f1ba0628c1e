"""Executables of the kind that the kernel maps as they are: static, 64 bits, little-endian (elf(5))."""

import struct

SMALLEST_PAGE = 4096
# Linux maps so many bytes around a page that is read. They should be contiguous in the file, too, so that
# the page cache can keep them together.
WINDOW = 16 * SMALLEST_PAGE
LOAD = 1
# Segments that the C library and the kernel read besides. Notes describe the old file.
TLS, STACK = 7, 0x6474E551
WRITABLE = 2

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
# Offsets in the header; the last three are about sections.
SEGMENTS_AT, SECTIONS_AT, SEGMENT_COUNT = 5, 6, 10
ABOUT_SECTIONS = (SECTIONS_AT, 11, 12, 13)
SEGMENT = struct.Struct("<IIQQQQQQ")
# The offset of a segment's alignment.
ALIGNMENT = 7


class Area:
    """A part of memory, from the beginning of a page on."""

    def __init__(self, address: int, flags: int, before: bytes, contents: bytes) -> None:
        self.address = address
        self.flags = flags
        self.begin = len(before)
        self.contents = bytearray(before + contents)

    def place(self, address: int, size: int) -> slice:
        """Return the offset of an address in the contents; None if it is in another area."""
        start = address - self.address
        return slice(start, start + size) if 0 <= start < len(self.contents) else slice(0, 0)


def page_of(program: bytes) -> int:
    """Return the size of the largest page, in bytes, with which a kernel can map *program*."""
    return max(segment[ALIGNMENT] for segment in segments_of(program) if segment[0] == LOAD)


def segments_of(program: bytes) -> list[tuple[int, ...]]:
    """Return the segments of *program*."""
    header = HEADER.unpack_from(program)
    table = range(header[SEGMENT_COUNT])
    return [SEGMENT.unpack_from(program, header[SEGMENTS_AT] + n * SEGMENT.size) for n in table]


def read(program: bytes) -> tuple[list[Area], list[tuple[int, ...]]]:
    """Return the areas of *program*, and those of its other segments that are to be kept."""
    page = page_of(program)
    areas, others = [], []
    for segment in segments_of(program):
        kind, flags, offset, address, _, file_size, memory_size, _ = segment
        if kind == LOAD:
            before = address % page
            contents = program[offset : offset + file_size] + bytes(memory_size - file_size)
            areas.append(Area(address - before, flags, program[offset - before : offset], contents))
        elif kind in {TLS, STACK}:
            others.append(segment)
    return areas, others


def write(
    program: bytes, areas: list[Area], others: list[tuple[int, ...]], worth_a_segment: int
) -> bytes:
    """Return *program* with other *areas* and without sections.

    So many zeros, in bytes, are not in the file. Holes in a file would not survive an image's
    layer, so that they have to be segments' ends.
    """
    page = page_of(program)
    # The first page contains only headers, for which there is room here.
    file = bytearray(page)
    segments = [(LOAD, areas[0].flags, 0, areas[0].address, areas[0].address, page, page, page)]
    for area in areas[1:]:
        for piece in pieces(area.contents, page, worth_a_segment):
            kept = area.contents[piece.start : piece.stop].rstrip(b"\0")
            address = area.address + piece.start
            # What is left of the last page the kernel would clear, and so copy; qemu does so even
            # where nothing may be written.
            kept = area.contents[piece.start : piece.start + len(kept) + -len(kept) % page]
            file += bytes((address - len(file)) % WINDOW)
            sizes = len(kept), len(piece)
            segments.append((LOAD, area.flags, len(file), address, address, *sizes, page))
            file += kept + bytes(-len(kept) % page)
    header = list(HEADER.unpack_from(program))
    header[SEGMENTS_AT] = HEADER.size
    header[SEGMENT_COUNT] = len(segments) + len(others)
    for field in ABOUT_SECTIONS:
        header[field] = 0
    headers = HEADER.pack(*header)
    headers += b"".join(SEGMENT.pack(*segment) for segment in [*segments, *others])
    if len(headers) > page:
        raise ValueError("more segments than fit into a page")
    file[: len(headers)] = headers
    return bytes(file)


def pieces(contents: bytearray, size: int, worth_a_segment: int) -> list[range]:
    """Return pieces in whole pages; each but the last ends in at least so many zeros."""
    found = []
    start = zeros = 0
    for page in range(0, len(contents), size):
        if not any(contents[page : page + size]):
            zeros += size
            continue
        if zeros >= worth_a_segment:
            found.append(range(start, page))
            start = page
        zeros = 0
    return [*found, range(start, len(contents))]
