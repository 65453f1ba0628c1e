"""How the executable is made of a program and of its memory: what must not be in that."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.support.untilup_process import BINARY

SNAPSHOT = BINARY.parents[1] / "binary" / "snapshot"
ADDRESS = 0xA55000
# As GNU ld writes it: long names have a line of their own, what is not linked in has no address.
MAP = """
 .bss.base      0x0000000000000000        0x4 /cache/lib/libcrypto.a(libcrypto-lib-init.o)
 .text.call     0x0000000000412340       0x91 /cache/lib/libcrypto.a(libcrypto-lib-init.o)
 .bss.modules   0x0000000000a55000       0x10 /cache/libpython3.13.a(import.o)
 .bss.mutex     0x0000000000a55010        0x8 /cache/lib/libcrypto.a(libcrypto-lib-init.o)
 .data.of_a_name_that_is_long
                0x0000000000a55018        0x8 /cache/lib/libssl.a(libssl-lib-ssl_init.o)
"""


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what binary/snapshot/image.py defines."""
    monkeypatch.syspath_prepend(SNAPSHOT)
    return runpy.run_path(str(SNAPSHOT / "image.py"))


def see(image: dict[str, Any], memory: bytes, placed: str, directory: Path) -> None:
    """Look for traces of OpenSSL in a *memory* that was zero, where the linker has put so much."""
    (directory / "map").write_text(placed)
    area = image["elf"].Area(ADDRESS, 6, b"", bytes(len(memory)))
    image["see_that_unused"](area, memory, image["places_of_openssl"](directory / "map"))


def test_what_others_have_written_is_kept(image: dict[str, Any], tmp_path: Path) -> None:
    """An image is made where there are other traces than OpenSSL's."""
    see(image, b"modules of CPython"[:16] + bytes(16) + b"heap", MAP, tmp_path)


@pytest.mark.parametrize("at", [0x10, 0x17, 0x18, 0x1F])
def test_openssl_has_left_no_trace(image: dict[str, Any], tmp_path: Path, at: int) -> None:
    """An image is refused where a single byte of OpenSSL's is not as the linker has made it."""
    with pytest.raises(SystemExit, match="OpenSSL has been used"):
        see(image, bytes(at) + b"\1" + bytes(16), MAP, tmp_path)


def test_openssl_has_to_be_found(image: dict[str, Any], tmp_path: Path) -> None:
    """An image is refused where what is OpenSSL's is not to be told from the rest."""
    with pytest.raises(SystemExit, match="nothing writable"):
        see(image, bytes(64), "another linker's words", tmp_path)
