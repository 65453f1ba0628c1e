"""Tell the linker where to put what a start uses: layout.py apart, or layout.py together MAP USED.

The linker's own script comes from stdin, the one to be used instead goes to stdout. Apart, every
function and every variable has pages of its own, so that its pages tell who uses it.
Together, those that are used at a start stand in a row, and behind them those of a wait. MAP is
what the linker tells of where it has put things apart; USED has a byte for each page from address 0
on, as enum place in snapshot/blocks.h.
"""

import re
import sys
from pathlib import Path

PAGE = 4096
# Nobody is known to use it.
REST = 3
# What is put anew. Sections with other names hold equal strings once, wherever they are from.
OUTPUTS = (".text", ".rodata", ".data", ".bss")
# While the pages are noted, this runs: it must not be forbidden. libc.a is not cut into functions.
# The modules that an interpreter begins with are left out by image.py, best at the end.
SPARED = "EXCLUDE_FILE(*libc.a:* *pages.o *frozen.o)"
SPARED_DATA = "EXCLUDE_FILE(*libc.a:* *frozen.o)"
# What nobody sees who runs untilup without its threads, clock, beginning and end: functions, and
# files of CPython's and others. A start uses most of them.
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
OTHER_FILES = ("*crt1.o", "*crtbegin*.o", "*pages.o", "*snapshot.o", "*libc.a:*")
UNSEEN = {
    ".text": (
        *(f"*(.text.{name})" for name in FUNCTIONS),
        *(f"*libpython*.a:{name}.o(.text.*)" for name in FILES),
        *(f"{name}(.text .text.*)" for name in OTHER_FILES),
    ),
    # Strings that are kept once for all, and what libc has: some of it is used, here and there.
    ".rodata": ("*libpython*.a:*(.rodata.str* .rodata.cst*)", "*libc.a:*(.rodata .rodata.*)"),
}
SECTION = re.compile(r"^ (\.\w+(?:\.\S+)?)\s+0x(\w+)\s+0x(\w+) (\S+)$", re.MULTILINE)
MERGED = re.compile(r"\.rodata\.(str|cst)\d")
MEMBER = re.compile(r".*/(\S+)\((\S+)\)")


def main() -> None:
    """Read the linker's script, and write the other one."""
    script = sys.stdin.read()
    if sys.argv[1] == "apart":
        first, alignment = {}, f"SUBALIGN({PAGE})"
    else:
        link_map, places = Path(sys.argv[2]).read_text(), Path(sys.argv[3]).read_bytes()
        first, alignment = used(link_map, places), ""
    for name in OUTPUTS:
        unseen = UNSEEN.get(name, ()) if first else ()
        script = changed(script, name, alignment, [*first.get(name, ()), *unseen, all_of(name)])
    sys.stdout.write(script)


def all_of(name: str) -> str:
    """Return the pattern of all that is not spared of the output section *name*."""
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
    """Return patterns of what is used of each output section, in the order of its places."""
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
    """Return what the linker's scripts call that *file*, or member of an archive."""
    member = MEMBER.fullmatch(file)
    return f"*{member[1]}:{member[2]}" if member else f"*{Path(file).name}"


if __name__ == "__main__":
    main()
