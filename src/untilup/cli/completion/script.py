"""``--completion SHELL``: a script that the shell reads once; untilup is not run to complete a word."""

from __future__ import annotations

from untilup.cli.completion import bash, fish, zsh
from untilup.errors import UsageError

_SCRIPTS = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}


def script(shell: str) -> str:
    """Return the completion script for *shell*; raise UsageError if there is none."""
    if shell not in _SCRIPTS:
        from untilup.display import quoted

        raise UsageError(f"--completion: {quoted(shell)} is not accepted; write bash, zsh or fish")
    return _SCRIPTS[shell]()
