"""What becomes of a program's segments when its memory takes their place."""

from __future__ import annotations

import runpy
import struct
import subprocess
from pathlib import Path

import pytest

from tests.binary.probe import CHECKOUT
from tests.support import requirements
from tests.support.untilup_process import PATIENCE

STATUS = 7
# It exits with a status that it has in memory. The note is what many a gcc adds by itself.
PROGRAM = f"""
.data
status: .quad {STATUS}
.section .note.of.the.compiler, "a", @note
.long 4, 4, 1; .asciz "GNU"; .long 0
.text
.globl _start
_start: mov status, %rdi; mov $60, %eax; syscall
"""
PT_LOAD, PT_NOTE, PT_GNU_STACK = 1, 4, 0x6474E551


def kinds(program: bytes) -> set[int]:
    """Return the types of the segments of *program* (elf(5))."""
    (start,) = struct.unpack_from("<Q", program, 32)
    size, number = struct.unpack_from("<HH", program, 54)
    return {struct.unpack_from("<I", program, start + index * size)[0] for index in range(number)}


@pytest.fixture
def program(tmp_path: Path) -> bytes:
    """Return a program with a note, which is in the page of the headers."""
    requirements.programs("a program", "gcc", required="UNTILUP_REQUIRE_BINARY")
    source, output = tmp_path / "program.s", tmp_path / "program"
    source.write_text(PROGRAM)
    options = ["-static", "-nostdlib", "-no-pie", "-Wl,-z,separate-code", "-Wl,-z,noexecstack"]
    subprocess.run(["gcc", *options, source, "-o", output], check=True, timeout=PATIENCE)
    return output.read_bytes()


def test_no_segment_tells_of_what_is_elsewhere(program: bytes, tmp_path: Path) -> None:
    """The program runs, and nothing in its headers tells of what is not there any more."""
    elf = runpy.run_path(str(CHECKOUT / "binary" / "snapshot" / "elf.py"))
    written = tmp_path / "written"
    written.write_bytes(elf["write"](program, *elf["read"](program), 4 * elf["SMALLEST_PAGE"]))
    written.chmod(0o755)
    assert subprocess.run([written], check=False, timeout=PATIENCE).returncode == STATUS
    assert PT_NOTE in kinds(program)
    assert kinds(written.read_bytes()) == {PT_LOAD, PT_GNU_STACK}
