"""Compile modules into an object that the linker takes: freeze.py FOLDER <MODULES.

MODULES is what trace.py prints; frozen.S and frozen.h are written into FOLDER.
"""

import _imp
import marshal
import sys
from pathlib import Path

ALIGNMENT = 16
ASSEMBLY = """\
.section .rodata
.globl frozen_code
.balign 64
frozen_code: .incbin "frozen.bin"
.section .note.GNU-stack, "", @progbits
"""


def main() -> None:
    """Write the code of all modules one after the other, and where each of them begins."""
    folder = Path(sys.argv[1])
    code = bytearray()
    table = []
    for line in sys.stdin:
        name, file, package = line.split()
        # CPython has these in itself: what it starts by.
        if _imp.is_frozen(name):
            continue
        code += bytes(-len(code) % ALIGNMENT)
        start = len(code)
        code += compiled(name, Path(file))
        size = len(code) - start
        table.append(f'    {{"{name}", frozen_code + {start}, {size}, {package}}},\n')
    (folder / "frozen.bin").write_bytes(code)
    (folder / "frozen.S").write_text(ASSEMBLY)
    (folder / "frozen.h").write_text(
        "extern const unsigned char frozen_code[];\n"
        f"static const struct _frozen frozen_modules[] = {{\n{''.join(table)}    {{0}}\n}};\n"
    )


def compiled(name: str, file: Path) -> bytes:
    """Return the code of a module, as the wheel has it, with no path of this machine in it.

    With its docstrings, because typer makes --help of them.
    """
    return marshal.dumps(
        compile(file.read_bytes(), f"<frozen {name}>", "exec", dont_inherit=True, optimize=0)
    )


if __name__ == "__main__":
    main()
