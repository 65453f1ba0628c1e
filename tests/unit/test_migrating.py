"""What docs/migrating.md names of untilup is there."""

from __future__ import annotations

import pytest

from tests.support.migration_guide import COMMANDS, OURS, PAGE, PAIRS, ROWS
from untilup import checks
from untilup.cli import argv, targets
from untilup.errors import UsageError
from untilup.options import OPTIONS

VARIABLES = {option.variable for option in OPTIONS}
FLAGS = {"--help", "--version"}
for option in OPTIONS:
    FLAGS |= {option.flag, option.short, f"--no-{option.name}"}
FRAGMENTS = ("http://api/health", "https://api/health", "file:///run/ready")


def test_all_of_it_is_found() -> None:
    """Every block is a pair, every table has two columns, and there is one for each tool."""
    assert PAGE.count("```sh") == len(PAIRS) == PAGE.count("## From ") - 1
    assert {len(row) for row in ROWS} == {2}
    assert all(after.partition("untilup")[1] for _, after in PAIRS)
    assert len(COMMANDS) > len(PAIRS)


@pytest.mark.parametrize("code", OURS)
def test_what_stands_beside_their_options_exists(code: str) -> None:
    """Each option, variable, target and key of a fragment in a column of ours is one of untilup's."""
    if code.startswith("UNTILUP_TARGETS="):
        assert argv.parse(["--", "true"], dict([code.split("=")])).targets is not None
    elif code.startswith("UNTILUP_"):
        assert code in VARIABLES
    elif code.startswith("#"):
        assert any(is_target(f"{prefix}{code}") for prefix in FRAGMENTS), code
    elif code.startswith("-"):
        assert code == "--" or code.split(maxsplit=1)[0] in FLAGS
    else:
        assert is_target(code), code


def is_target(text: str) -> bool:
    """Tell whether *text* is a target, with options that its check has."""
    try:
        found = targets.parse_target(text, 0.0, {})
    except UsageError:
        return False
    return checks.syntax_of(found.scheme) is not None
