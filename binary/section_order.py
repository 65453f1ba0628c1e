"""Order the sections of the executable: section_order.py profiling | ordered MAP USED.

The linker's own script comes from stdin, and the changed script goes to stdout. In the profiling link
every function and every variable has its own pages, so that a page that is used identifies it. In the
ordered link, those that a start uses are adjacent, followed by those that a wait uses. MAP is the
linker's map of the profiling link. USED has a byte for each page from address 0 on, as enum place in
snapshot/snapshot_heap.h.
"""

import re
import sys
from pathlib import Path

PAGE = 4096
# It has no known user.
REST = 3
# The sections that are ordered. In sections with other names the linker merges equal strings.
OUTPUTS = (".text", ".rodata", ".data", ".bss")
# This code runs while pages are recorded, so it must not be forbidden. libc.a has no section for each
# function. image.py removes the modules that an interpreter begins with, which is best at the end.
SPARED = "EXCLUDE_FILE(*libc.a:* *page_profile.o *frozen.o)"
SPARED_DATA = "EXCLUDE_FILE(*libc.a:* *frozen.o)"
# Code that profiling misses, because it replaces the threads, the clock, and the beginning and the end
# of a run: functions, and files of CPython and others. A start uses most of them.
FUNCTIONS = (
    "PySequence_Size",
    "PyUnicode_FSConverter",
    "build_indices_generic",
    "dictresize*",
    "fsconvert_strdup",
    "insertion_resize*",
    "list_item",
    "long_bool",
    "os_execv",
    "parse_arglist",
)
FILES = (
    "_queuemodule",
    "_threadmodule",
    "ceval_gil",
    "lock",
    "obmalloc",
    "parking_lot",
    "pystate",
    "pytime",
    "thread",
    "timemodule",
)
OTHER_FILES = ("*crt1.o", "*crtbegin*.o", "*page_profile.o", "*snapshot.o", "*libc.a:*")
MISSED_BY_PROFILING = {
    ".text": (
        *(f"*(.text.{name})" for name in FUNCTIONS),
        *(f"*libpython*.a:{name}.o(.text.*)" for name in FILES),
        *(f"{name}(.text .text.*)" for name in OTHER_FILES),
    ),
    # Merged strings, and the data of libc: parts of them are used.
    ".rodata": ("*libpython*.a:*(.rodata.str* .rodata.cst*)", "*libc.a:*(.rodata .rodata.*)"),
}
SECTION = re.compile(r"^ (\.\w+(?:\.\S+)?)\s+0x(\w+)\s+0x(\w+) (\S+)$", re.MULTILINE)
MERGED = re.compile(r"\.rodata\.(str|cst)\d")
MEMBER = re.compile(r".*/(\S+)\((\S+)\)")


def main() -> None:
    """Read the linker's script, and write the changed one."""
    script = sys.stdin.read()
    if sys.argv[1] == "profiling":
        first, alignment = {}, f"SUBALIGN({PAGE})"
    else:
        link_map, places = Path(sys.argv[2]).read_text(), Path(sys.argv[3]).read_bytes()
        first, alignment = used(link_map, places), ""
    for name in OUTPUTS:
        missed = MISSED_BY_PROFILING.get(name, ()) if first else ()
        script = changed(script, name, alignment, [*first.get(name, ()), *missed, all_of(name)])
    sys.stdout.write(script)


def all_of(name: str) -> str:
    """Return the pattern of the sections that are not excluded from the output section *name*."""
    spared = SPARED if name == ".text" else SPARED_DATA
    return f"*({spared} {name} {spared} {name}.*)"


def changed(script: str, name: str, alignment: str, first: list[str]) -> str:
    """Return the script with *first* in the output section *name*, between two symbols."""
    symbol = f"first_{name[1:]}"
    lines = [f"{symbol} = .;", *first, f"{symbol}_end = .;"]
    beginning = "\n    ".join([f"  {name} : {alignment} {{", *lines])
    found, count = re.subn(rf"^  \{name}\s+:\s+\{{", beginning, script, flags=re.MULTILINE)
    if count != 1:
        sys.exit(f"the linker's script has {name} {count} times")
    return found


def used(link_map: str, places: bytes) -> dict[str, list[str]]:
    """Return patterns of the used parts of each output section, in the order of their addresses."""
    found: dict[str, list[tuple[int, int, str]]] = {name: [] for name in OUTPUTS}
    for section, start, size, file in SECTION.findall(link_map):
        name = "." + section.split(".")[1]
        address, length = int(start, 16), int(size, 16)
        pages = places[address // PAGE : -(-(address + length) // PAGE)] if length else b""
        place = min(pages, default=REST)
        if place < REST and name in found and not MERGED.match(section):
            found[name].append((place, address, f"{pattern(file)}({section})"))
    return {name: [text for *_, text in sorted(uses)] for name, uses in found.items()}


def pattern(file: str) -> str:
    """Return the name of *file*, or of a member of an archive, in linker scripts."""
    member = MEMBER.fullmatch(file)
    return f"*{member[1]}:{member[2]}" if member else f"*{Path(file).name}"


if __name__ == "__main__":
    main()
