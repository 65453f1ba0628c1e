"""The executable starts wherever it is put."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.binary.roots import CHROOT, run
from tests.support.untilup_process import BINARY

MEGABYTE = 1 << 20


def test_in_an_empty_root(root: Path, up: int) -> None:
    """In a root file system of nothing else it waits, and tells of what is not up."""
    target = f"127.0.0.1:{up}"
    assert run(CHROOT, str(root), "/untilup", target) == (0, b"")
    assert run(CHROOT, str(root), "/untilup", "-t", "200ms", "127.0.0.1:1") == (124, b"")
    assert run(CHROOT, str(root), "/untilup", target, "--", "/untilup", target) == (0, b"")


def test_names_of_the_root_are_known(root: Path, up: int) -> None:
    """Names are looked up in the /etc/hosts of where it is."""
    (root / "etc").mkdir()
    (root / "etc" / "hosts").write_text("127.0.0.1 db\n")
    assert run(CHROOT, str(root), "/untilup", "-t", "5s", f"db:{up}") == (0, b"")


def test_it_writes_nothing(root: Path, up: int) -> None:
    """Whatever it is asked for, nothing is written beside it."""
    for argv in (["--help"], ["nonsense"], ["-t", "1s", "127.0.0.1:1"], [f"127.0.0.1:{up}"]):
        run(CHROOT, str(root), "/untilup", *argv)
    assert [file.name for file in root.iterdir()] == ["untilup"]


@pytest.mark.parametrize("megabytes", [0, 1])
def test_in_an_environment_of_any_size(up: int, megabytes: int) -> None:
    """It starts in an empty environment, and in one of a megabyte, and hands it on."""
    # The kernel takes at most 128 KiB for one variable.
    env = {f"PIECE_{index}": "x" * 65_000 for index in range(megabytes * MEGABYTE // 65_000)}
    status, out = run(str(BINARY), f"127.0.0.1:{up}", "--", "/usr/bin/env", env=env)
    assert (status, len(out.splitlines())) == (0, len(env))


def test_as_nobody(root: Path, up: int) -> None:
    """It starts for a user without any privileges."""
    root.chmod(0o755)
    argv = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs")
    assert run(CHROOT, str(root), "/untilup", f"127.0.0.1:{up}")[0] == 0
    copy = Path("/var/tmp") / f"untilup-{os.getpid()}"
    shutil.copy(BINARY, copy)
    try:
        assert run(*argv, str(copy), f"127.0.0.1:{up}")[0] == 0
    finally:
        copy.unlink()
