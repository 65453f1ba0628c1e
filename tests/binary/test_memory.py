"""What the executable takes of memory while it waits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.eventually import Eventually
from tests.support.untilup_process import BINARY, PATIENCE, status_fields

# kB, at the peak, files that are mapped included: these are most of it, and the kernel's choice.
MOST = 5_000
# Since this Linux it can ask for single pages; before, the kernel maps their neighbours as well.
POPULATES = (5, 14)
LOOKS = 5
REFUSED = "127.0.0.1:1"


def test_it_waits_in_5_mb(tmp_path: Path, eventually: Eventually) -> None:
    """While it waits it never has more than 5 MB of memory, shared files included."""
    if tuple(map(int, os.uname().release.split(".")[:2])) < POPULATES:
        pytest.skip("this kernel maps more than it is asked for")
    lines = tmp_path / "lines"
    with (
        lines.open("wb") as stderr,
        subprocess.Popen([BINARY, "-v", REFUSED], stderr=stderr) as process,
    ):
        try:
            eventually(lambda: lines.read_text().count("refused") >= LOOKS)
            status = status_fields(Path(f"/proc/{process.pid}/status").read_text())
        finally:
            process.terminate()
            process.wait(PATIENCE)
    assert int(status["VmHWM"].removesuffix(" kB")) <= MOST
