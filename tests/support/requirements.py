"""What tests need of the machine they run on."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.untilup_process import BINARY, FOR_AARCH64, PATIENCE


def missing(why: str, required: str) -> NoReturn:
    """Skip for the reason *why*, or fail where the variable *required* says that nothing may be missing."""
    if os.environ.get(required) == "1":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def programs(what: str, *names: str, required: str) -> None:
    """Skip, or fail, where a program that *what* needs is not in PATH; see *missing*."""
    if absent := [name for name in names if not shutil.which(name)]:
        missing(f"{what} needs {', '.join(absent)}", required)


def namespaces(unshare: list[str]) -> None:
    """Skip, or fail, where no namespaces can be made by the command *unshare*."""
    if why := hindrance(unshare):
        missing(why, "UNTILUP_REQUIRE_NETNS")


def hindrance(unshare: list[str]) -> str:
    """Return why the command *unshare* makes no namespaces, or nothing."""
    if os.geteuid() != 0:
        return "namespaces need root"
    # Root in a container has the program and not the right.
    try:
        tried = subprocess.run(
            [*unshare, "true"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except FileNotFoundError:
        return f"namespaces need {unshare[0]}"
    return f"no namespaces for this root: {tried.stderr}" if tried.returncode else ""


def binary() -> None:
    """Skip, or fail, without the executable that `make binary` makes of this very source."""
    _made("make binary", BINARY, "UNTILUP_REQUIRE_BINARY")


def for_aarch64() -> None:
    """Skip, or fail, without that of `make binary-aarch64`, or without a program that runs it here."""
    _made("make binary-aarch64", FOR_AARCH64, "UNTILUP_REQUIRE_AARCH64")
    programs("an executable for aarch64", "qemu-aarch64", required="UNTILUP_REQUIRE_AARCH64")


def _made(how: str, executable: Path, required: str) -> None:
    if not executable.exists():
        missing(f"no executable: {how}", required)
    source = (executable.parents[1] / "src").rglob("*.py")
    if executable.stat().st_mtime < max(file.stat().st_mtime for file in source):
        missing(f"the executable is older than the source: {how}", required)
