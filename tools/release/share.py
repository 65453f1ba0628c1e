"""The man page and the completion scripts, and where they belong below PREFIX."""

from __future__ import annotations

from pathlib import Path

from release import man_page
from untilup.cli.completion.script import script

MAN_PAGE = "share/man/man1/untilup.1"
# Where each shell finds scripts of what is installed below the same PREFIX.
COMPLETIONS = {
    "bash": "share/bash-completion/completions/untilup",
    "zsh": "share/zsh/site-functions/_untilup",
    "fish": "share/fish/vendor_completions.d/untilup.fish",
}


def texts(seconds: int) -> dict[str, str]:
    """Return the text of each file by its path below PREFIX; the man page has the date *seconds*."""
    return {MAN_PAGE: man_page.page(seconds)} | {
        path: script(shell) for shell, path in COMPLETIONS.items()
    }


def write(directory: Path, seconds: int) -> dict[str, Path]:
    """Write the files into *directory*, and return where each is, by its path below PREFIX."""
    written = {}
    for path, text in texts(seconds).items():
        written[path] = directory / path
        written[path].parent.mkdir(parents=True, exist_ok=True)
        written[path].write_text(text)
    return written
