"""What stands in the environment changes nothing in the executable, and reaches the command."""

from __future__ import annotations

import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from tests.support.untilup_process import BINARY, PATIENCE

# Each changes what a Python does, or the C library under it.
CHANGES = {
    "PYTHONHOME": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "PYTHONSTARTUP": "/nowhere/startup.py",
    "PYTHONHASHSEED": "no number",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONVERBOSE": "1",
    "PYTHONMALLOC": "nonsense",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error",
    "PYTHONTRACEMALLOC": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONPROFILEIMPORTTIME": "1",
    "LC_ALL": "C",
    "LANG": "xx_XX.ISO-8859-1",
    "LANGUAGE": "xx",
}
LANES = [["--help"], ["--no-such-option"], ["db:\udcff"], ["--once", "127.0.0.1:1"]]


def run(
    *argv: str, env: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the executable in the environment *env* alone."""
    return subprocess.run(
        [BINARY, *argv], env=env, cwd=cwd, capture_output=True, timeout=PATIENCE, check=False
    )


def timeless(text: bytes) -> bytes:
    """Return *text* without the times that it tells, whatever they take in width."""
    return re.sub(rb" *[0-9.]+m?s\b *", b" TIME ", text)


def translation(**messages: str) -> bytes:
    """Return a catalogue for gettext, as its manual has the format of MO files."""
    header, table, rows = (
        28,
        b"",
        [("", "Content-Type: text/plain; charset=UTF-8"), *messages.items()],
    )
    texts = [text.encode() for column in zip(*rows, strict=True) for text in column]
    start = header + 8 * len(texts)
    for text in texts:
        table += struct.pack("<2I", len(text), start)
        start += len(text) + 1
    numbers = (0x950412DE, 0, len(rows), header, header + 8 * len(rows), 0, 0)
    return struct.pack("<7I", *numbers) + table + b"".join(text + b"\0" for text in texts)


@pytest.mark.parametrize("argv", LANES, ids=str)
def test_what_changes_python_changes_nothing(argv: list[str]) -> None:
    """Neither Python's own variables nor the locale's change what is said, or the exit status."""
    plain, changed = run(*argv, env={}), run(*argv, env=CHANGES)
    assert plain.stdout + plain.stderr
    assert (changed.returncode, changed.stdout) == (plain.returncode, plain.stdout)
    assert timeless(changed.stderr) == timeless(plain.stderr)


def test_they_reach_the_command(up: int) -> None:
    """The command has them as they were."""
    done = run(f"127.0.0.1:{up}", "--", "/usr/bin/env", "-0", env=CHANGES)
    entries = done.stdout.removesuffix(b"\0").split(b"\0")
    assert entries == [f"{name}={value}".encode() for name, value in CHANGES.items()]


def test_no_module_is_taken_from_the_disk(up: int, tmp_path: Path) -> None:
    """A module in the current directory or in PYTHONPATH is not seen, even if none of its name is frozen."""
    for name in ("grp", "rich", "sitecustomize", "zlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(77)\n")
    env = {"PYTHONPATH": os.fspath(tmp_path)}
    for argv in (["--help"], ["-t", "100ms", "127.0.0.1:1"], [f"127.0.0.1:{up}"]):
        plain, changed = run(*argv, env={}), run(*argv, env=env, cwd=tmp_path)
        assert changed.returncode == plain.returncode
        assert changed.stdout == plain.stdout


def test_no_translation_is_taken_from_the_current_directory(tmp_path: Path) -> None:
    """If the locale asks for a language, a catalogue below the current directory is not read."""
    catalogue = tmp_path / "share" / "locale" / "xx" / "LC_MESSAGES" / "messages.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(translation(Options="Something else"))
    plain = run("--help", env={}, cwd=tmp_path)
    assert plain.returncode == 0
    translated = run("--help", env={"LANGUAGE": "xx"}, cwd=tmp_path)
    assert (translated.stdout, translated.stderr) == (plain.stdout, plain.stderr)
