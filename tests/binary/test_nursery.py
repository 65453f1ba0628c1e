"""The memory for the objects that Python makes in a resumed process."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.untilup_process import BINARY, PATIENCE

NURSERY = BINARY.parents[1] / "binary" / "snapshot" / "nursery.c"
HARNESS = Path(__file__).with_name("nursery.c")
# musl's names for its allocator, which the harness does not have.
ALLOCATOR = ["-D__libc_malloc_impl=malloc", "-D__libc_realloc=realloc", "-D__libc_free=free"]


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that asks for memory, with the compiler's checks for undefined behavior."""
    if not shutil.which("gcc"):
        pytest.skip("no gcc")
    program = tmp_path_factory.mktemp("nursery") / "nursery"
    checks = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    words: list[str | Path] = ["gcc", "-O1", "-Wall", *checks, *ALLOCATOR, "-o", program]
    subprocess.run([*words, HARNESS, NURSERY], check=True, timeout=PATIENCE)
    return program


@pytest.mark.parametrize("seed", range(5))
def test_blocks_never_overlap(harness: Path, seed: int) -> None:
    """Blocks are aligned, keep their content, never overlap, and are used again, not lost.

    If memory runs out, the caller gets NULL, and a block that was to change stays as it is.
    """
    ended = subprocess.run(
        [harness, str(seed)], check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (ended.returncode, ended.stdout) == (0, "well\n"), ended.stderr
