"""A shell at a terminal: types a line with a Tab in it, and returns the arguments that it became."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.untilup_process import PATIENCE

# No completion is an interrupt, and no shell has read its startup files.
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
SETUP = {
    "bash": "bind 'set bell-style none'; bind 'set completion-query-items 0';"
    " bind 'set page-completions off'; bind 'set show-all-if-ambiguous on'; source {script}\n",
    "zsh": "autoload -Uz compinit; compinit -u -d {directory}/dump; unsetopt beep list_beep;"
    " LISTMAX=0; source {script}\n",
}
# In the place of untilup; it is told apart from the echo of what is typed by its file.
STAND_IN = "untilup() {{ printf '%s\\0' \"$@\" >{directory}/partial; mv {directory}/partial {directory}/arguments; }}\n"
ESCAPE = re.compile(rb"\x1b(\[[0-9;?]*[A-Za-z]|[()=>][0-9A-Z]?)")


class Terminal:
    """An interactive shell."""

    def __init__(self, shell: str, script: Path, directory: Path, env: Mapping[str, str]) -> None:
        self.arguments = directory / "arguments"
        self.screen = b""
        self._controller, terminal = pty.openpty()
        self._shell = subprocess.Popen(
            SHELLS[shell],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=directory,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "dumb",
                "HOME": str(directory),
                "COLUMNS": "200",
                **env,
            },
            start_new_session=True,
        )
        os.close(terminal)
        self._type(SETUP[shell].format(script=script, directory=directory))
        self._type(STAND_IN.format(directory=directory))

    def _type(self, text: str) -> None:
        os.write(self._controller, text.encode())

    def complete(self, line: str) -> list[str]:
        """Type *line*, which has a Tab in it, and Enter; return what untilup was called with."""
        self.arguments.unlink(missing_ok=True)
        self._type(f"{line}\r")
        deadline = time.monotonic() + PATIENCE
        while not self.arguments.exists():
            assert time.monotonic() < deadline, self.screen.decode(errors="replace")
            self._read()
        return self.arguments.read_text().split("\0")[:-1]

    def listed(self, line: str) -> set[str]:
        """Type *line* and Tab twice; return the words that are shown then."""
        self.screen = b""
        self._type(f"{line}\t\t")
        shown = self.complete("")
        del shown
        return set(ESCAPE.sub(b"", self.screen).decode(errors="replace").split())

    def _read(self) -> None:
        """Read what is shown; a shell that cannot write waits."""
        if select.select([self._controller], [], [], 0.05)[0]:
            self.screen += os.read(self._controller, 65536)

    def close(self) -> None:
        """End the shell."""
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        os.close(self._controller)


def fish(script: Path, line: str, env: Mapping[str, str]) -> list[str]:
    """Return what fish offers for the last word of *line*."""
    asked = subprocess.run(
        [
            str(shutil.which("fish")),
            "--no-config",
            "--command",
            f"source {script}; complete -C $line",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(script.parent), **env, "line": line},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert asked.stderr == ""
    return [offered.partition("\t")[0] for offered in asked.stdout.splitlines()]
