"""The executable, started as few programs start another."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from tests.support.untilup_process import BINARY, PATIENCE

# It does what its first argument says and calls execve(2) with the entries that the second, a file,
# has in hexadecimal, and the words that are left: they are too many for a second command line.
LAUNCHER = """
import ctypes, os, resource, signal, sys
def array(items):
    return (ctypes.c_char_p * (len(items) + 1))(*items, None)
entries = [bytes.fromhex(line) for line in open(sys.argv[2])]
words = [os.fsencode(word) for word in sys.argv[3:]]
for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(each, signal.SIG_DFL)
exec(sys.argv[1])
ctypes.CDLL(None).execve(words[0], array(words), array(entries))
"""


def untilup(
    *argv: str | bytes, entries: Sequence[bytes] = (), after: str = "pass", **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end, in an environment of these *entries*, *after* some Python; *options* are Popen's."""
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **options,
    }
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{entry.hex()}\n" for entry in entries)
        file.flush()
        words = [sys.executable, "-I", "-S", "-c", LAUNCHER, after, file.name, BINARY, *argv]
        return subprocess.run(words, check=False, timeout=PATIENCE, **options)
