"""The executable's contents: those of its source alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import needs
from binary.probe import BUILD, LONGEST_BUILD
from program import BINARY

CHECKOUT = BUILD.parents[1]
NEEDED = ("binary", "src")
# What a snapshot could hold of where it is taken, and would if it were there.
VARIABLE, FOLDER = "ONLY_ON_THIS_MACHINE", "only-in-this-folder"
OTHERWISE = {VARIABLE: VARIABLE, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}


def build(folder: Path, env: dict[str, str]) -> bytes:
    """Build the executable of a copy of this source in *folder*, and return what is in it."""
    for name in NEEDED:
        shutil.copytree(CHECKOUT / name, folder / name)
    (folder / ".venv").symlink_to(CHECKOUT / ".venv")
    done = subprocess.run(
        [folder / "binary" / "build", "snapshot"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "dist" / BINARY.name).read_bytes()


@pytest.mark.timeout(2 * LONGEST_BUILD)
def test_it_is_the_same_wherever_and_whenever_it_is_built(tmp_path: Path) -> None:
    """Built twice, in other folders and environments, it is the same to the byte.

    So it holds no path, variable, time, process number or address of the machine that built it.
    """
    if absent := [name for name in ("gcc", "make", "xz") if not shutil.which(name)]:
        needs.missing(f"a build needs {', '.join(absent)}", "UNTILUP_REQUIRE_BINARY")
    one = build(tmp_path / "checkout", {})
    other = build(tmp_path / FOLDER / "checkout", OTHERWISE)
    assert len(one) == len(other)
    assert [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b] == []
    assert FOLDER.encode() not in other
    assert VARIABLE.encode() not in other
