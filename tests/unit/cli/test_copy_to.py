"""A copy of the executable that a signal interrupts, and one to a file system without modes."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from untilup.cli import copy_to
from untilup.errors import UntilupError
from untilup.outcomes import Interrupted


def copy(directory: Path) -> None:
    """Copy the file ``source`` in *directory*, which this makes, to ``copy``."""
    (directory / "source").write_bytes(b"whole")
    source = os.open(directory / "source", os.O_RDONLY)
    try:
        copy_to._copy(source, str(directory / "copy"))
    finally:
        os.close(source)


@pytest.mark.parametrize("renames", [False, True], ids=["before the rename", "after the rename"])
def test_a_signal_leaves_no_partial_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, renames: bool
) -> None:
    """A signal ends the copy by that signal, and leaves the whole copy or none."""
    rename = os.rename

    def interrupted(partial: str, destination: str, **directories: int) -> None:
        if renames:
            rename(partial, destination, **directories)
        raise Interrupted(signal.SIGTERM, [])

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(Interrupted):
        copy(tmp_path)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == {"source": b"whole"} | ({"copy": b"whole"} if renames else {})


@pytest.fixture(params=[OSError(errno.EPERM, "refused"), OSError(errno.ENOSYS, "unknown"), None])
def _no_modes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have chmod refused, or ignored, as on FAT."""

    def fchmod(_descriptor: int, _mode: int) -> None:
        if request.param:
            raise request.param

    monkeypatch.setattr(os, "fchmod", fchmod)


@pytest.mark.usefixtures("_no_modes")
def test_a_mode_that_cannot_be_set(tmp_path: Path) -> None:
    """Where the mode of a file cannot be set, and not all may execute it, no copy is left."""
    with pytest.raises(UntilupError, match="gives it the mode 0700, with which not every user"):
        copy(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.usefixtures("_no_modes")
def test_a_mode_that_need_not_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where every file has a mode that lets all execute it, the copy is made."""
    open_ = os.open

    def with_a_mode(path: str, flags: int, _mode: int = 0, *, dir_fd: int | None = None) -> int:
        return open_(path, flags, 0o755, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", with_a_mode)
    copy(tmp_path)
    assert (tmp_path / "copy").read_bytes() == b"whole"
