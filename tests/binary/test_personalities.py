"""The executable where the kernel lays memory out otherwise, as setarch(8) asks it to."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.binary.roots import run
from tests.support.untilup_process import BINARY, PATIENCE

LAYOUTS = {
    "--addr-no-randomize": "always at the same place",
    "--32bit": "below the limit of 32 bits",
    "--3gb": "below 3 GB",
    "--addr-compat-layout": "from the bottom up",
    "--read-implies-exec": "all that can be read can be executed",
    "--mmap-page-zero": "with a page at address 0",
    "--short-inode": "as before, but for a flag that has nothing to do with memory",
}
SETARCH = ["setarch", "x86_64"]
ALL = ["--addr-no-randomize", "--32bit", "--addr-compat-layout", "--read-implies-exec"]


@pytest.mark.parametrize(
    "options", [*([layout] for layout in LAYOUTS), ALL], ids=[*LAYOUTS, "several"]
)
def test_memory_is_laid_out_otherwise(up: int, options: list[str]) -> None:
    """It starts, waits and helps in any layout of memory, and so does what it becomes."""
    setarch = [*SETARCH, *options]
    if why := hindrance(setarch):
        pytest.skip(why)
    words = [*setarch, str(BINARY)]
    target = f"127.0.0.1:{up}"
    again = ["--", str(BINARY), "--once", target]
    assert run(*words, target, *again, env=None)[0] == 0
    assert run(*words, "--no-strict", "-t", "100ms", "127.0.0.1:1", *again, env=None)[0] == 0
    assert run(*words, "-t", "100ms", "127.0.0.1:1", "localhost:1", env=None)[0] == 124
    assert b"--timeout" in run(*words, "--help", env=None)[1]


@pytest.mark.parametrize("kilobytes", ["256", "unlimited"])
def test_the_stack_is_small_or_without_a_limit(up: int, kilobytes: str) -> None:
    """So it is where the stack may grow without a limit, which moves all else, or is small."""
    words = ["/bin/sh", "-c", f'ulimit -s {kilobytes} && exec "$@"', "sh", str(BINARY)]
    assert run(*words, f"127.0.0.1:{up}")[0] == 0
    assert run(*words, "-t", "100ms", "127.0.0.1:1", "localhost:1")[0] == 124
    assert b"--timeout" in run(*words, "--help")[1]


def hindrance(setarch: list[str]) -> str:
    """Return why nothing can be run by *setarch*, or nothing."""
    if not shutil.which(setarch[0]):
        return "no setarch(8)"
    tried = subprocess.run(
        [*setarch, "true"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return f"no such layout here: {tried.stderr}" if tried.returncode else ""
