"""The options that print or copy something, and exit; they have no variable."""

from __future__ import annotations

SHELLS = ("bash", "zsh", "fish")
PATH = "PATH"


class Exiting:
    """An option that exits. *metavar* is empty, PATH, or the accepted words, separated by ``|``."""

    def __init__(self, names: tuple[str, ...], metavar: str, meaning: str) -> None:
        self.names = names
        self.metavar = metavar
        self.meaning = meaning


COPY_TO = Exiting(
    ("--copy-to",), PATH, "Copy this executable to PATH, or into that directory, and exit."
)
COMPLETION = Exiting(
    ("--completion",), "|".join(SHELLS), "Print a completion script for this shell and exit."
)
VERSION = Exiting(("-V", "--version"), "", "Print the version and exit.")
HELP = Exiting(("-h", "--help"), "", "Show this message and exit.")
EXITING = (COPY_TO, COMPLETION, HELP, VERSION)
