"""The memory for what Python makes in a resumed process."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.untilup_process import BINARY, PATIENCE

YOUNG = BINARY.parents[1] / "binary" / "snapshot" / "young.c"
HARNESS = Path(__file__).with_name("young.c")


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that asks for memory, with checks of the compiler's for what C forbids."""
    if not shutil.which("gcc"):
        pytest.skip("no gcc")
    program = tmp_path_factory.mktemp("young") / "young"
    checks = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    words: list[str | Path] = ["gcc", "-O1", "-Wall", *checks, "-o", program, HARNESS, YOUNG]
    subprocess.run(words, check=True, timeout=PATIENCE)
    return program


@pytest.mark.parametrize("seed", range(5))
def test_a_block_is_nobody_elses(harness: Path, seed: int) -> None:
    """Blocks are aligned, keep what is in them, never overlap, and are used again, not lost.

    Where there is no memory, who asks is told so, and a block that was to change stays as it is.
    """
    ended = subprocess.run(
        [harness, str(seed)], check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (ended.returncode, ended.stdout) == (0, "well\n"), ended.stderr
