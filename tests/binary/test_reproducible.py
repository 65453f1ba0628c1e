"""Whoever builds the executable of this source gets the same bytes."""

from __future__ import annotations

import subprocess

import pytest

import needs
from binary.probe import LONGEST_BUILD, needs_of_a_build
from program import BINARY, PATIENCE

CHECKOUT = BINARY.parents[1]
NAMES = {"untilup-linux-x86_64", "untilup-linux-x86_64-frozen"}


@pytest.mark.timeout(LONGEST_BUILD)
def test_two_builds_are_the_same() -> None:
    """Built in another folder, environment, time zone and umask, both executables are the same."""
    needs_of_a_build()
    needs.programs("a comparison", "cmp", required="UNTILUP_REQUIRE_BINARY")
    # `make binary-reproducible` builds CPython twice, too.
    done = subprocess.run(
        [CHECKOUT / "binary" / "reproducible", "quick"],
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split()[1] for line in done.stdout.splitlines()} == NAMES


def test_the_sums_are_those_of_the_executables() -> None:
    """SHA256SUMS beside the executables has the sum of each that is there."""
    folder = BINARY.parent
    subprocess.run(
        ["sha256sum", "--strict", "--check", "SHA256SUMS"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    listed = {line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == {name for name in NAMES if (folder / name).exists()}
