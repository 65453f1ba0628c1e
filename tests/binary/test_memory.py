"""What the executable takes of memory while it waits."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.eventually import Eventually
from tests.support.untilup_process import BINARY, Program, status_fields

# kB. How much of the executable's file is in memory beside that is the kernel's choice.
MAX_OWN = 1_500
ATTEMPTS = 5
REFUSED = "127.0.0.1:1"


def test_it_waits_in_little_memory(tmp_path: Path, eventually: Eventually) -> None:
    """While it waits it has at most 1.5 MB of memory that belongs to no file."""
    lines = tmp_path / "lines"
    # Not in the environment of the tests: for a name that it does not know, such as that of
    # UNTILUP_REQUIRE_BINARY, it looks up a similar one, for which it imports modules.
    program = Program([os.fspath(BINARY)])
    try:
        with lines.open("wb") as stderr:
            process = program.start("-v", REFUSED, stderr=stderr)
        eventually(lambda: lines.read_text().count("refused") >= ATTEMPTS)
        status = status_fields(Path(f"/proc/{process.pid}/status").read_text())
    finally:
        program.end()
    assert int(status["RssAnon"].removesuffix(" kB")) <= MAX_OWN
