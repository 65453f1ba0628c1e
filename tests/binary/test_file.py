"""The executable of each machine, as a file."""

from __future__ import annotations

import getpass
import platform
import time
from pathlib import Path

import pytest

from tests.binary.segments import EXECUTE, PT_GNU_STACK, PT_INTERP, PT_LOAD, WRITE, segments
from tests.support import requirements
from tests.support.untilup_process import BINARY, FOR_AARCH64

CHECKOUT = BINARY.parents[1]
MAX_SIZE = 17_700_000
# Whose segments are aligned to pages of 64 KiB.
MAX_SIZE_FOR_AARCH64 = 18_500_000
WINDOW = 65536


@pytest.fixture(
    params=[BINARY, pytest.param(FOR_AARCH64, marks=pytest.mark.release)],
    ids=lambda executable: executable.name,
)
def executable(request: pytest.FixtureRequest) -> Path:
    """Return the executable for each machine."""
    if request.param != BINARY:
        requirements.for_aarch64()
    return Path(request.param)


def test_it_is_static(executable: Path) -> None:
    """It asks for no loader, and so for no library."""
    kinds = [segment.kind for segment in segments(executable)]
    assert PT_LOAD in kinds
    assert PT_INTERP not in kinds


def test_nothing_is_both_writable_and_executable(executable: Path) -> None:
    """No segment, nor the stack, may be both written and executed."""
    found = [each for each in segments(executable) if each.kind in (PT_LOAD, PT_GNU_STACK)]
    assert {each.kind for each in found} == {PT_LOAD, PT_GNU_STACK}
    assert not [each for each in found if each.rights & EXECUTE and each.rights & WRITE]


def test_what_is_mapped_around_a_page_is_one_piece_of_the_file() -> None:
    """Each segment is in the file where it is in memory, in windows of 64 KiB."""
    loaded = [each for each in segments(BINARY) if each.kind == PT_LOAD]
    assert {(each.address - each.offset) % WINDOW for each in loaded} == {0}


def test_it_is_small(executable: Path) -> None:
    """It takes at most 6 MB more than it did before it spoke TLS, and for aarch64 some more."""
    largest = MAX_SIZE if executable == BINARY else MAX_SIZE_FOR_AARCH64
    assert executable.stat().st_size <= largest


def test_it_tells_nothing_of_where_it_was_built(executable: Path) -> None:
    """No path, user or name of the machine that built it is in it."""
    content = executable.read_bytes()
    home = Path.home()
    for text in (f"{CHECKOUT}/", "/.cache/untilup", f"{home}/", "/tmp/tmp.", platform.release()):
        assert text.encode() not in content
    for name in (getpass.getuser(), platform.node()):
        # A word that may stand in a text by chance, but not as what a variable or a path has.
        for text in (f"USER={name}", f"LOGNAME={name}", f"/{name}/", f"{name}@"):
            assert text.encode() not in content


def test_it_tells_nothing_of_when_it_was_built(executable: Path) -> None:
    """Neither its date is in it, as a text, nor that of today."""
    content = executable.read_bytes()
    for moment in (executable.stat().st_mtime, time.time()):
        for form in ("%Y-%m-%d", "%b %e %Y", "%a %b %e", "%Y%m%d"):
            assert time.strftime(form, time.gmtime(moment)).encode() not in content
