"""The rows of docs/targets.md that say what untilup makes of the values of variables."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "targets.md"
ROWS = re.compile(r"<!-- rows for [^\n]*-->\n(.*?)<!-- end of rows -->", re.DOTALL)
CODE = re.compile(r"`([^`]+)`")


class Row:
    """A row: the *word* that names the target, *variables* and *files* by their names, what is shown.

    The *targets* are shown by these names, or *error* is in the message of a usage error.
    """

    def __init__(self, line: str) -> None:
        word, variables, _, outcome = (cell.strip() for cell in line.strip("|").split("|"))
        (self.word,) = CODE.findall(word)
        self.variables: dict[str, str] = {}
        self.files: dict[str, str] = {}
        for name, content in re.findall(r"`(\w+_FILE)` has `([^`]+)`", variables):
            self.files[name] = content.replace("\\n", "\n")
        for text in CODE.findall(variables):
            name, equals, value = text.partition("=")
            if equals:
                self.variables[name] = value.replace("\\r", "\r").replace("\\n", "\n")
        found = CODE.findall(outcome)
        self.is_any = outcome.startswith("any:")
        self.is_by_port = outcome.startswith("the port:")
        self.error = found[0] if "usage error" in outcome else ""
        self.targets = [] if self.error else found

    def environ(self, directory: Path) -> dict[str, str]:
        """Return the variables, with the files in *directory*."""
        environ = dict(self.variables)
        for name, content in self.files.items():
            (directory / name).write_text(content)
            environ[name] = str(directory / name)
        return environ


def rows() -> list[Row]:
    """Return all rows."""
    tables = ROWS.findall(PAGE.read_text())
    lines = [line for table in tables for line in table.splitlines()[2:]]
    return [Row(line) for line in lines]
