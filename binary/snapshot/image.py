"""Make an executable from a program and the memory that it has written: image.py SEED MAP OUTPUT.

The memory comes from stdin. It takes the place of what the program has writable, so that the
kernel maps it as it maps every program; only what belongs to a single process is again as the
linker has made it. MAP is what the linker tells of where it has put things.
"""

import re
import subprocess
import sys
from pathlib import Path

import elf

# One segment more costs the kernel a few microseconds at each start.
WORTH_A_SEGMENT = 2 * elf.WINDOW
# Variables of musl that are set when a process starts.
OF_A_PROCESS = {
    "vdso_func": "a function that the kernel has given to this process, at another place in each",
    "builtin_tls": "the descriptor of the main thread, with its number",
    "main_tls": "where the initial thread-local variables are",
    "__libc": "what the kernel has told, and whether there are threads",
    "__environ": "the environment, on the stack",
    "__progname": "argv[0], on the stack",
    "__progname_full": "argv[0], on the stack",
    "__hwcap": "what the processor can do",
    "__sysinfo": "where system calls are made",
    "__stack_chk_guard": "what stack protectors compare, at random",
}
# Nothing may have called malloc before the snapshot: its state belongs to another process.
UNUSED = {"__malloc_context"}
# Nothing may have called OpenSSL, which starts with random numbers. The linker writes address, size, archive.
OF_OPENSSL = re.compile(r"\s0x(\w+)\s+0x(\w+) \S*/lib(?:ssl|crypto)\.a\(")
# The initial state of an interpreter, and modules that are loaded by now.
BEGINNINGS = {
    "initial",
    "_Py_M__importlib__bootstrap",
    "_Py_M__importlib__bootstrap_external",
    "_Py_M__zipimport",
    "_Py_M__abc",
    "_Py_M__codecs",
    "_Py_M__io",
    "_Py_M___collections_abc",
    "_Py_M__os",
    "_Py_M__posixpath",
    "_Py_M__genericpath",
    "_Py_M__stat",
}


def main() -> None:
    """Read the program and its memory, and write the executable."""
    seed, placed, output = (Path(argument) for argument in sys.argv[1:])
    program = seed.read_bytes()
    areas, others = elf.read(program)
    symbols = symbols_of(seed)
    openssl = places_of_openssl(placed)
    if missing := (OF_A_PROCESS.keys() | UNUSED | BEGINNINGS) - symbols.keys():
        sys.exit(f"not in this program: {missing}")
    for area in areas:
        if area.flags & elf.WRITABLE:
            memory = sys.stdin.buffer.read()
            see_that_unused(area, memory, openssl)
            take_memory(area, memory, symbols)
        else:
            remove_beginnings(area, symbols)
    executable = elf.write(program, areas, others, WORTH_A_SEGMENT)
    # A running executable cannot be written to, and no process must find half of one.
    partial = output.with_name(f"{output.name}.partial")
    with partial.open("wb", buffering=0) as file:
        # In one write, so that Linux may keep it in one piece and map all of it.
        for start in range(0, len(executable), elf.WINDOW):
            file.write(executable[start : start + elf.WINDOW])
    partial.chmod(0o755)
    partial.replace(output)


def symbols_of(seed: Path) -> dict[str, list[tuple[int, int]]]:
    """Return the addresses and sizes of all symbols."""
    listed = subprocess.run(["nm", "--print-size", seed], stdout=subprocess.PIPE, check=True)
    symbols: dict[str, list[tuple[int, int]]] = {}
    for line in listed.stdout.decode().splitlines():
        fields = line.split()
        if len(fields) == 4:  # noqa: PLR2004 - address, size, kind and name
            address, size, _, name = fields
            symbols.setdefault(name, []).append((int(address, 16), int(size, 16)))
    return symbols


def places_of_openssl(placed: Path) -> list[tuple[int, int]]:
    """Return the addresses and sizes of all sections of OpenSSL."""
    found = OF_OPENSSL.findall(placed.read_text())
    return [(int(address, 16), int(size, 16)) for address, size in found]


def see_that_unused(area: elf.Area, memory: bytes, openssl: list[tuple[int, int]]) -> None:
    """Raise SystemExit if OpenSSL has written to the *memory*, or is not found."""
    places = [place for one in openssl if (place := area.place(*one)) != slice(0, 0)]
    if not places:
        sys.exit("OpenSSL has nothing writable in this program")
    before = start_of_memory(area)
    for place in places:
        if memory[place.start - before : place.stop - before] != area.contents[place]:
            sys.exit("OpenSSL has been used")


def start_of_memory(area: elf.Area) -> int:
    """Return the size of the read-only part of the *area*."""
    return area.begin & -elf.SMALLEST_PAGE


def take_memory(area: elf.Area, memory: bytes, symbols: dict[str, list[tuple[int, int]]]) -> None:
    """Copy the *memory* into the *area*, except for the state of a process."""
    before = area.contents
    area.contents = before[: start_of_memory(area)] + memory
    for name in (*OF_A_PROCESS, *UNUSED):
        for symbol in symbols[name]:
            place = area.place(*symbol)
            if name in UNUSED and area.contents[place] != before[place]:
                sys.exit(f"{name} has been used")
            area.contents[place] = before[place]


def remove_beginnings(area: elf.Area, symbols: dict[str, list[tuple[int, int]]]) -> None:
    """Replace memory that is not needed any more by zeros."""
    for name in BEGINNINGS:
        for address, size in symbols[name]:
            place = area.place(address, size)
            area.contents[place] = bytes(place.stop - place.start)


if __name__ == "__main__":
    main()
