"""Compile modules into objects that the linker takes: freeze.py DIRECTORY [NAME=FILE...] <MODULES.

MODULES is what trace_imports.py prints. What untilup needs to start and to wait goes into preloaded.S, all
else into other.S, and the modules of the command line into own.S; modules.h has a table of each.
"""

import _imp
import ast
import marshal
import sys
from pathlib import Path

ALIGNMENT = 16
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
ASSEMBLY = """\
.section .rodata
.globl {group}_code
.balign 64
{group}_code: .incbin "{group}.bin"
.section .note.GNU-stack, "", @progbits
"""
TABLE = """\
extern const unsigned char {group}_code[];
#define {GROUP}_MODULES(code) {rows}

"""


def main() -> None:
    """Write the code of all modules of a group, and the offset of each."""
    directory = Path(sys.argv[1])
    groups: dict[str, list[tuple[str, Path, str]]] = {"preloaded": [], "other": [], "own": []}
    for line in sys.stdin:
        name, file, package, need = line.split()
        # CPython contains these: they start the interpreter.
        if not _imp.is_frozen(name):
            group = "other" if need == "other" else "preloaded"
            groups[group].append((name, Path(file), package))
    for argument in sys.argv[2:]:
        name, file = argument.split("=")
        groups["own"].append((name, Path(file), "0"))
    with (directory / "modules.h").open("w") as header:
        for group, modules in groups.items():
            (directory / f"{group}.S").write_text(ASSEMBLY.format(group=group))
            rows = write_code(directory / f"{group}.bin", modules)
            header.write(TABLE.format(group=group, GROUP=group.upper(), rows=rows))


def write_code(path: Path, modules: list[tuple[str, Path, str]]) -> str:
    """Write the code of the *modules* to *path*, and return the rows of their table, for C."""
    code = bytearray()
    rows = []
    for name, file, package in modules:
        code += bytes(-len(code) % ALIGNMENT)
        start = len(code)
        code += compiled(name, file)
        rows.append(f'\\\n    {{"{name}", (code) + {start}, {len(code) - start}, {package}}},')
    path.write_bytes(code)
    return " ".join(rows)


def compiled(name: str, file: Path) -> bytes:
    """Return the code of a module, with no path of this machine in it.

    Without docstrings, which would be a tenth of it; but typer makes --help of one.
    """
    tree = ast.parse(file.read_bytes())
    if name != "untilup.cli.typer_app":
        remove_docstrings(tree)
    return marshal.dumps(compile(tree, f"<frozen {name}>", "exec", dont_inherit=True, optimize=0))


def remove_docstrings(tree: ast.Module) -> None:
    """Do what `python -OO` does, and keep the assertions."""
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass(lineno=node.body[0].lineno, col_offset=0)]


if __name__ == "__main__":
    main()
