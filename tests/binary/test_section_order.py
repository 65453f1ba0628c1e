"""The order of the linker: the parts that a start uses are adjacent, and come first."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.untilup_process import BINARY, PATIENCE

SECTION_ORDER = BINARY.parents[1] / "binary" / "section_order.py"
SCRIPT = """SECTIONS
{
  .text           :
  {
    *(.text .text.*)
  }
  .rodata         : { *(.rodata .rodata.*) }
  .data           :
  {
    *(.data .data.*)
  }
  .bss            :
  {
   *(.bss .bss.*)
   *(COMMON)
  }
}
"""
# As GNU ld writes it: long names have a line of their own, what is not linked in has no address.
MAP = """
 .text.cold     0x0000000000001000      0x100 /cache/libpython3.13.a(ceval.o)
 .text.gone     0x0000000000000000       0x10 /cache/libpython3.13.a(ceval.o)
 .text.of_a_wait
                0x0000000000002000       0x10 /cache/libpython3.13.a(ceval.o)
 .text.long     0x0000000000003000     0x1010 /cache/libpython3.13.a(ceval.o)
 .text.hot      0x0000000000005000       0x10 /tmp/work/resume.o
 .text.unlikely.hot
                0x0000000000006000       0x10 /cache/libpython3.13.a(dict.o)
 .rodata.str1.1 0x0000000000007000       0x10 /cache/libpython3.13.a(dict.o)
 .rodata.table  0x0000000000008000       0x10 /cache/libpython3.13.a(dict.o)
 .data.written  0x0000000000009000       0x10 /cache/libpython3.13.a(dict.o)
 .data.rel.ro.read
                0x000000000000a000       0x10 /cache/libpython3.13.a(dict.o)
"""
WRITTEN, READ, WAIT, REST = range(4)
# Of the pages from 0 on: the second of what is long is used.
PLACES = bytes([REST, REST, WAIT, REST, READ, READ, WAIT, READ, READ, WRITTEN, READ, REST])


@pytest.fixture
def section_order() -> dict[str, Any]:
    """Return what binary/section_order.py defines."""
    return runpy.run_path(str(SECTION_ORDER))


def test_what_a_start_uses_comes_first_and_then_what_a_wait_does(
    section_order: dict[str, Any],
) -> None:
    """Functions of a start come in the order of their addresses, then those of a wait."""
    assert section_order["used"](MAP, PLACES)[".text"] == [
        "*libpython3.13.a:ceval.o(.text.long)",
        "*resume.o(.text.hot)",
        "*libpython3.13.a:ceval.o(.text.of_a_wait)",
        "*libpython3.13.a:dict.o(.text.unlikely.hot)",
    ]


def test_what_is_written_to_comes_before_what_is_read(section_order: dict[str, Any]) -> None:
    """Of variables those come first that are written to: their pages are copied anyway."""
    places = bytearray(PLACES)
    places[9], places[10] = READ, WRITTEN
    assert section_order["used"](MAP, bytes(places))[".data"] == [
        "*libpython3.13.a:dict.o(.data.rel.ro.read)",
        "*libpython3.13.a:dict.o(.data.written)",
    ]


def test_strings_stay_where_the_linker_keeps_them_once(section_order: dict[str, Any]) -> None:
    """What the linker merges is not named, or it would be there twice."""
    assert section_order["used"](MAP, PLACES)[".rodata"] == [
        "*libpython3.13.a:dict.o(.rodata.table)"
    ]


@pytest.mark.parametrize("how", ["profiling", "ordered"])
def test_all_else_is_linked_in_too(how: str, tmp_path: Path) -> None:
    """The linker's own patterns stay, behind what is put first; symbols mark where that ends."""
    (tmp_path / "map").write_text(MAP)
    (tmp_path / "used").write_bytes(PLACES)
    words = [how, *([] if how == "profiling" else ["map", "used"])]
    made = subprocess.run(
        ["python3", SECTION_ORDER, *words],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=PATIENCE,
    ).stdout
    for name in ("text", "rodata", "data", "bss"):
        inside = made[made.index(f"  .{name} :") :]
        assert inside.index(f"first_{name} = .") < inside.index(f"first_{name}_end = .")
        assert inside.index(f"first_{name}_end = .") < inside.rindex(f"*(.{name} .{name}.*)")
    assert made.count("SUBALIGN(4096)") == (4 if how == "profiling" else 0)
    assert ("resume.o(.text.hot)" in made) == (how == "ordered")


def test_another_linkers_script_is_refused(section_order: dict[str, Any]) -> None:
    """A script in which an output section is not found is refused: it would be used as it is."""
    with pytest.raises(SystemExit, match=r"has \.text 0 times"):
        section_order["changed"]("SECTIONS { }", ".text", "", [])
