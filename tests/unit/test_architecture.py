"""The shape of the source, where the import contracts of pyproject.toml do not reach."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import untilup
from tests.support.untilup_process import PATIENCE
from untilup.options import OPTIONS, Settings

SOURCES = sorted(Path(untilup.__file__).parent.rglob("*.py"))

# What would make an already-up start slow, from the most expensive to the least.
BANNED = {
    "typer",
    "click",
    "rich",
    "pydantic",
    "asyncio",
    "tenacity",
    "h2",
    "http",
    "ssl",
    "dataclasses",
    "logging",
    "concurrent.futures",
    "inspect",
    "typing",
    "socket",
    "re",
    "signal",
    "json",
    # What is needed only after a mistake, or a failure.
    "untilup.cli.applications",
    "untilup.cli.help",
    "untilup.cli.left_out",
    "untilup.cli.mistakes",
    "untilup.cli.schemes",
    "untilup.cli.variables",
    "untilup.reasons",
    "untilup.report.readings",
    "untilup.net.multihost",
    "untilup.waiting.backoff",
    "untilup.waiting.once",
}

# Run the hot path in a bare interpreter, and tell what was imported just before the exec.
HOT_PATH = """
import os, sys
sys.path.insert(0, sys.argv.pop(1))
def tell(path, argv):
    print(*sorted(sys.modules))
    sys.stdout.flush()
    os._exit(0)
os.execv = tell
from untilup.__main__ import main
main()
"""


def modules_of_the_hot_path(up: int) -> set[str]:
    """Return what is imported when every target is up at the first attempt."""
    sources = str(SOURCES[0].parent.parent)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", HOT_PATH, sources, f"localhost:{up}", "--", "true"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        # The test run's own UNTILUP_ variables would be warned of.
        env={"PATH": os.environ["PATH"]},
    )
    return set(done.stdout.split())


def test_the_hot_path_imports_nothing_expensive(up: int) -> None:
    """When all is up at the first attempt, nothing expensive has been imported."""
    modules = modules_of_the_hot_path(up)
    assert "untilup.checks.tcp" in modules
    assert modules & BANNED == set()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_exec_has_one_home(source: Path) -> None:
    """Only process/handover.py executes anything; it ends the process, and process/signals.py does."""
    names = {
        node.attr
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute)
        and (node.attr in {"execl", "execv", "execve", "execvp", "execvpe", "_exit"})
    }
    homes = {"handover.py": {"execv", "_exit"}, "signals.py": {"_exit"}}
    assert names == homes.get(source.name, set())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_files_stay_small(source: Path) -> None:
    """No file has more than one responsibility's worth of lines."""
    assert len(source.read_text().splitlines()) <= 250


def test_settings_have_what_the_table_has() -> None:
    """Every row of OPTIONS is an attribute of Settings, with a type, and nothing else is but these."""
    others = {"targets", "command", "left_out", "warnings"}
    assert {option.name for option in OPTIONS} | others == set(Settings.__annotations__)
